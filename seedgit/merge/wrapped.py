"""Entries that one side put under a new parent, or took out of a parent, while the other side
changed them.

By their pointers, such entries went at one place and came at another. If the one side only moved
them, the two other versions are rewritten in the same way first, and then merged.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from operator import itemgetter

from seedgit import codes
from seedgit.merge.decision import BASE, OURS, SIDES, THEIRS
from seedgit.merge.moved import tells
from seedgit.merge.splice import spliced
from seedgit.merge.tree import NeedsWhole
from seedgit.values.pointer import is_below
from seedgit.values.value import canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol

    from seedgit.merge.decision import Decision
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node, Pointer
    from seedgit.values.value import Value

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
    known = _Known(decisions)
    replaced: list[tuple[int, int]] = []  # what the splices of base replace: it ascends
    for merged in decisions.walk():
        if not merged.went or _is_within(merged.base[0], replaced):
            continue
        for side, made in _found(merged, known).items():
            splices[side].update({splice[0]: splice for splice in made})
            for start, end, _ in made if side == BASE else ():
                insort(replaced, (start, end))
    if not any(splices.values()):
        return None
    base, ours, theirs = (
        spliced(decisions.side(side)[0].node.source.text, splices[side].values()) for side in SIDES
    )
    return base, ours, theirs


def _is_within(entry: Entry, replaced: list[tuple[int, int]]) -> bool:
    """Whether an entry is part of a text that a splice replaces already."""
    n = bisect_right(replaced, entry.start, key=itemgetter(0))
    return n > 0 and entry.start < replaced[n - 1][1]


def _found(merged: Decision, known: _Known) -> dict[str, list[Splice]]:
    """The splices, by version, that repeat one side's change of parents; empty if there is none."""
    ways: list[tuple[Way, str]]
    if merged.reason == codes.BOTH_SAME:
        ways = [(_put_in, side) for side in (OURS, THEIRS)]
    else:
        ways = [(way, THEIRS if merged.ours else OURS) for way in WAYS]
    for way, moved in ways:
        place = _Place(merged, moved, known)
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


class _Known:
    """What is asked again and again of maps and of whole versions, looked up once for each.

    Maps are known by the `id` of their nodes, which the decisions keep.
    """

    def __init__(self, decisions: Decision) -> None:
        sides = [side for side in SIDES if decisions.side(side)]
        self.roots = {side: decisions.side(side)[0].node for side in sides}
        self._tame: dict[int, bool] = {}
        self._paths: dict[int, dict[Pointer, Entry]] = {}
        self._numbers: dict[int, dict[Pointer, list[int]]] = {}
        self._came: dict[tuple[int, ...], _Came] = {}
        self._often: dict[tuple[str, Pointer], dict[str, int]] = {}

    def is_tame(self, node: Node) -> bool:
        """Whether a map can be rewritten with other parents."""
        if id(node) not in self._tame:
            self._tame[id(node)] = _is_tame(node)
        return self._tame[id(node)]

    def by_path(self, node: Node) -> dict[Pointer, Entry]:
        """The entries of a map."""
        if id(node) not in self._paths:
            self._paths[id(node)] = _by_path(node)
        return self._paths[id(node)]

    def some(self, node: Node, paths: Iterable[Pointer]) -> list[Entry]:
        """The entries of a map that have one of these paths, in the order of the text."""
        if id(node) not in self._numbers:
            numbers: dict[Pointer, list[int]] = {}
            for n, entry in enumerate(node.entries):
                numbers.setdefault(entry.path, []).append(n)
            self._numbers[id(node)] = numbers
        found = self._numbers[id(node)]
        return [node.entries[n] for n in sorted(n for path in paths for n in found.get(path, ()))]

    def came(self, place: _Place) -> _Came:
        """The entries that only the version that moved entries has in this map."""
        nodes = tuple(id(place.maps[side]) for side in (place.moved, *place.behind))
        if nodes not in self._came:
            self._came[nodes] = _Came(place, self)
        return self._came[nodes]

    def often(self, side: str, entry: Entry) -> int:
        """How often a version has an entry with this name and value."""
        at = (side, entry.path[-1:])
        if at not in self._often:
            counts: dict[str, int] = {}
            for other in _inside(self.roots[side]):
                if other.path[-1:] == at[1]:
                    text = canonical(other.node.value)
                    counts[text] = counts.get(text, 0) + 1
            self._often[at] = counts
        return self._often[at].get(canonical(entry.node.value), 0)


