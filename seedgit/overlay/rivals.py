"""What two people set at one place: a record keeps both values until a person decides.

The one in the effective document is the record's own override; the others are its rivals.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.overlay.override import Override, Parked, Rival, told_apart
from seedgit.overlay.patch import inserts
from seedgit.overlay.record import Record
from seedgit.values.align import identity_key, named
from seedgit.values.diff import no_key
from seedgit.values.pointer import is_below, resolve
from seedgit.values.value import Value, canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seedgit.values.diff import KeyOf, Tokens

    Place = tuple[Tokens, str]


def place_in(override: Override, base: Value, key_of: KeyOf) -> Place:
    """The place of an override: its pointer; of an inserted item, the list and its identity."""
    if not inserts(override, base):
        return override.tokens, ""
    at = override.tokens[:-1]
    return at, _name(override.value, resolve(base, at), key_of(at))


def _name(item: Value, others: list[Value], key: str | None) -> str:
    name = identity_key([*others, item], key)
    if name is not None and isinstance(item, dict):
        return canonical({name: named(item, name)})
    return canonical(told_apart(item))


def alike(one: Override | None, other: Override | None) -> bool:
    """Whether two overrides want the same. Their reasons may differ."""
    if one is None or other is None:
        return one is other
    values = one.told_apart.value, other.told_apart.value
    return one.op == other.op and same(*values) and one.until == other.until


def is_one(one: Override | None, other: Override | None) -> bool:
    """Whether two overrides are one: alike, at one pointer, and chosen as often."""
    if one is None or other is None or not alike(one, other):
        return False
    return (one.tokens, one.chosen) == (other.tokens, other.chosen)


def holds(one: Override, other: Override, base: Value) -> bool:
    """Whether one of two overrides is above the other."""
    upper, lower = sorted((one, other), key=lambda o: len(o.tokens))
    return is_below(lower.tokens, upper.tokens) and not inserts(upper, base)


def locals_of(
    record: Record, rival: Rival, base: Value, key_of: KeyOf = no_key
) -> tuple[Override, ...]:
    """The overrides of a record that a rival stands against: at its place, above it or below it."""
    if rival.lost:
        return tuple(p.override for p in record.parked if p.label == rival.label)
    place = place_in(rival.override, base, key_of)
    return tuple(
        o
        for o in record.overrides
        if place_in(o, base, key_of) == place or holds(o, rival.override, base)
    )


def undecided(
    record: Record, base: Value, key_of: KeyOf = no_key
) -> Iterator[tuple[Rival, tuple[Override, ...]]]:
    """The rivals of a record that want anything else than its overrides do, each with those."""
    for rival in record.rivals:
        own = locals_of(record, rival, base, key_of)
        if not alike(rival.wanted, own[0] if own else None) or len(own) > 1:
            yield rival, own


def with_rivals(
    record: Record, rivals: Iterable[Rival], base: Value, key_of: KeyOf = no_key
) -> Record:
    """The record with these rivals, without those that want what it has."""
    record = record._replace(rivals=tuple(dict.fromkeys(rivals)))
    kept = tuple(rival for rival, _ in undecided(record, base, key_of))
    return record._replace(rivals=kept)


def decided_for(record: Record, rival: Rival, base: Value, key_of: KeyOf = no_key) -> Record:
    """The record where a person has chosen what it has over a rival."""
    own = locals_of(record, rival, base, key_of)
    rest = _without(record, rival)
    return rest.changed(lambda o: o.chosen_again if any(o is each for each in own) else o)


def _without(record: Record, rival: Rival) -> Record:
    return record._replace(rivals=tuple(r for r in record.rivals if r != rival))


def decided_against(
    record: Record, rival: Rival, made: Override | None, base: Value, key_of: KeyOf = no_key
) -> Record:
    """The record where something else holds than what it has against a rival.

    made  what holds; None: no override does
    base  the record's seed
    """
    own = locals_of(record, rival, base, key_of)
    rest = _without(record, rival)
    if rival.lost:
        parked = tuple(p for p in rest.parked if p.override not in own)
        more = () if made is None else (Parked(made, codes.ORPHANED, rival.name),)
        return rest._replace(parked=(*parked, *more))
    return rest._replace(overrides=_instead(rest.overrides, own, made))


def _instead(
    overrides: tuple[Override, ...], gone: tuple[Override, ...], made: Override | None
) -> tuple[Override, ...]:
    """The overrides with one in place of some. Items put into one list keep their order."""
    first = next((n for n, o in enumerate(overrides) if o in gone), len(overrides))
    kept = [o for o in overrides if o not in gone]
    new = [] if made is None else [made]
    return (*kept[:first], *new, *kept[first:])
