"""What is equal to what: to Python 0 is False and 1 is 1.0, in a seed they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seedgit.overlay.decisions import VALUE, Question, StoredDecision
from seedgit.overlay.override import SEED_IS, Override, Parked, Rival, Until

MADE: list[Callable[[Any], Any]] = [
    lambda value: Until(SEED_IS, value),
    lambda value: Override(("a",), "replace", value, 3, 3),
    lambda value: Override(("a",), "replace", 3, value, 3),
    lambda value: Override(("a",), "replace", 3, 3, 3, until=Until(SEED_IS, value)),
    lambda value: Question("/a", value, 3, 3),
    lambda value: StoredDecision(Question("/a", 3, 3, 3), VALUE, value),
    lambda value: Parked(Override(("a",), "replace", value, 3, 3), "orphaned"),
    lambda value: Rival(Override(("a",), "replace", value, 3, 3)),
]


def both(one: Any, other: Any) -> tuple[bool, bool]:
    """Both comparisons: a tuple has its own of each."""
    return one == other, one != other


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize(("one", "other"), [(0, False), (1, True), (1, 1.0), ([0], [False])])
def test_what_a_seed_tells_apart_is_not_equal(
    made: Callable[[Any], Any], one: Any, other: Any
) -> None:
    assert both(made(one), made(other)) == (False, True)
    assert both(made(one), made(one)) == (True, False)
    assert hash(made(3)) == hash(made(3))


def test_one_that_somebody_chose_is_not_the_one_that_was_set() -> None:
    override = Override(("a",), "replace", 1, 2, 2)
    assert both(override, override.chosen_again) == (False, True)


def test_the_name_of_a_parked_one_is_for_people() -> None:
    override = Override(("a",), "replace", 1, 2, 2)
    one, other = (Parked(override, "orphaned", name) for name in ("/a", "/b"))
    assert both(one, other) == (True, False) and hash(one) == hash(other)
    mine, same = (Rival(override, by=by, on=on) for by, on in (("A", ""), ("B", "2024-05-06")))
    assert both(mine, same) == (True, False) and hash(mine) == hash(same)
