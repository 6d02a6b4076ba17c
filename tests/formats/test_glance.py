"""What is read at a glance is what the tree has: the same values and types, in the same order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from seedgit.errors import InvalidDocument
from seedgit.formats.document import Document
from seedgit.formats.registry import format_named, format_of
from seedgit.values.value import DEPTH_LIMIT
from tests.documents import Choices, chosen, examples
from tests.test_laws import scalars

CASES = Path(__file__).parent.parent / "cases"
REAL = Path(__file__).parent.parent / "real"

PLAIN = {
    "yaml": (
        "# Flow.\nname: wiki\npaused: false\nsteps:\n  - id: fetch\n    max_items: 50\n"
        "    queue: 'a b'  # of all\n\n  - id: rank\n    url: http://a.example/b:1\nlast: -3\n",
        "a:\n- b\n- c: 1\n  d:\n    e: []\n    f: {}\n- 0x1f\ng: 1.5\nh: 017\ni: yes\nj: \"\"",
        "a: [b, -1, 'c d', \"e\"]\nb: {/c: d, e: 1.5 }\nc:\n  - [1]\n  - {d: e}\n",
        "- a: 1\n  b: x~\n-   c:\n      d: null\n      e: True\n- 12:30\n",
    ),
    "json": (
        '{"name": "wiki", "paused": false,\n "steps": [{"id": "fetch", "max": -5}, [], {}, null]}',
        '["a", "\\u00e9", 0, -0]\n',
    ),
    "toml": (
        "# Flow.\nname = \"wiki\"\npaused = false  # yet\n\n[limits]\nmost = 50\nleast = -3\n\n"
        "[[steps]]\nid = 'a b'\nof = [1, \"b\", 'c']\nno = []\n\n"
        "[[steps]]\nid = \"rank\"\nzero = 0\n[end]\n",
        "",
    ),
}  # fmt: skip
TEXTS = [(format, text) for format, texts in PLAIN.items() for text in texts]
# What may stand in the middle of any text, and means something else then.
BITS = [
    *"\n\t #:-'\"[]{},&*!|>%@`?\\/.~079eaxyn_=+\r", "- ", "  ", ": ", " #", "\n  ", "\n- ", "true",
    "null", "---\n", "\n...\n", "é", "\u2028", "\x85", "\ufeff", "\x7f", "\xa0", "0x", "<<: ",
    "[[steps]]\n", "[limits]\n", "1e999", "NaN", "''", '"""', "id", "a: ", "a = ", "//",
]  # fmt: skip


def shape(value: Any) -> Any:
    """A value with its types and the order of its members."""
    if isinstance(value, dict):
        return [(type(key), key, shape(item)) for key, item in value.items()]
    return [*map(shape, value)] if isinstance(value, list) else (type(value), repr(value))


def same_as_tree(format: str, text: str) -> bool:
    """Whether a text is read at a glance; then what is read is what the tree has."""
    found = format_named(format).glance(text)
    if found is None:
        return False
    try:
        root = format_named(format).parse(text, "x")
    except InvalidDocument as error:
        pytest.fail(f"read, but {error}: {text!r}")
    kinds = {dict: "map", list: "list"}
    assert (shape(found), kinds[type(found)]) == (shape(root.value), root.kind), text
    return True


def changed(choices: Choices) -> tuple[str, str]:
    """One of the plain texts after a few changes somewhere."""
    format, text = choices.of(TEXTS)
    for _ in range(choices.number(0, 3)):
        at = choices.number(0, 255) * (len(text) + 1) // 256
        what = choices.number(0, 3)
        if what < 2:
            text = text[:at] + choices.of(BITS) + text[at:]
        elif what == 2:
            text = text[:at] + text[at + choices.number(1, 3) :]
        else:
            lines = text.split("\n")
            line = lines.pop(choices.number(0, len(lines) - 1))
            for _ in range(choices.number(0, 2)):
                lines.insert(choices.number(0, len(lines)), line)
            text = "\n".join(lines)
    return format, text


@pytest.mark.parametrize(
    ("format", "text"), [*TEXTS, ("json", "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT)]
)
def test_plain_texts_are_read_at_a_glance(format: str, text: str) -> None:
    assert same_as_tree(format, text)


@examples(1500)
@given(chosen(changed, 32))
def test_a_changed_text_is_read_as_the_tree_has_it_or_not_at_all(made: tuple[str, str]) -> None:
    same_as_tree(*made)


def test_every_document_that_we_have_is_read_so() -> None:
    read = 0
    for place in [*CASES.rglob("*.*"), *REAL.rglob("*.*")]:
        format = format_of(place.name)
        if format is None or not place.is_file():
            continue
        try:
            text = place.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        name = type(format).__name__.lower()
        read += same_as_tree(name, text.removeprefix("\ufeff"))
    assert read > 500


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("yaml", "a: &x 1\nb: *x\n"),
        ("yaml", "a: |\n  b\n"),
        ("yaml", "a: b\n  c\n"),
        ("yaml", "a: !t 1\n"),
        ("yaml", "a:\nb: 1\n"),
        ("yaml", "a: 1\na: 2\n"),
        ("yaml", "1: a\n"),
        ("yaml", "a: [b,\n  c]\n"),
        ("yaml", "a: [b, ]\n"),
        ("yaml", "a: {b: 1, b: 2}\n"),
        ("yaml", "a: ['b, c']\n"),
        ("yaml", "a: [[b]]\n"),
        ("yaml", "null: a\n"),
        ("yaml", "a: 1\n---\nb: 2\n"),
        ("yaml", "# \x07\na: 1\n"),
        ("yaml", "a: b\r# c\r\n"),
        ("yaml", "a: 0x" + "f" * 4000 + "\n"),
        ("yaml", "\n".join(f"{' ' * n}a:" for n in range(DEPTH_LIMIT)) + " 1\n"),
        ("json", '{"a": 1, "a": 2}'),
        ("json", '{"a": NaN}'),
        ("json", '{"a": 1e999}'),
        ("json", '{"a": 1,}'),
        ("json", "[" * (DEPTH_LIMIT + 1) + "]" * (DEPTH_LIMIT + 1)),
        ("toml", "a.b = 1\n"),
        ("toml", "a = 1\na = 2\n"),
        ("toml", "[[a]]\n[b]\n[[a]]\n"),
        ("toml", "[a]\n[[a]]\n"),
        ("toml", "[[]]\n"),
        ("toml", "a = 007\n"),
        ("toml", "a = ['b, c']\n"),
        ("toml", "a = [\n  1]\n"),
        ("toml", "a = 2026-01-01\n"),
        ("ini", "a = 1\n"),
    ],
)
def test_what_is_not_plain_is_left_to_the_tree(format: str, text: str) -> None:
    assert format_named(format).glance(text) is None


@pytest.mark.parametrize(("format", "text"), TEXTS)
def test_what_is_taken_simply_is_told_without_a_tree(format: str, text: str) -> None:
    at_a_glance = Document.parse(text.encode(), f"x.{format}")
    whole = Document.parse(text.encode(), f"x.{format}")
    whole._value = None
    whole._root = whole.format.parse(text, whole.path)
    for at in [(), ("nowhere",), ("steps",), ("steps", "0", "nowhere"), *scalars(whole.value)]:
        for value in (True, 7, "drain", "a b", None, 1.5, "é", [], "a: b", 1 << 60):
            told = at_a_glance.takes_simply([(at, value)])
            assert told == whole.takes_simply([(at, value)]), (at, value)
    assert at_a_glance._root is None
