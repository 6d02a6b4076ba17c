"""Merges two versions of a record, override by override.

Two changes clash where both sides changed one place in different ways. They also clash where one
side changed a place inside the other's: keeping both would make a value that nobody has set.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from seedgit.merge.decision import THEIRS
from seedgit.merge.trivial import trivial
from seedgit.overlay.decisions import remembered
from seedgit.overlay.override import Override
from seedgit.overlay.patch import inserts
from seedgit.overlay.record import Record
from seedgit.values.align import identity_key
from seedgit.values.pointer import is_below, resolve
from seedgit.values.value import Value, canonical, same

if TYPE_CHECKING:
    from seedgit.values.diff import KeyOf, Tokens

    Kept = TypeVar("Kept")
    Key = tuple[Tokens, str, int]


class Clash(NamedTuple):
    """Two changes of one place; None for a side that removed its override."""

    ours: Override | None
    theirs: Override | None

    @property
    def pointer(self) -> str:
        found = self.ours or self.theirs
        assert found is not None  # if both sides removed the override, there is no clash
        return found.pointer


def merge_records(
    old: Record, ours: Record, theirs: Record, base: Value, key_of: KeyOf, prefer: str = ""
) -> tuple[Record, tuple[Clash, ...]]:
    """(three records over one base, merged into one; the clashes).

    prefer  OURS or THEIRS: the side that wins a clash, and no clashes are returned. "": ours wins,
            and the clashes are returned.
    """
    sides = [_by_place(record, base, key_of) for record in (old, ours, theirs)]
    clashes: list[Clash] = []
    kept: dict[Key, Override] = {}
    for key in {**sides[1], **sides[2]}:
        b, o, t = (side.get(key) for side in sides)
        taken = trivial((b,), (o,), (t,))
        chosen = taken[0] if taken else o
        if not taken and not _alike(o, t):
            clashes.append(Clash(o, t))
            chosen = t if prefer == THEIRS else o
        if chosen is not None:
            kept[key] = chosen
    clashes += _nested(sides, kept, base, prefer)
    parked = _three_way(old.parked, ours.parked, theirs.parked)
    decisions = _three_way(old.decisions, theirs.decisions, ours.decisions)
    made = ours._replace(
        overrides=tuple(kept.values()),
        parked=parked,
        decisions=remembered((), decisions),
        was=_three_way(old.was, theirs.was, ours.was),
    )
    return made, () if prefer else tuple(clashes)


def _by_place(record: Record, base: Value, key_of: KeyOf) -> dict[Key, Override]:
    """The overrides by place: their pointer; for an inserted item, the list and its identity."""
    found: dict[Key, Override] = {}
    met: Counter[tuple[Tokens, str]] = Counter()
    for override in record.overrides:
        place = (override.tokens, "")
        if inserts(override, base):
            at = override.tokens[:-1]
            place = (at, _name(override.value, resolve(base, at), key_of(at)))
        found[(*place, met[place])] = override
        met[place] += 1
    return found


def _name(item: Value, others: list[Value], key: str | None) -> str:
    name = identity_key([*others, item], key)
    if name is not None and isinstance(item, dict):
        return canonical({name: item[name]})
    return canonical(item)


def _alike(one: Override | None, other: Override | None) -> bool:
    """Whether two overrides want the same. Their reasons may differ."""
    if one is None or other is None:
        return one is other
    return one.op == other.op and same(one.value, other.value) and one.until == other.until


def _nested(
    sides: list[dict[Key, Override]], kept: dict[Key, Override], base: Value, prefer: str
) -> list[Clash]:
    """The clashes where one side's change is above or below the other's.

    Removes the losing override of each from `kept`.
    """
    old, ours, _ = sides
    own = {k: o for k, o in kept.items() if o != old.get(k) and o == ours.get(k)}
    others = {k: o for k, o in kept.items() if o != old.get(k) and k not in own}
    clashes = []
    for their_key, t in others.items():
        for our_key, o in own.items():
            if our_key in kept and their_key in kept and _holds(o, t, base):
                clashes.append(Clash(o, t))
                del kept[our_key if prefer == THEIRS else their_key]
    return clashes


def _holds(one: Override, other: Override, base: Value) -> bool:
    """Whether one of two overrides is above the other."""
    upper, lower = sorted((one, other), key=lambda o: len(o.tokens))
    return is_below(lower.tokens, upper.tokens) and not inserts(upper, base)


def _three_way(
    old: tuple[Kept, ...], ours: tuple[Kept, ...], theirs: tuple[Kept, ...]
) -> tuple[Kept, ...]:
    """The items that either side added, and the old ones that neither side removed."""
    return tuple(
        item
        for item in dict.fromkeys([*ours, *theirs])
        if item not in old or (item in ours and item in theirs)
    )
