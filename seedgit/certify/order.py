"""Whether the order of a result is one that the sides' orders allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final, NamedTuple

MOST: Final = 600  # names whose pairs are compared one by one


class Disorder(NamedTuple):
    """What is wrong with an order. `both`: perhaps nothing, because both sides changed it."""

    reason: str
    both: bool


def order_problem(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], result: Sequence[str]
) -> Disorder | None:
    """Compare orders of names, none of which stands twice in one; None if the result's is right."""
    if _agrees(result, ours) and _agrees(result, theirs):
        return None
    if len(result) > MOST:
        return Disorder("the order differs, in a place with too many entries to compare", True)
    ranks = [{name: n for n, name in enumerate(names)} for names in (base, ours, theirs)]
    moved = not all(_agrees(base, side) for side in (ours, theirs))
    both = False
    for one, other in combinations(result, 2):
        before, here, there = (_first(rank, one, other) for rank in ranks)
        if here is not None and there is not None and here != there:
            wanted = there if here == before else here if there == before else None
        else:
            wanted = here if here is not None else there
        if wanted is False:
            if not moved:
                return Disorder(f"{other} stands before {one} on the sides", False)
            both = True
    return Disorder("both sides, or one of them, moved entries", True) if both else None


def _agrees(result: Sequence[str], side: Sequence[str]) -> bool:
    known = set(side)
    there = set(result)
    return [n for n in result if n in known] == [n for n in side if n in there]


def _first(rank: dict[str, int], one: str, other: str) -> bool | None:
    """Whether `one` stands before `other`; None if one of them is not there."""
    return rank[one] < rank[other] if one in rank and other in rank else None
