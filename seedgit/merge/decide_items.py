"""Find out which items of three lists are the same, and decide about each and about their order."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decide_list import ListMerge, ascending
from seedgit.merge.decision import OURS, THEIRS, Conflict, Decision, Parents
from seedgit.merge.tree import identity
from seedgit.values.align import align, bridged, known_by, named, shared_key
from seedgit.values.requirement import shared_names
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from seedgit.merge import decide_list
    from seedgit.merge.decision import Place
    from seedgit.merge.tree import Entry, Pointer

    class Merger(decide_list.Merger, Protocol):
        """Decides about the versions of one item, and the order of several (`merge.decide`)."""

        def settle(
            self, pointer: Pointer, base: Entry | None, ours: Entry | None, theirs: Entry | None
        ) -> tuple[str, str] | None: ...

        def arranged(
            self,
            b: dict[Pointer, Entry],
            o: dict[Pointer, Entry],
            t: dict[Pointer, Entry],
            order_of: str,
        ) -> list[Pointer]: ...


def items(merger: Merger, place: Place, below: Parents) -> tuple[Decision, ...] | None:
    """The decisions about a list that both sides changed or added, item by item.

    None if both sides added the list and nothing tells which of its items are the same.
    """
    pointer, bases, *sides, _ = place
    base = next(iter(bases), None)
    ours, theirs = (side[0] for side in sides)
    if base is None:
        values = [[identity(item) for item in entry.node.entries] for entry in (ours, theirs)]
        if shared_key(values, merger.rules.key_of(pointer)) is None:
            return None
    items = merged_list(merger, pointer, below)
    whole = [one for one in items if isinstance(one, Conflict) and one.pointer == pointer]
    if not whole:
        return items
    if base is None:
        return None
    # The list conflicts as a whole: a rule may say which side's items count.
    declared = merger.settle(pointer, base, ours, theirs)
    if declared is None:
        return items
    parts = (one.settled(*declared) if one in whole else [one] for one in items)
    return tuple(one for part in parts for one in part)


def merged_list(merger: Merger, pointer: Pointer, parents: Parents) -> tuple[Decision, ...]:
    b, o, t = (
        node.entries if node else [] for node in (parents.base, parents.ours, parents.theirs)
    )
    key = merger.rules.key_of(pointer)
    values = [[identity(entry) for entry in entries] for entries in (b, o, t)]
    to_ours = align(values[0], values[1], key, also=[values[2]])
    to_theirs = align(values[0], values[2], key, also=[values[1]])
    to_ours, to_theirs = bridged(values[1], values[2], to_ours, to_theirs)
    place = ListMerge(merger, pointer, parents, to_ours.pairs, to_theirs.pairs)
    place.keyed = to_ours.key if to_ours.key == to_theirs.key else None
    place.named = to_ours.names
    if place.in_doubt(to_ours.unsafe, to_theirs.pairs, THEIRS) or place.in_doubt(
        to_theirs.unsafe, to_ours.pairs, OURS
    ):
        return (place.whole(codes.LIST_IDENTITY),)
    if ("place" in to_ours.how.values() and not ascending(to_theirs.pairs)) or (
        "place" in to_theirs.how.values() and not ascending(to_ours.pairs)
    ):
        return (place.whole(codes.LIST_ORDER),)  # only their places tell these items apart
    return tuple(place.merged())


def merged_set(merger: Merger, pointer: Pointer, parents: Parents) -> tuple[Decision, ...]:
    """The decisions about a list that is a set: an item is there or not.

    An item is known by its identity key, else by its name, else by its whole value.
    """
    nodes = (parents.base, parents.ours, parents.theirs)
    sides = [node.entries if node else [] for node in nodes]
    values = [[identity(entry) for entry in entries] for entries in sides]
    key = shared_key(values, merger.rules.key_of(pointer))
    names = shared_names(values) if key is None else frozenset()
    b, o, t = (_named(entries, key, names) for entries in sides)
    gone = [n for n in b if n not in o and n not in t]
    came = [[n for n in side if n not in b] for side in (o, t)]
    if any(b[n].node.kind == "map" for n in gone) and all(came) and came[0] != came[1]:
        # Both may have changed the same item, and no name shows it.
        return (ListMerge(merger, pointer, parents, {}, {}).whole(codes.LIST_IDENTITY),)
    places = {
        name: str(n)
        for found in (b, t, o)  # the index in ours, else in theirs, else in base
        for n, name in enumerate(found)
    }
    # The result must not depend on which side is called ours.
    order_of = OURS if came[0] > came[1] else THEIRS
    return tuple(
        merger.entry((*pointer, places[n]), b.get(n), o.get(n), t.get(n), parents)
        for n in merger.arranged(b, o, t, order_of)
    )


def _named(entries: list[Entry], key: str | None, names: frozenset[str]) -> dict[Pointer, Entry]:
    """The items of a set, each by what it is known by."""
    values = [identity(entry) for entry in entries]
    return {
        (known_by(value, names) if key is None else canonical(named(value, key)),): entry
        for value, entry in zip(values, entries, strict=True)
    }
