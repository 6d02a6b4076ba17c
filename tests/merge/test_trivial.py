"""What one side made of a thing, or both alike."""

from __future__ import annotations

import pytest

from seedgit.merge.trivial import trivial


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "taken"),
    [
        ("a", "a", "a", "a"),
        ("a", "b", "a", "b"),
        ("a", "a", "b", "b"),
        ("a", "b", "b", "b"),
        ("a", "b", "c", None),
    ],
)
def test_one_side_changed_it_or_both_alike(
    base: str, ours: str, theirs: str, taken: str | None
) -> None:
    assert trivial(base, ours, theirs) == taken


def test_what_is_absent_goes_in_as_a_tuple() -> None:
    assert trivial(("a",), (None,), ("a",)) == (None,)
    assert trivial(("a",), (None,), ("b",)) is None
