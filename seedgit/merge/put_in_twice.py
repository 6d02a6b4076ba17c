"""List items that both sides added, each at a different place."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import OURS, THEIRS, Conflict
from seedgit.merge.tree import identity
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.decide_list import ListMerge
    from seedgit.merge.decision import Decision


def once(place: ListMerge, result: list[Decision], twice: set[str]) -> list[Decision] | None:
    """`result` with a conflict at each item that both sides added at different places.

    None if other items stand twice as well.
    """
    base = [identity(entry) for entry in place.base]
    if twice & {canonical(value) for value in base + place.names(base)}:
        return None
    put: dict[str, dict[frozenset[str], Decision]] = {OURS: {}, THEIRS: {}}
    for merged in result:
        sides = [side for side in (OURS, THEIRS) if merged.side(side)]
        if merged.base or len(sides) != 1:
            continue
        item = identity(merged.side(sides[0])[0])
        known = frozenset(canonical(value) for value in (item, *place.names([item]))) & twice
        if known and put[sides[0]].setdefault(known, merged) is not merged:
            return None
    again = {id(merged) for side in put.values() for merged in side.values()}
    if put[OURS].keys() != put[THEIRS].keys():
        return None
    if not again or place.doubled([m for m in result if id(m) not in again]):
        return None
    return [
        Conflict(codes.LIST_DUPLICATE, place.pointer, *m.place[1:]) if id(m) in again else m
        for m in result
    ]
