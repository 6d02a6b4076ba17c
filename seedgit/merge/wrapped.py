"""Entries that one side put under a new parent, or took out of a parent, while the other side
changed them.

By their pointers, such entries went at one place and came at another. If the one side only moved
them, the two other versions are rewritten in the same way first, and then merged.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import BASE, OURS, SIDES, THEIRS
from seedgit.merge.moved import tells
from seedgit.merge.splice import spliced
from seedgit.merge.tree import NeedsWhole
from seedgit.values.pointer import is_below
from seedgit.values.value import canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from seedgit.merge.decision import Decision
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node, Pointer
    from seedgit.values.value import Value

    # The entries of maps by their path, by the identity of the map.
    Known = dict[int, dict[Pointer, Entry]]
    # Rewrites the versions that are behind; None if the side made another kind of change.
    Way = Callable[["_Place"], dict[str, list[Splice]] | None]

    class Wrapper(Protocol):
        """Puts entries of a map under a parent, or takes them out; None where it cannot."""

        def put_in(
            self, node: Node, entries: list[Entry], holder: Entry, around: Node
        ) -> list[Splice] | None: ...

        def taken_away(self, node: Node, holder: Entry) -> list[Splice] | None: ...


def wrapped_alike(decisions: Decision) -> tuple[str, str, str] | None:
    """Base, ours and theirs, all with the parents as the one side has them that changed parents.

    None if no side changed parents.
    """
    splices: dict[str, dict[int, Splice]] = {side: {} for side in SIDES}
    known: Known = {}
    for merged in decisions.walk():
        if not merged.went or _is_within(merged.base[0], splices[BASE]):
            continue
        for side, made in _found(merged, decisions, known).items():
            splices[side].update({splice[0]: splice for splice in made})
    if not any(splices.values()):
        return None
    base, ours, theirs = (
        spliced(decisions.side(side)[0].node.source.text, splices[side].values()) for side in SIDES
    )
    return base, ours, theirs


def _is_within(entry: Entry, splices: dict[int, Splice]) -> bool:
    """Whether an entry is part of a text that a splice replaces already."""
    return any(start <= entry.start < end for start, end, _ in splices.values())


def _found(merged: Decision, decisions: Decision, known: Known) -> dict[str, list[Splice]]:
    """The splices, by version, that repeat one side's change of parents; empty if there is none."""
    ways: list[tuple[Way, str]]
    if merged.reason == codes.BOTH_SAME:
        ways = [(_put_in, side) for side in (OURS, THEIRS)]
    else:
        ways = [(way, THEIRS if merged.ours else OURS) for way in WAYS]
    for way, moved in ways:
        place = _Place(merged, decisions, moved, known)
        found = way(place) if place.whole else None
        if found:
            return found
    return {}


def says_alike(old: Value, new: Value) -> bool:
    """Whether two documents hold the same values, at whatever places."""
    return _scalars(old) == _scalars(new)


def _scalars(value: Value) -> list[str]:
    if isinstance(value, (dict, list)) and value:
        items = value.values() if isinstance(value, dict) else value
        return sorted(text for item in items for text in _scalars(item))
    return [canonical(value)]


class _Place:
    """A map in the version that moved entries out of it or into it, and in the two others.

    gone    the entry that the moving side removed, in the versions that have it
    parts   the entries of base that went; several for a table that stands at several places
    single  whether the entry stands at one place in each version
    at      the map's pointer
    wrapper writes entries of such a map under another parent
    """

    def __init__(self, merged: Decision, decisions: Decision, moved: str, known: Known) -> None:
        self.moved, self.kept = moved, OURS if moved == THEIRS else THEIRS
        self.behind = (BASE, self.kept)
        nodes = {side: merged.parents.side(side) for side in SIDES}
        self.maps = {side: node for side, node in nodes.items() if node and _is_tame(node)}
        for node in self.maps.values():
            if id(node) not in known:
                known[id(node)] = _by_path(node)
        self.entries = {side: known[id(node)] for side, node in self.maps.items()}
        self.roots = {side: decisions.side(side)[0].node for side in SIDES if decisions.side(side)}
        self.gone = {side: merged.side(side)[0] for side in self.behind if merged.side(side)}
        self.parts = merged.base
        self.single = all(len(merged.side(side)) < 2 for side in SIDES)
        self.at = merged.pointer[: -len(self.gone[BASE].path)] if self.gone else ()

    @property
    def whole(self) -> bool:
        layouts = {node.layout for node in self.maps.values()}
        return len(self.maps) == len(SIDES) and bool(self.gone) and len(layouts) == 1

    @property
    def wrapper(self) -> Wrapper | None:
        node = self.maps[self.moved]
        return node.source.format.wrapper(node)

    def came(self) -> dict[Pointer, Entry]:
        """The entries that only the version that moved entries has, by path."""
        old = [self.entries[side] for side in self.behind]
        entries = self.entries[self.moved]
        return {path: e for path, e in entries.items() if not any(path in has for has in old)}

    def parents(self) -> list[Entry]:
        """The entries that may be the new parent. With headers they may be anywhere below the map's
        name, since all headers stand side by side in the document."""
        if not self.maps[BASE].source.format.headed or self.maps[BASE].layout == "flow":
            return list(self.came().values())
        known = {path for side in self.behind for path in _by_path(self.roots[side])}
        return [
            entry
            for path, entry in _by_path(self.roots[self.moved]).items()
            if is_below(path, self.at) and path not in known
        ]

    def is_one(self, entry: Entry) -> bool:
        """Whether base and the version that moved an entry have it equally often."""
        if entry.node.source.partial:
            raise NeedsWhole
        return _count(self.roots[BASE], entry) == _count(self.roots[self.moved], entry)


