"""Find conflicts over a moved value: one side moved it to another map or list, and the other side
removed it or moved it to a third place.

Entry by entry, that is no conflict: both sides removed it here, and one side added something there.
Without a conflict, a value that one side removed would be back elsewhere, or stand at two places.
"""

from __future__ import annotations

from itertools import chain

from seedgit import codes
from seedgit.merge.decision import Conflict, Decision, Members, Parents
from seedgit.merge.renamed import much_alike
from seedgit.merge.tree import NeedsWhole
from seedgit.values.align import align
from seedgit.values.requirement import names
from seedgit.values.value import canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Protocol

    from seedgit.merge.tree import Entry, Node, Pointer

    class Merger(Protocol):
        """Decides about the members of a map or list (`merge.decide`)."""

        def below(self, pointer: Pointer, parents: Parents) -> tuple[Decision, ...] | None: ...

        def settle(
            self, pointer: Pointer, base: Entry | None, ours: Entry | None, theirs: Entry | None
        ) -> tuple[str, str] | None: ...

    # An entry, and the map or list that it stands in.
    Place = tuple[Entry, Node]

# If more containers have one key, only equal ones are looked for, not similar ones.
MOST_ALIKE = 100


def moved_apart(root: Decision, merger: Merger) -> Decision:
    """The decisions, with a conflict where one side added a value that both removed elsewhere."""
    places = [place for merged in root.walk() for place in _gone(merged)]
    if not any(tells(entry) for entry, _ in places):
        return root
    return _marked(root, _Went(places, root), merger)


