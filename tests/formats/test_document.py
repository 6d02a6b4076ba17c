"""Which value a line belongs to. What else a document does is in the laws (tests/test_laws.py)."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings

from seedgit.errors import InvalidDocument
from seedgit.formats.document import Document
from seedgit.values.pointer import is_prefix
from tests.documents import DOCUMENTS, EVERY, text_of
from tests.site import FLOW, FLOW_JSON, FLOW_TOML


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("f.yaml", FLOW, {"timeout: 30": "/timeout", "    max_items: 50": "/steps/0/max_items"}),
        ("f.yaml", FLOW, {"# A flow.": "", "steps:": "/steps", "  - id: rank": "/steps/1/id"}),
        ("f.jsonc", FLOW_JSON, {'  "limit": 5,': "/limit", "  // A flow.": "", "{": ""}),
        ("f.jsonc", FLOW_JSON, {'    {"id": "rank", "mode": "live"}': "/steps/1"}),
        ("f.toml", FLOW_TOML, {"limit = 5": "/limit", "max_items = 50": "/steps/0/max_items"}),
        ("f.ini", "[a]\nx = 1\n\n[b]\ny = 2\n", {"x = 1": "/a/x", "y = 2": "/b/y", "": ""}),
    ],
)
def test_a_line_belongs_to_the_innermost_value(name: str, text: str, lines: dict[str, str]) -> None:
    document = Document.parse(text.encode(), name)
    numbers = {line: number for number, line in enumerate(text.split("\n"), 1)}
    found = {line: document.tokens_at(numbers[line]) for line in lines}
    assert {line: "".join(f"/{t}" for t in tokens) for line, tokens in found.items()} == lines
    assert document.tokens_at(10_000) == ()


def pointers(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place in a value, but for the whole of it."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    inside = [((*at, str(key)), item) for key, item in items]
    below = [
        each for to, item in inside if isinstance(item, dict | list) for each in pointers(item, to)
    ]
    return [to for to, _ in inside] + below


@pytest.mark.parametrize("format", EVERY)
@settings(max_examples=30)
@given(value=DOCUMENTS)
def test_a_line_of_one_value_belongs_to_it(format: str, value: Any) -> None:
    """And one of several to what holds them, whatever the format."""
    document = Document.parse(text_of(value, format), f"f.{format}")
    on: dict[int, list[tuple[str, ...]]] = {}
    for tokens in pointers(document.value):
        for first, last in document.spans(tokens):
            for line in range(first, last + 1):
                on.setdefault(line, []).append(tokens)
    for line, there in on.items():
        found = document.tokens_at(line)
        assert all(is_prefix(found, t) or is_prefix(t, found) for t in there), (line, found)
        longest = max(there, key=len)
        if all(is_prefix(tokens, longest) for tokens in there):
            assert found == longest, line


@pytest.mark.parametrize("format", EVERY)
def test_nothing_is_no_version_of_something(format: str) -> None:
    """Nor is another kind of document. In some formats nothing is a document."""
    with contextlib.suppress(InvalidDocument):
        nothing = Document.parse(b"\n", f"f.{format}")
        assert not nothing.is_version_of({"a": {"b": "c"}})
        assert nothing.is_version_of(type(nothing.value)())


def test_another_kind_of_document_is_no_version() -> None:
    document = Document.parse(b"{}", "f.json")
    assert not document.is_version_of([])
    assert document.is_version_of({}) and document.is_version_of({"a": 1})
