"""What is unsafe on a terminal is shown by its code."""

from __future__ import annotations

import pytest

from seedgit.values.escapes import escape, number_of


@pytest.mark.parametrize(
    ("char", "shown"),
    [("\x1b", r"\x1b"), ("\u202e", r"\u202e"), ("\udcff", r"\xff"), ("\n", r"\n")],
)
def test_a_character_is_shown_by_its_code(char: str, shown: str) -> None:
    assert escape(char) == shown


def test_a_count_has_its_noun() -> None:
    assert [number_of(n, "merge") for n in (0, 1, 2)] == ["0 merges", "1 merge", "2 merges"]
