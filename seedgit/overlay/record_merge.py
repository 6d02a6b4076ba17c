"""Merges two versions of a record, override by override.

Two changes clash where both sides changed one place in different ways. They also clash where one
side changed a place inside the other's: keeping both would make a value that nobody has set.
"""

from __future__ import annotations

from collections import Counter

from seedgit.merge.trivial import trivial
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.decisions import remembered
from seedgit.overlay.override import Override, Parked, Rival
from seedgit.overlay.record import Record
from seedgit.overlay.rivals import alike, holds, is_one, place_in, with_rivals
from seedgit.values.value import Value, has_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from seedgit.overlay.rivals import Place
    from seedgit.values.diff import KeyOf

    Held = TypeVar("Held", Parked, Rival)
    Kept = TypeVar("Kept")
    Key = tuple[Place, int]


class Clash(NamedTuple):
    """Two changes of one place; None for a side that removed its override.

    base  what was there before both, if anything
    """

    ours: Override | None
    theirs: Override | None
    base: Override | None = None

    @property
    def pointer(self) -> str:
        found = self.ours or self.theirs
        assert found is not None  # if both sides removed the override, there is no clash
        return found.pointer


def merge_records(
    old: Record, ours: Record, theirs: Record, base: Value, key_of: KeyOf
) -> tuple[Record, tuple[Clash, ...]]:
    """(three records over one base, merged into one, where ours wins a clash; the clashes)."""
    sides = [_by_place(record, base, key_of) for record in (old, ours, theirs)]
    clashes: list[Clash] = []
    kept: dict[Key, Override] = {}
    for key in {**sides[1], **sides[2]}:
        b, o, t = (side.get(key) for side in sides)
        taken = _of_rivals((b, o, t), (old, ours, theirs)) or _taken(b, o, t)
        if not taken and t is None and _parked_only(b, old, theirs):
            taken = (o,)
        elif not taken and o is None and _parked_only(b, old, ours):
            taken = (t,)
        chosen = taken[0] if taken else o
        if not taken and not alike(o, t):
            clashes.append(Clash(o, t, b))
        if chosen is not None:
            kept[key] = chosen
    clashes += _nested(sides, kept, base)
    rivals = [
        rival
        for rival in _three_way_told(old.rivals, ours.rivals, theirs.rivals)
        if not any(_taken_away(rival, old, side) for side in (ours, theirs))
    ]
    made = ours._replace(
        overrides=tuple(kept.values()),
        parked=_three_way_told(old.parked, ours.parked, theirs.parked),
        decisions=remembered((), _three_way(old.decisions, theirs.decisions, ours.decisions)),
        was=_three_way(old.was, theirs.was, ours.was),
    )
    return with_rivals(made, rivals, base, key_of), tuple(clashes)


def _taken(
    b: Override | None, o: Override | None, t: Override | None
) -> tuple[Override | None] | None:
    """The side that changed the override, as a tuple of one; None if both did, differently.

    A secret that was only encrypted anew did not change, if the other side changed it.
    """
    taken = trivial((b,), (o,), (t,))
    if taken or not any(side is not None and has_secret(side.value) for side in (b, o, t)):
        return taken
    was, own, other = (side and side.told_apart for side in (b, o, t))
    if was == own:
        return (t,)
    return (o,) if other in (was, own) else None


def _by_place(record: Record, base: Value, key_of: KeyOf) -> dict[Key, Override]:
    """The overrides by place. Several items put into one list may be alike."""
    found: dict[Key, Override] = {}
    met: Counter[Place] = Counter()
    for override in record.overrides:
        place = place_in(override, base, key_of)
        found[place, met[place]] = override
        met[place] += 1
    return found


def _of_rivals(
    versions: tuple[Override | None, Override | None, Override | None],
    records: tuple[Record, Record, Record],
) -> tuple[Override | None] | None:
    """What holds where rivals wait, as a tuple of one; None if that is as anywhere else.

    Each side may have taken away another one of them, and what is left there then is nothing that
    it has set: it does not hold against whoever took that away.
    """
    (was, *own), (old, *sides) = versions, records
    pairs = [(own[0], sides[1]), (own[1], sides[0])]  # what a side has, and the other side
    if any(_waits(old, override) and not _has(other, override) for override, other in pairs):
        left = [o for o, other in pairs if o and (not _has(old, o) or _has(other, o))]
        return (left[0] if left else None,)
    for override, other in pairs:
        # Who has set that did not replace what the other side took away: both still waited.
        if override is None and was is not None and _waits(other, was):
            return (next(filter(None, own), None),)
    return None


def _taken_away(rival: Rival, old: Record, side: Record) -> bool:
    """Whether a side took away what was an override of both, before the other side had it waiting
    beside something else."""
    own = (*old.overrides, *(parked.override for parked in old.parked))
    return (
        not rival.gone
        and any(is_one(rival.override, override) for override in own)
        and not _has(side, rival.override)
    )


def _has(record: Record, override: Override | None) -> bool:
    """Whether a record has an override: in force, parked, or waiting."""
    return (
        _waits(record, override)
        or any(is_one(o, override) for o in record.overrides)
        or any(alike(parked.override, override) for parked in record.parked)
    )


def _waits(record: Record, override: Override | None) -> bool:
    return any(is_one(rival.wanted, override) for rival in record.rivals)


def _parked_only(override: Override | None, old: Record, side: Record) -> bool:
    """Whether a side has not taken an override away: it only lost its place there."""
    return override is not None and any(
        parked.override.tokens == override.tokens or alike(parked.override, override)
        for parked in side.parked
        if parked not in old.parked
    )


def _nested(
    sides: list[dict[Key, Override]], kept: dict[Key, Override], base: Value
) -> list[Clash]:
    """The clashes where one side's change is above or below the other's.

    Removes theirs from `kept`.
    """
    old, ours, _ = sides
    own = {k: o for k, o in kept.items() if o != old.get(k) and o == ours.get(k)}
    others = {k: o for k, o in kept.items() if o != old.get(k) and k not in own}
    clashes = []
    for their_key, t in others.items():
        for o in own.values():
            if their_key in kept and holds(o, t, base):
                clashes.append(Clash(o, t))
                del kept[their_key]
    return clashes


def _told_apart(item: Held) -> Held:
    """What is compared of an item: a secret that was encrypted anew is the same one."""
    return item._replace(override=item.override.told_apart)


def _three_way_told(
    old: tuple[Held, ...], ours: tuple[Held, ...], theirs: tuple[Held, ...]
) -> tuple[Held, ...]:
    """As `_three_way`. Of two encryptions of one secret, the newer one; of two new ones, ours."""
    was, own, other = ({_told_apart(item): item for item in side} for side in (old, ours, theirs))
    return tuple(
        other[key] if key in other and own.get(key, was.get(key)) == was.get(key) else own[key]
        for key in _three_way(tuple(was), tuple(own), tuple(other))
    )


def _three_way(
    old: tuple[Kept, ...], ours: tuple[Kept, ...], theirs: tuple[Kept, ...]
) -> tuple[Kept, ...]:
    """The items that either side added, and the old ones that neither side removed."""
    return tuple(
        item
        for item in dict.fromkeys([*ours, *theirs])
        if item not in old or (item in ours and item in theirs)
    )