class _Came:
    """The entries that only the version that moved entries has in a map.

    paths    they, by path
    named    they, by the last name of their path
    holders  those that may be a new parent, by the path of each entry that they have
    """

    def __init__(self, place: _Place, known: _Known) -> None:
        old = [place.entries[side] for side in place.behind]
        entries = place.entries[place.moved]
        self.paths = {p: e for p, e in entries.items() if not any(p in has for has in old)}
        self.named: dict[str, list[Entry]] = {}
        for path, entry in self.paths.items():
            self.named.setdefault(path[-1], []).append(entry)
        self.holders: dict[Pointer, list[Entry]] = {}
        layout = place.maps[BASE].layout
        for entry in self._parents(place, known):
            if known.is_tame(entry.node) and entry.node.layout == layout:
                for path in known.by_path(entry.node):
                    self.holders.setdefault(path, []).append(entry)

    def _parents(self, place: _Place, known: _Known) -> list[Entry]:
        """The entries that may be the new parent. With headers they may be anywhere below the map's
        name, since all headers stand side by side in the document."""
        if not place.maps[BASE].source.format.headed or place.maps[BASE].layout == "flow":
            return list(self.paths.values())
        old = [known.by_path(known.roots[side]) for side in place.behind]
        return [
            entry
            for path, entry in known.by_path(known.roots[place.moved]).items()
            if is_below(path, place.at) and not any(path in has for has in old)
        ]


class _Place:
    """A map in the version that moved entries out of it or into it, and in the two others.

    gone    the entry that the moving side removed, in the versions that have it
    parts   the entries of base that went; several for a table that stands at several places
    single  whether the entry stands at one place in each version
    at      the map's pointer
    wrapper writes entries of such a map under another parent
    """

    def __init__(self, merged: Decision, moved: str, known: _Known) -> None:
        self.known = known
        self.moved, self.kept = moved, OURS if moved == THEIRS else THEIRS
        self.behind = (BASE, self.kept)
        nodes = {side: merged.parents.side(side) for side in SIDES}
        self.maps = {side: node for side, node in nodes.items() if node and known.is_tame(node)}
        self.entries = {side: known.by_path(node) for side, node in self.maps.items()}
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

    def came(self) -> _Came:
        return self.known.came(self)

    def is_one(self, entry: Entry) -> bool:
        """Whether base and the version that moved an entry have it equally often."""
        if entry.node.source.partial:
            raise NeedsWhole
        return self.known.often(BASE, entry) == self.known.often(self.moved, entry)


def _put_in(place: _Place) -> dict[str, list[Splice]] | None:
    """The splices that put entries under the parent that one side gave them."""
    if not place.single:
        return None
    gone, known = place.gone[BASE], place.known
    parents = [
        entry
        for entry in place.came().holders.get(gone.path, ())
        if _has(known.by_path(entry.node), gone)
    ]
    if len(parents) != 1 or not place.is_one(gone):
        return None
    [holder] = parents
    held, entries = known.by_path(holder.node), place.entries[BASE]
    inside = {
        path: entries[path]
        for path in held
        if path in entries and path not in place.entries[place.moved] and _has(held, entries[path])
    }
    if not _tells(holder.node, inside) or not any(p in place.entries[place.kept] for p in inside):
        return None  # the other side removed all of it, so it must not come back
    wrapper = place.wrapper
    if wrapper is None:
        return None
    made: dict[str, list[Splice] | None] = {}
    for side in place.behind:
        node = place.maps[side]
        moved = known.some(node, inside)
        made[side] = wrapper.put_in(node, moved, holder, place.maps[place.moved])
    return _complete(made)


def _taken_away(place: _Place) -> dict[str, list[Splice]] | None:
    """The splices that take entries out of the parent that one side removed."""
    if not place.single:
        return None
    base, kept = (place.gone[side] for side in place.behind)
    if not all(_is_tame(entry.node) for entry in (base, kept)) or _lead(base) != _lead(kept):
        return None
    layouts = {node.layout for node in (base.node, kept.node, place.maps[place.moved])}
    came, fresh, others = place.came().paths, _by_path(kept.node), _by_path(base.node)
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
            for entry in place.came().named.get(gone.path[-1], ())
            if same(entry.node.value, gone.node.value)
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


def _inside(node: Node) -> Iterator[Entry]:
    for entry in node.entries:
        yield entry
        yield from _inside(entry.node)


def _by_path(node: Node) -> dict[Pointer, Entry]:
    return {entry.path: entry for entry in node.entries}


def _is_tame(node: Node) -> bool:
    """Whether a map can be rewritten with other parents."""
    if node.kind != "map" or not node.entries or node.anchor or node.tag:
        return False
    return node.source.format.movable(node)


def _lead(entry: Entry) -> str:
    return entry.node.source.text[entry.lead : entry.start].strip()
