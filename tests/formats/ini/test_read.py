"""Settings as their readers read them, and what no reader would."""

from __future__ import annotations

import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import InvalidDocument
from seedgit.formats.document import Document
from seedgit.formats.ini import FORMAT
from seedgit.formats.registry import format_of
from tests.formats.trees import check_tiles


def doc(text: str) -> Document:
    return Document.parse(text.encode(), "f.ini")


@pytest.mark.parametrize("name", ["app.ini", "setup.cfg", "x/app.properties", ".env", "a/site.env"])
def test_names(name: str) -> None:
    assert format_of(name) is FORMAT


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a = 1\nb: 2\nc=\nd\n", {"a": "1", "b": "2", "c": "", "d": None}),
        ("export A=1\nexport=2\nexport x.y=3\n", {"A": "1", "export": "2", "export x.y": "3"}),
        ("url = http://x/?a=b\n", {"url": "http://x/?a=b"}),
        ("a\\:b = 1\na\\=c : 2\n", {"a\\:b": "1", "a\\=c": "2"}),
        ('a = "x y" # why\n', {"a": '"x y" # why'}),
        ("# c\n; c\na = 1\n", {"a": "1"}),
        ('a = 1\n[s]\nb = 2\n[t "u"] ; c\n', {"a": "1", "s": {"b": "2"}, 't "u"': {}}),
        ("[s]\na =\n  x\n\n  # c\n  y\nb = 1\n", {"s": {"a": "\n  x\n\n  # c\n  y", "b": "1"}}),
        ("[s]\n\ta = 1\n\tb = 2\n", {"s": {"a": "1", "b": "2"}}),
        ("a = x,\\\ny,\\\n  z\nb = 1\n", {"a": "x,\\\ny,\\\n  z", "b": "1"}),
        ("a = c:\\\\\nb = 1\n", {"a": "c:\\\\", "b": "1"}),
        ("a = 'tis\nb = 1\n", {"a": "'tis", "b": "1"}),
        ('a = "x\ny = 2\n"\nb = 1\n', {"a": '"x\ny = 2\n"', "b": "1"}),
        ("a = 1\r\nb =\r\n  2\r\n", {"a": "1", "b": "\n  2"}),
        ("", {}),
        ("# only\n\n", {}),
        ("a = 1", {"a": "1"}),
    ],
)
def test_what_it_means(text: str, value: object) -> None:
    document = doc(text)
    assert document.value == value
    check_tiles(document.root)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = 1\n[s\n", 2, 'without "]"'),
        ("[s] a = 1\n", 1, "more than a section's name"),
        ("\n = 1\n", 2, "no key before"),
        ("a = 1\nb = 2\na = 3\n", 3, "'a' stands twice"),
        ("[s]\na = 1\n[t]\n[s]\n", 4, "'s' stands twice"),
        ("s = 1\n[s]\n", 2, "'s' stands twice"),
    ],
)
def test_what_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(InvalidDocument, match=message) as found:
        doc(text)
    assert found.value.line == line


def test_in_a_merge_what_stands_twice_is_told_apart() -> None:
    root = FORMAT.parse("a=1\na=2\n[s]\nb=1\n[s]\nb=2\n", "f.ini", merging=True)
    assert root.value == {
        "a (1 of 2)": "1",
        "a": "2",
        "s (1 of 2)": {"b": "1"},
        "s": {"b": "2"},
    }


WORDS = st.text("ab=:#; \t\"'\\é", max_size=8).map(str.strip)
NAMES = st.sampled_from(["a", "b", "key", "x.y"])


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, WORDS, max_size=3), max_size=3))
def test_agrees_with_configparser(value: dict[str, dict[str, str]]) -> None:
    """Where no quote and no backslash makes a text go on, which configparser does not know."""
    lines = [
        f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in s.items()) for name, s in value.items()
    ]
    text = "".join(lines)
    if any(v.endswith("\\") or v[:1] in ("'", '"') for s in value.values() for v in s.values()):
        return
    parser = configparser.RawConfigParser(strict=True)
    parser.read_string(text)
    assert doc(text).value == {name: dict(parser.items(name)) for name in parser.sections()}


@given(st.text("ab=:#;[] \t\n\r\"'\\", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    try:
        document = doc(text)
    except InvalidDocument:
        return
    check_tiles(document.root)
    assert document.text == text
