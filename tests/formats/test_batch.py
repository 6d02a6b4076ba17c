"""Operations that are written at once make the text that they make one after the other."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import PatchError
from seedgit.formats.document import Document
from seedgit.formats.registry import format_of
from seedgit.values.patch import apply
from seedgit.values.pointer import format_pointer
from tests.documents import DOCUMENTS, EVERY, KEYS, SCALARS, VALUES, examples, text_of

QUOTED = "".join(f'q{n} = "x"\n' for n in range(20))
# Comments, blank lines, one line, no line end: what decides how an entry goes and comes.
TEXTS = {
    "yaml": [
        "# head\n\na: 1\n\n# about b\n\n# and b\nb: x  # why\nc:\n  d: 1\n  # of e\n  e: 'q'\n"
        "  f: 2\n  g: 3\nd: {a: 1, b: 2, c: 3, d: 4}\nqueue: |\n  text\nlimit: [1, 2]\n# foot\n",
        "a: 1\n\nb: 2\n\nc: 3\n\nd: 4",
        "a: &x {c: 1}\nb: *x\nc: 3\nd:\n  - id: fetch\n    a: 1\n    b: 2\n    c: 3\n    d: 4\n",
    ],
    "json": [
        '{\n  // head\n  "a": 1, // why\n\n  // about b\n\n  "b": {"a": 1, "b": 2, "c": 3, "d": 4},'
        '\n  "c": [1, {"a": 1, "b": 2}], "d": "x", /* e */ "queue": 2,\n'
        '  "max_items": 3 // last\n}\n',
        '{"a": 1, "b": 2, "c": {"a": 1, "b": 2, "c": 3}, "d": 4}',
        '{\n\n\t"a": 1,\n\n\t"b": 2,\n\n\t"c": 3,\n\n\t"d": 4,\n}\n',
        '{"a": 1,\n "b": 2, "c": 3,\n "d": 4}',
    ],
    # Texts are quoted as most are: enough of them, so that no few changes decide how.
    "toml": [
        QUOTED + "a = 1 # why\nb = 'x'\n\n# about c\n[c]\na = 1\nb = \"y\"\nc.d = 2\n\n"
        "[[d]]\na = 1\nb = 2\n"
        "[[d]]\na = { a = 1, b = 'z' }\n",
    ],
    "ini": [
        "; head\na = 1\n\n; about b\n\nb: x\nc=3\nd\n[queue]\na = 1\n; of b\nb = 2\nc = 3\nd = 4",
        "export a=1\nexport b='x y'\nexport c=\nexport d=4\n",
    ],
}


def maps(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The places of the maps of a value."""
    found = [at] if isinstance(value, dict) else []
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for token, item in inner:
        if isinstance(item, (dict, list)):
            found += maps(item, (*at, str(token)))
    return found


def at(value: Any, tokens: tuple[str, ...]) -> Any:
    for token in tokens:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


@st.composite
def patches(draw: st.DrawFn, value: Any) -> list[dict[str, Any]]:
    """Operations on members of maps, each of which fits what the ones before it leave."""
    value, found = copy.deepcopy(value), []
    for _ in range(draw(st.integers(2, 9))):
        place = draw(st.sampled_from(maps(value)))
        holder = at(value, place)
        op = draw(st.sampled_from(["replace", "remove", "add"]))
        if op != "add" and not holder:
            continue
        key = draw(KEYS if op == "add" else st.sampled_from(list(holder)))
        operation = {"op": op, "path": format_pointer((*place, key))}
        if op == "remove":
            del holder[key]
        else:
            holder[key] = draw(st.one_of(SCALARS, SCALARS, VALUES))
            operation["value"] = copy.deepcopy(holder[key])
        found.append(operation)
    return found


@pytest.mark.parametrize("format", EVERY)
@given(data=st.data())
@examples(150)
def test_at_once_is_one_after_the_other(format: str, data: Any) -> None:
    texts = st.sampled_from(TEXTS[format]).map(str.encode)
    drawn = DOCUMENTS.map(lambda value: text_of(value, format))
    text = data.draw(texts if format == "toml" else st.one_of(texts, drawn))
    text = data.draw(st.sampled_from([text, text.replace(b"\n", b"\r\n")]))
    document = Document.parse(text, f"a.{format}")
    patch = data.draw(patches(document.value))
    if format == "ini":
        patch = [
            o if isinstance(o.get("value"), (str, dict)) else {**o, "value": "v"} for o in patch
        ]
    try:
        slow = document
        for operation in patch:
            slow = slow.apply([operation])
    except PatchError:  # what cannot be written one by one need not be written at once either
        return
    assert document.apply(patch).text == slow.text


# A table of TOML may be written at several places: its members go and come one by one.
@pytest.mark.parametrize(
    ("format", "op"),
    [("toml", "replace"), *product(("yaml", "json", "ini"), ("replace", "add", "remove"))],
)
def test_many_operations_are_read_again_once(
    monkeypatch: pytest.MonkeyPatch, format: str, op: str
) -> None:
    value = {"m": {f"k{n:03}": f"v{n}" for n in range(302)}}
    document = Document.parse(text_of(value, format), f"a.{format}")
    kind = type(format_of(f"a.{format}"))
    read, parse = [], kind.parse
    monkeypatch.setattr(kind, "parse", lambda *a, **k: read.append(1) or parse(*a, **k))
    keys = [f"n{n}" for n in range(300)] if op == "add" else list(value["m"])[1:-1]
    patch = [{"op": op, "path": f"/m/{key}"} for key in keys]
    patch = patch if op == "remove" else [{**each, "value": "new"} for each in patch]
    result = document.apply(patch)
    assert result.value == apply(patch, value)
    assert len(read) == 1


def test_work_that_grows_with_every_change_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedgit.formats.document.WORK_LIMIT", 1000)
    document = Document.parse(b"a: [" + b"1, " * 60 + b"1]\n", "a.yaml")
    patch = [{"op": "add", "path": "/a/0", "value": n} for n in range(10)]
    with pytest.raises(PatchError, match="10 changes are too many for a file of 187 characters"):
        document.apply(patch)