class _Known:
    """Entries, to be found again by their key and their value."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.by_text: dict[tuple[Pointer, str], list[Place]] = {}
        self.containers: dict[Pointer, list[Place]] = {}
        for place in places:
            entry, _ = place
            for at in _known_as(entry):
                self.by_text.setdefault(at, []).append(place)
            if entry.node.entries:
                self.containers.setdefault(entry.path[-1:], []).append(place)

    def like(self, entry: Entry) -> Iterator[Place]:
        """The known places that hold the same thing as an entry; some may come twice."""
        for at in _known_as(entry):
            yield from self.by_text.get(at, ())
        yield from self._containing(entry)

    def like_any(self, entries: Sequence[Entry]) -> set[int]:
        """The `id` of each known entry that holds the same thing as one of these."""
        texts = {at for entry in entries for at in _known_as(entry)}
        found = [place for at in texts for place in self.by_text.get(at, ())]
        return {id(place[0]) for place in chain(found, *map(self._containing, entries))}

    def _containing(self, entry: Entry) -> Iterator[Place]:
        near = self.containers.get(entry.path[-1:], []) if entry.node.entries else []
        if len(near) <= MOST_ALIKE:
            yield from (p for p in near if much_alike(p[0].node.value, entry.node.value))

    def only(self) -> _Known:
        """Those whose key and text no other one has, or that are known by what they contain."""
        found = _Known(())
        found.by_text = {
            at: places
            for at, places in self.by_text.items()
            if len({id(entry) for entry, _ in places}) == 1
        }
        found.containers = self.containers
        return found


class _Went:
    """The entries that both sides removed.

    all    all of them, and the entries inside them
    known  those that can be recognised elsewhere
    base   all entries of base: if several are alike, it is unknown which of them moved
    """

    def __init__(self, places: list[Place], root: Decision) -> None:
        self.root = root
        self.base: _Known | None = None
        self.all = _Known(places)
        both = [m.ours[0] for m in root.walk() if not m.base and m.ours and m.theirs]
        twice = self.all.like_any(both)
        known = _Known(p for p in places if tells(p[0]) and id(p[0]) not in twice)
        self.known = known.only()  # of several, base has none once
        self.once: dict[int, bool] = {}

    def is_one(self, entry: Entry) -> bool:
        """Whether base has this entry exactly once."""
        if id(entry) not in self.once:
            self.once[id(entry)] = self._is_one(entry)
        return self.once[id(entry)]

    def _is_one(self, entry: Entry) -> bool:
        if self.base is None:
            if entry.node.source.partial:
                raise NeedsWhole
            self.base = _Known(_inner(self.root.base[0].node) if self.root.base else ())
        first: int | None = None
        for found, _ in self.base.like(entry):
            if first not in (None, id(found)):
                return False
            first = id(found)
        return first is not None

    def has(self, added: Entry, holder: Node | None) -> bool:
        """Whether an added entry is a removed one, or holds removed ones and nothing else.

        holder  the map or list of base that it stands in
        """
        found = [place for place in self.known.like(added) if self.is_one(place[0])]
        if found:
            # A new place in the same list or a new name in the same map is no move.
            return any(
                old is not holder or entry.path[:-1] != added.path[:-1] for entry, old in found
            )
        inner = added.node.entries
        return any(self.has(one, None) for one in inner) and all(map(self._is_among, inner))

    def _is_among(self, added: Entry) -> bool:
        inner = added.node.entries
        found = next(self.all.like(added), None)
        return found is not None or (bool(inner) and all(map(self._is_among, inner)))


def _marked(merged: Decision, went: _Went, merger: Merger) -> Decision:
    children, reason = merged.children, merged.reason
    if children is None:
        added = _added(merged)
        if added is not None:
            if went.has(added, merged.parents.base):
                ours, theirs = (next(iter(side), None) for side in (merged.ours, merged.theirs))
                if merger.settle(merged.pointer, None, ours, theirs) is None:
                    return Conflict(codes.MOVED, *merged.place)
            return merged
        if not _has_moved_in(merged, went):
            return merged
        nodes = (entry.node for entry in (merged.base[0], merged.ours[0], merged.theirs[0]))
        children, reason = merger.below(merged.pointer, Parents(*nodes)), codes.MERGED_BELOW
        if children is None:
            return merged
    marked = tuple(_marked(child, went, merger) for child in children)
    return Members(marked, reason, *merged.place)


def _gone(merged: Decision) -> Iterator[Place]:
    """The entries that both sides removed at one decision."""
    holder = merged.parents.base
    if merged.reason == codes.BOTH_SAME and merged.base and holder:
        if not merged.ours and not merged.theirs:
            yield merged.base[0], holder
            yield from _inner(merged.base[0].node)
    if merged.reason == codes.BOTH_SAME and merged.base and merged.theirs:
        yield from _less(merged.base[0].node, merged.theirs[0].node)


def _inner(node: Node) -> Iterator[Place]:
    for entry in node.entries:
        yield entry, node
        yield from _inner(entry.node)


def _added(merged: Decision) -> Entry | None:
    """The entry that one side alone added; None if there is none."""
    entries = [*merged.ours, *merged.theirs]
    return None if merged.base or len(entries) != 1 else entries[0]


def _has_moved_in(merged: Decision, went: _Went) -> bool:
    """Whether only one side changed the entry, and moved a removed one into it."""
    if merged.reason not in (codes.ONLY_OURS_CHANGED, codes.ONLY_THEIRS_CHANGED):
        return False
    changed = merged.side(merged.source)
    if not merged.base or not changed:
        return False
    more = _less(changed[0].node, merged.base[0].node)
    return any(went.has(entry, None) for entry, _ in more)


def _less(old: Node, new: Node) -> Iterator[Place]:
    """The entries below `old` that `new`, another version of it, does not have."""
    if old.kind != new.kind or old.kind == "scalar" or same(old.value, new.value):
        return
    if old.kind == "map":
        there = {entry.path: entry for entry in new.entries}
        pairs = [(entry, there.get(entry.path)) for entry in old.entries]
    else:
        found = align(old.value, new.value).pairs
        pairs = [
            (entry, new.entries[found[n]] if n in found else None)
            for n, entry in enumerate(old.entries)
        ]
    for entry, other in pairs:
        if other is None:
            yield entry, old
        else:
            yield from _less(entry.node, other.node)


# -- whether it is one value -----------------------------------------------------------------------


def tells(entry: Entry) -> bool:
    """Whether an entry can be recognised elsewhere by its value."""
    value = entry.node.value
    if isinstance(value, (dict, list)):
        return bool(value)
    return isinstance(value, str) or (bool(entry.path) and type(value) in (int, float))


def _known_as(entry: Entry) -> list[tuple[Pointer, str]]:
    """What an entry may be known by: its key with its value, and with its name if it is a
    requirement."""
    value, key = entry.node.value, entry.path[-1:]
    found = names([value]) if not entry.path and isinstance(value, str) else []
    return [(key, canonical(value)), *((key, "=" + name) for name in found)]
