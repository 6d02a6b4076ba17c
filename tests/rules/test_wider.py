"""Patterns of the rules compared with each other, and `**` in a pattern that names one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.rules.wider import is_wider
from seedgit.values.pointer import covers, names, parse_selector

STEPS = st.sampled_from(["a", "b", "*", "**"])
PATTERNS = st.lists(STEPS, max_size=6)
PLACES = st.lists(st.sampled_from("ab"), max_size=7)


def fits(pattern: list[str], place: list[str]) -> bool:
    """What a pattern means, said without regard to time."""
    if not pattern:
        return not place
    if pattern[0] == "**":
        return any(fits(pattern[1:], place[n:]) for n in range(len(place) + 1))
    return bool(place) and pattern[0] in ("*", place[0]) and fits(pattern[1:], place[1:])


@given(PATTERNS, PLACES)
def test_a_pattern_names_what_it_means(pattern: list[str], place: list[str]) -> None:
    assert names(pattern, place) == fits(pattern, place)
    held = any(fits(pattern, place[:size]) for size in range(len(place) + 1))
    assert covers(pattern, place, None) == held


@given(PATTERNS, PATTERNS, PLACES)
def test_a_wider_pattern_has_every_place_of_the_other(
    pattern: list[str], other: list[str], place: list[str]
) -> None:
    if is_wider(pattern, other) and covers(other, place, None):
        assert covers(pattern, place, None)
    if is_wider(pattern, other, below=False) and names(other, place):
        assert names(pattern, place)


@pytest.mark.parametrize(
    ("pattern", "other", "wider"),
    [
        ("/steps/*", "/steps/[id=a]/mode", True),
        ("/steps/[id=a]", "/steps/[id=a]/mode", True),
        ("/steps/[id=a]", "/steps/*/mode", False),
        ("/**/mode", "/steps/*/mode", True),
        ("/**/mode", "/**/schedule/mode", True),
        ("/**/schedule/mode", "/**/mode", False),
        ("/*", "/**/mode", True),
        ("/*/mode", "/**/mode", False),
        ("/steps/*/mode", "/steps/*", False),
        ("/a", "/b", False),
        ("", "/a", True),
        ("", "", True),
        ("/a", "", False),
    ],
)
def test_which_is_wider(pattern: str, other: str, wider: bool) -> None:
    assert is_wider(parse_selector(pattern), parse_selector(other)) == wider


def test_a_place_itself_is_not_what_lies_below_it() -> None:
    assert not is_wider(("a",), ("a", "b"), below=False)
    assert is_wider(("a", "*"), ("a", "b"), below=False)
    assert not is_wider(("a",), ("a", "**"), below=False)
    assert is_wider(("a", "**"), ("a",), below=False)