def _put_in(place: _Place) -> dict[str, list[Splice]] | None:
    """The splices that put entries under the parent that one side gave them."""
    if not place.single:
        return None
    gone = place.gone[BASE]
    layout = place.maps[BASE].layout
    parents = [
        entry
        for entry in place.parents()
        if _is_tame(entry.node) and entry.node.layout == layout and _has(_by_path(entry.node), gone)
    ]
    if len(parents) != 1 or not place.is_one(gone):
        return None
    [holder] = parents
    held = _by_path(holder.node)
    inside = {
        path: entry
        for path, entry in place.entries[BASE].items()
        if path not in place.entries[place.moved] and _has(held, entry)
    }
    known = _by_path(place.maps[place.kept])
    if not _tells(holder.node, inside) or inside.keys().isdisjoint(known):
        return None  # the other side removed all of it, so it must not come back
    wrapper = place.wrapper
    if wrapper is None:
        return None
    made: dict[str, list[Splice] | None] = {}
    for side in place.behind:
        node = place.maps[side]
        entries = [entry for entry in node.entries if entry.path in inside]
        made[side] = wrapper.put_in(node, entries, holder, place.maps[place.moved])
    return _complete(made)


def _taken_away(place: _Place) -> dict[str, list[Splice]] | None:
    """The splices that take entries out of the parent that one side removed."""
    if not place.single:
        return None
    base, kept = (place.gone[side] for side in place.behind)
    if not all(_is_tame(entry.node) for entry in (base, kept)) or _lead(base) != _lead(kept):
        return None
    layouts = {node.layout for node in (base.node, kept.node, place.maps[place.moved])}
    came, fresh, others = place.came(), _by_path(kept.node), _by_path(base.node)
    if len(layouts) > 1 or not any(tells(entry) for entry in base.node.entries):
        return None
    if not all(
        path in came and same(entry.node.value, came[path].node.value) and place.is_one(entry)
        for path, entry in others.items()
    ):
        return None
    if any(
        path in known for path in fresh.keys() - others.keys() for known in place.entries.values()
    ):
        return None
    wrapper = place.wrapper
    if wrapper is None:
        return None
    return _complete(
        {side: wrapper.taken_away(place.maps[side], place.gone[side]) for side in place.behind}
    )


def _headed_anew(place: _Place) -> dict[str, list[Splice]] | None:
    """The splices that rename headers as one side did: with names put in front, or taken away."""
    format = place.maps[BASE].source.format
    if not format.headed:
        return None
    for gone in filter(tells, place.parts):
        came = [
            entry
            for entry in place.came().values()
            if entry.path[-1] == gone.path[-1] and same(entry.node.value, gone.node.value)
        ]
        if len(came) == 1 and place.is_one(gone):
            around = place.maps[place.moved]
            made = {
                side: format.headed_anew(gone.path, came[0], place.maps[side], around)
                for side in place.behind
            }
            return _complete(made)
    return None


def _complete(made: dict[str, list[Splice] | None]) -> dict[str, list[Splice]] | None:
    """The splices by version; None if one of the versions cannot be rewritten."""
    found = {side: splices for side, splices in made.items() if splices is not None}
    return found if len(found) == len(made) else None


WAYS: tuple[Way, ...] = (_put_in, _taken_away, _headed_anew)


def _has(entries: dict[Pointer, Entry], entry: Entry) -> bool:
    """Whether a map has an entry with this name and value."""
    found = entries.get(entry.path)
    return found is not None and same(found.node.value, entry.node.value)


def _tells(node: Node, moved: dict[Pointer, Entry]) -> bool:
    """Whether a map surely is the new parent of these entries.

    A map that is new for another reason may share a scalar with them, or something empty, or
    `true`.
    """
    telling = [entry for entry in moved.values() if tells(entry)]
    if moved.keys() == _by_path(node).keys():
        return bool(telling)
    return any(entry.node.kind != "scalar" for entry in telling)


def _count(node: Node, entry: Entry) -> int:
    """How often a document has an entry with this name and value."""
    return sum(
        (other.path[-1:] == entry.path[-1:] and same(other.node.value, entry.node.value))
        + _count(other.node, entry)
        for other in node.entries
    )


def _by_path(node: Node) -> dict[Pointer, Entry]:
    return {entry.path: entry for entry in node.entries}


def _is_tame(node: Node) -> bool:
    """Whether a map can be rewritten with other parents."""
    if node.kind != "map" or not node.entries or node.anchor or node.tag:
        return False
    return node.source.format.movable(node)


def _lead(entry: Entry) -> str:
    return entry.node.source.text[entry.lead : entry.start].strip()
