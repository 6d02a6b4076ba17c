"""Entries between commas, in every format that has them."""

from __future__ import annotations

import pytest

from seedgit.formats.registry import format_named
from tests.formats.trees import spliced

# A comment that ends with its line does not take in the bracket behind what was removed.
REMOVED = [
    ("json", "[ // note\n  1]", ("0",), "[ // note\n  ]"),
    ("json", "[ 0, // note\n  1]", ("1",), "[ 0 // note\n  ]"),
    ("json", '{ // "note"\n\n  "a": 1 }', ("a",), '{ // "note"\n   }'),
    ("json", "[ /* note */\n  1]", ("0",), "[ /* note */]"),
    ("toml", "a = [ # note\n  1]\n", ("a", "0"), "a = [ # note\n  ]\n"),
    ("toml", "a = [ 0, # note\n  1]\n", ("a", "1"), "a = [ 0 # note\n  ]\n"),
    ("yaml", "a: [ # note\r\n  1]\r\n", ("a", "0"), "a: [ # note\r\n  ]\r\n"),
    ("yaml", "a: [ 0, # note\n  1]\n", ("a", "1"), "a: [ 0 # note\n  ]\n"),
]


@pytest.mark.parametrize(("format", "before", "tokens", "after"), REMOVED)
def test_the_last_entry_is_removed_behind_a_comment(
    format: str, before: str, tokens: tuple[str, ...], after: str
) -> None:
    module = format_named(format)
    assert (
        spliced(before, module.editor(module.parse(before, "x"))("remove", tokens, None)) == after
    )
    module.parse(after, "x")
