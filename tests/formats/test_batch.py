"""Operations that are written at once make the text that they make one after the other."""

from __future__ import annotations

import copy
from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import PatchError
from seedgit.formats.document import Document
from seedgit.formats.edit_tree import Numbers
from seedgit.formats.registry import format_of
from seedgit.values.patch import apply
from seedgit.values.pointer import format_pointer
from tests.documents import DOCUMENTS, EVERY, KEYS, SCALARS, VALUES, examples, text_of
from tests.steps import steps, too_many

QUOTED = "".join(f'q{n} = "x"\n' for n in range(20))
# Comments, blank lines, one line, no line end: what decides how an entry goes and comes.
TEXTS = {
    "yaml": [
        "# head\n\na: 1\n\n# about b\n\n# and b\nb: x  # why\nc:\n  d: 1\n  # of e\n  e: 'q'\n"
        "  f: 2\n  g: 3\nd: {a: 1, b: 2, c: 3, d: 4}\nqueue: |\n  text\nlimit: [1, 2]\n# foot\n",
        "a: 1\n\nb: 2\n\nc: 3\n\nd: 4",
        "# head\n- 1\n- 2\n# of x\n- x\n\n- id: a\n  l:\n  - 1\n  - 2\n  - 3\n  - 4\n"
        "- - 1\n  - 2\n- 3\n",
        "m:\n  a: 1\n  b: 2\n  c: 3\n  # of m\nn:\n  - 1\n\n  - 2\n\n  - 3\n\n  - 4\n\n"
        "o:\n  - 1\n  - 2\n",
        "a: &x {c: 1}\nb: *x\nc: 3\nd:\n  - id: fetch\n    a: 1\n    b: 2\n    c: 3\n    d: 4\n",
    ],
    "json": [
        '{\n  // head\n  "a": 1, // why\n\n  // about b\n\n  "b": {"a": 1, "b": 2, "c": 3, "d": 4},'
        '\n  "c": [1, {"a": 1, "b": 2}], "d": "x", /* e */ "queue": 2,\n'
        '  "max_items": 3 // last\n}\n',
        '{"a": 1, "b": 2, "c": {"a": 1, "b": 2, "c": 3}, "d": 4}',
        '{\n\n\t"a": 1,\n\n\t"b": 2,\n\n\t"c": 3,\n\n\t"d": 4,\n}\n',
        '{"a": 1,\n "b": 2, "c": 3,\n "d": 4}',
        '[\n  1,\n  2, // two\n  // of 3\n  3,\n  {"a": [1, 2, 3, 4]},\n  5,\n  6\n]\n',
        '{"a": [\n  1,\n  {"b": 1},\n  2,\n  3,\n], "b": [\n\n  1,\n\n  2,\n\n  3\n]}\n',
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


def containers(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The places of the maps and lists of a value."""
    found = [at]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for token, item in inner:
        if isinstance(item, (dict, list)):
            found += containers(item, (*at, str(token)))
    return found


def at(value: Any, tokens: tuple[str, ...]) -> Any:
    for token in tokens:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


@st.composite
def patches(draw: st.DrawFn, value: Any) -> list[dict[str, Any]]:
    """Operations on members and items, each of which fits what the ones before it leave."""
    value, found = copy.deepcopy(value), []
    near = draw(st.booleans())  # whether most are in one container
    place: tuple[str, ...] = ()
    for _ in range(draw(st.integers(2, 9))):
        places = containers(value)
        if not (near and place in places and draw(st.integers(0, 3))):
            place = draw(st.sampled_from(places))
        holder = at(value, place)
        op = draw(st.sampled_from(["replace", "remove", "remove", "add"]))
        if op != "add" and not holder:
            continue
        new = copy.deepcopy(draw(st.one_of(SCALARS, SCALARS, VALUES))) if op != "remove" else None
        key: Any
        if isinstance(holder, list):
            key = draw(st.integers(0, len(holder) - (op != "add")))
            holder[key : key + (op != "add")] = [] if op == "remove" else [new]
        else:
            key = draw(KEYS if op == "add" else st.sampled_from(list(holder)))
            holder.pop(key, None) if op == "remove" else holder.update({key: new})
        operation = {"op": op, "path": format_pointer((*place, str(key)))}
        found.append(operation if op == "remove" else {**operation, "value": copy.deepcopy(new)})
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


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The formats of the texts that are parsed from now on, one for each."""
    found: list[str] = []
    for name in EVERY:
        kind = type(format_of(f"a.{name}"))

        def counted(*words: Any, name: str = name, parse: Any = kind.parse, **more: Any) -> Any:
            found.append(name)
            return parse(*words, **more)

        monkeypatch.setattr(kind, "parse", counted)
    return found


@pytest.mark.parametrize(("format", "op"), list(product(EVERY, ("replace", "add", "remove"))))
def test_many_operations_are_read_again_once(reads: list[str], format: str, op: str) -> None:
    value = {"m": {f"k{n:03}": f"v{n}" for n in range(302)}}
    document = Document.parse(text_of(value, format), f"a.{format}")
    reads.clear()
    keys = [f"n{n}" for n in range(300)] if op == "add" else list(value["m"])[1:-1]
    patch = [{"op": op, "path": f"/m/{key}"} for key in keys]
    patch = patch if op == "remove" else [{**each, "value": "new"} for each in patch]
    result = document.apply(patch)
    assert result.value == apply(patch, value)
    assert len(reads) == 1


LONG = 50
SHAPES = {
    "all but the last": [f"/m/k{n}" for n in range(LONG - 1)],
    "all but the first": [f"/m/k{n}" for n in range(LONG - 1, 0, -1)],
    "items": [f"/l/{n}" for n in range(LONG - 2, -1, -1)],
    "every second item": [f"/l/{n}" for n in range(LONG - 2, -1, -2)],
    "the last of each map": [f"/s/{n}/b" for n in range(LONG)],
    "the first two of each map": [f"/s/{n}/{key}" for n in range(LONG) for key in ("id", "a")],
    "the last two of each list": [f"/t/{n}/{i}" for n in range(LONG) for i in (2, 1)],
    "always the second": ["/l/1"] * (LONG - 2),
    "all of each map": [f"/s/{n}/{key}" for n in range(LONG) for key in ("id", "a", "b")],
}
NEW: dict[str, list[tuple[str, Any]]] = {
    "a map for each": [(f"/s/{n}/new", {"a": {"b": [1, 2]}}) for n in range(LONG)],
    "maps": [(f"/m/new{n}", {"a": {"b": [1, 2]}}) for n in range(LONG)],
    "first": [("/l/0", n) for n in range(LONG)],
    "last": [(f"/l/{LONG}", n) for n in range(LONG)],
    "before each": [(f"/l/{n}", n) for n in range(LONG - 1, -1, -1)],
    "maps before each": [(f"/l/{n}", {"a": n, "b": 1}) for n in range(LONG - 1, -1, -1)],
    "at the end of each": [(f"/t/{n}/3", n) for n in range(LONG)],
    "one behind the other": [(f"/l/{LONG + n}", n) for n in range(LONG)],
    "maps one behind the other": [(f"/s/{LONG + n}", {"id": n, "a": 1}) for n in range(LONG)],
    "behind each": [(f"/l/{2 * n + 1}", n) for n in range(LONG - 1)],
    "texts of lines": [(f"/m/new{n}", "a\nb\n") for n in range(LONG)],
    "lists": [(f"/new{n}", [n, 2]) for n in range(LONG)],
    "tables": [(f"/new{n}", {"a": n, "b": {"c": n, "d": [n]}}) for n in range(LONG)],
}
# Values that take the place of others, as a whole.
WHOLE: dict[str, Any] = {
    "a map": ("/m", {f"k{n}": -n for n in range(0, 2 * LONG, 2)}),
    "a list of maps": ("/s", [{"id": f"i{n}", "a": 1, "b": n} for n in range(0, 2 * LONG, 2)]),
    "everything": ("", {"new": {f"k{n}": {"a": n} for n in range(LONG)}}),
}
# Members that get other names, one after the other.
RENAMED = {
    "removed, then added": ("remove", "add"),
    "added, then removed": ("add", "remove"),
}


@pytest.mark.parametrize(("format", "name"), list(product(EVERY, RENAMED)))
def test_members_that_come_and_go_in_turn_are_read_again_few_times(
    reads: list[str], format: str, name: str
) -> None:
    value = {"m": {f"k{n:02}": f"v{n}" for n in range(LONG)}}
    document = Document.parse(text_of(value, format), f"a.{format}")
    reads.clear()
    patch: list[dict[str, Any]] = []
    for n in range(LONG - 1):
        change = {
            "remove": {"op": "remove", "path": f"/m/k{n:02}"},
            "add": {"op": "add", "path": f"/m/n{n:02}", "value": f"v{n}"},
        }
        patch += [change[op] for op in RENAMED[name]]
    assert document.apply(patch).value == apply(patch, value)
    assert len(reads) <= 8


def test_a_text_that_is_emptied_no_longer_shows_how_others_look() -> None:
    document = Document.parse(b"a = 1\nb: x\n", "a.ini")
    patch = [
        {"op": "replace", "path": "/a", "value": ""},
        {"op": "add", "path": "/c", "value": "y"},
    ]
    assert document.apply(patch).text == "a = \nb: x\nc: y\n"


MANY = list(product(("yaml", "json", "toml"), (*SHAPES, *NEW, *WHOLE)))


@pytest.mark.parametrize(("format", "name"), MANY)
def test_a_change_at_many_places_is_read_again_few_times(
    reads: list[str], format: str, name: str
) -> None:
    value = {
        "m": {f"k{n}": n for n in range(LONG)},
        "l": list(range(LONG)),
        "s": [{"id": f"i{n}", "a": 1, "b": 2} for n in range(LONG)],
        "t": [[1, 2, 3] for _ in range(LONG)],
    }
    document = Document.parse(text_of(value, format), f"a.{format}")
    reads.clear()
    patch: list[dict[str, Any]] = [{"op": "remove", "path": p} for p in SHAPES.get(name, ())]
    patch += [{"op": "add", "path": path, "value": new} for path, new in NEW.get(name, ())]
    if name in WHOLE:
        path, new = WHOLE[name]
        patch = [{"op": "replace", "path": path, "value": new}]
    assert document.apply(patch).value == apply(patch, value)
    assert len(reads) <= 5


EACH: dict[str, Any] = {
    "replaced": lambda n: [{"op": "replace", "path": f"/m/k{n}", "value": f"x{n}"}],
    "removed": lambda n: [{"op": "remove", "path": f"/m/k{n}"}],
    "added": lambda n: [{"op": "add", "path": f"/m/n{n}", "value": f"x{n}"}],
    "renamed": lambda n: [
        {"op": "remove", "path": f"/m/k{n}"},
        {"op": "add", "path": f"/m/n{n}", "value": f"x{n}"},
    ],
    "the first removed": lambda n: [{"op": "remove", "path": "/l/0"}],
    "appended": lambda n: [{"op": "add", "path": "/l/-", "value": n}],
    "put in first": lambda n: [{"op": "add", "path": "/l/0", "value": n}],
}


MEMBERS = [*EACH][:4]


@pytest.mark.parametrize(
    ("format", "name"),
    [*product(("yaml", "json"), EACH), *product(("toml", "ini"), MEMBERS)],
)
def test_the_work_grows_with_the_patch(
    format: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered = 0

    def counted(*size: int) -> range:
        nonlocal numbered
        numbered += len(range(*size))
        return range(*size)

    def work(count: int) -> tuple[Counter[str], int]:
        value = {
            "m": {f"k{n}": f"v{n}" for n in range(count + 9)},
            "l": [f"i{n}" for n in range(count + 9)],
        }
        if format == "ini":
            del value["l"]
        document = Document.parse(text_of(value, format), f"a.{format}")
        patch = [change for n in range(count) for change in EACH[name](n)]
        monkeypatch.setattr("seedgit.formats.edit_tree.range", counted, raising=False)
        before = numbered
        return steps(lambda: document.apply(patch)), numbered - before

    (few, once), (many, in_all) = work(40), work(160)
    assert few
    assert not too_many(few, many)
    assert in_all <= 5 * once  # the items of the lists that were numbered


def test_work_that_grows_with_every_change_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedgit.formats.document.WORK_LIMIT", 1000)
    document = Document.parse(b"a: [" + b"1, " * 60 + b"1]\n", "a.yaml")
    patch = [{"op": "replace", "path": "/a/0", "value": n} for n in range(10)]
    with pytest.raises(PatchError, match="10 changes are too many for a file of 187 characters"):
        document.apply(patch)


@given(data=st.data())
@examples(200)
def test_items_are_found_in_the_text(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 6))
    # Items as the text numbers them; a new one as -1 - the number that it stands before.
    numbers, now = Numbers(), list(range(size))
    for _ in range(data.draw(st.integers(0, 8))):
        add = not now or data.draw(st.booleans())
        at = data.draw(st.integers(0, len(now) - (not add)))
        token = str(at)
        if add:
            after = now[at] if at < len(now) else size
            gap = after if after >= 0 else -1 - after
            found = numbers.before("add", ("l", token))
            assert found in [("l", str(gap)), *([("l", "-")] if at == len(now) else [])]
            near = numbers.near(("l",), token, size)
            assert near == (at > 0 and now[at - 1] == -1 - gap, after < 0)
            numbers.note("add", ("l",), token, size)
            now.insert(at, -1 - gap)
        else:
            found = numbers.before("remove", ("l", token, "x"))
            assert found == (("l", str(now[at]), "x") if now[at] >= 0 else None)
            if now[at] >= 0:
                numbers.note("remove", ("l",), token, size)
                del now[at]
