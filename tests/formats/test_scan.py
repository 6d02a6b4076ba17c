"""Texts are read piece by piece: the same as at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seedgit.formats.scan import after_bracket, run_end, sign_at_end


@given(st.integers(0, 300), st.text("ab ", max_size=5), st.integers(0, 5))
def test_a_run_ends_at_the_first_other_character(count: int, rest: str, before: int) -> None:
    text = "x" * before + "a" * count + "b" + rest
    assert run_end(text, before, "a") == before + count
    assert run_end("a" * count, 0, "a") == count


def test_a_sign_is_found_with_the_blanks_round_it() -> None:
    assert sign_at_end("key = ", "=") == " = "
    assert sign_at_end("key=", "=") == "="
    assert sign_at_end("a = b", "=") == ""
    assert sign_at_end("", "=") == ""


def test_the_comment_behind_a_bracket_is_not_the_entrys() -> None:
    def after_comment(text: str, at: int) -> int:
        start = run_end(text, at, " ")
        return text.index("\n", start) if text[start] == "#" else at

    assert after_bracket("[ # of the list\n  1]", 1, after_comment) == 15
    assert after_bracket("[  1]", 1, after_comment) == 1
