"""Decisions about a renamed map or list. A merge sees an old entry go and a new one come.

An entry counts as renamed if both sides dropped it and one side has a new entry there that is much
like it. If the sides renamed it differently, or one side removed it, that is one conflict. If both
renamed it alike, all three versions are merged as one entry.
"""

from __future__ import annotations

from bisect import bisect_left
from heapq import merge

from seedgit import codes
from seedgit.merge.decision import BASE, OURS, THEIRS, Conflict, Decision, Take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seedgit.merge.counts import Leaf
    from seedgit.merge.decision import Parents
    from seedgit.merge.tree import Entry, Pointer
    from seedgit.values.value import Value

    Sides = tuple[dict[Pointer, Entry], dict[Pointer, Entry], dict[Pointer, Entry]]
    Values = dict[str, Value]
    Renames = Sequence[tuple[Pointer, Pointer]]  # old and new pointers


MUCH = 0.5  # two containers are much alike if they share this part of their scalars
_COMPARED = 250_000  # with more pairs to compare, no rename is looked for


class Rename:
    """The new names of the entry `old` of the map at `place`, in ours and in theirs.

    A name is None if that side removed the entry.
    """

    __slots__ = ("old", "ours", "place", "theirs")

    def __init__(self, place: Pointer, old: str, ours: str | None, theirs: str | None) -> None:
        self.place = place
        self.old = old
        self.ours = ours
        self.theirs = theirs

    def has(self, path: Pointer) -> bool:
        """Whether the entry at this path is part of the renamed one, under any of its names."""
        size = len(self.place)
        names = (self.old, self.ours, self.theirs)
        return len(path) > size and path[:size] == self.place and path[size] in names


def renames(parents: Parents, sides: Sides) -> list[Rename]:
    """The renames among the entries of a map; sides: the entries by path in each version."""
    b, o, t = sides
    if parents.base is None or parents.ours is None or parents.theirs is None:
        return []
    gone = [path for path in b if path not in o and path not in t]
    if not gone or (o.keys() | t.keys()) <= b.keys():
        return []
    versions = (parents.base.value, parents.ours.value, parents.theirs.value)
    # A TOML table or dotted key has a path of several names, and any of them may be the new one.
    places = dict.fromkeys(path[:size] for path in gone for size in range(len(path)))
    return [
        found
        for place in places
        for found in _among(place, *(_at(version, place) for version in versions))
    ]


def _at(value: Value, place: Pointer) -> Values:
    for token in place:
        value = value.get(token) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _among(place: Pointer, base: Values, ours: Values, theirs: Values) -> Iterator[Rename]:
    gone = [old for old in base if old not in ours and old not in theirs]
    came = [_contents({k: side[k] for k in side if k not in base}) for side in (ours, theirs)]
    if len(gone) * max(map(len, came)) > _COMPARED:
        return
    for old in gone:
        content = _Content(base[old])
        mine, yours = (_likest(content, side) for side in came)
        if mine is not None or yours is not None:
            yield Rename(place, old, mine, yours)
        for side, name in zip(came, (mine, yours), strict=True):
            if name is not None:
                del side[name]


def likest(old: Value, new: Values) -> str | None:
    """The name of the value that is most like a map or list; None if none is much like it."""
    return _likest(_Content(old), _contents(new))


def much_alike(old: Value, new: Value) -> bool:
    """Whether two maps or lists share most of their scalars."""
    return _Content(old).shared(_Content(new)) >= MUCH


class _Content:
    """The scalars of a map or list. They are counted once, as each is compared with many."""

    __slots__ = ("count", "kind", "leaves")

    def __init__(self, value: Value) -> None:
        self.kind = type(value)
        from seedgit.merge.counts import leaf_counts  # late: renames are rare

        self.leaves = leaf_counts(value) if isinstance(value, (dict, list)) else {}
        self.count = sum(self.leaves.values())

    def shared(self, other: _Content) -> float:
        """The part of the scalars that both share, from 0 to 1."""
        most = max(self.count, other.count)
        if self.kind is not other.kind or not most:
            return 0
        return sum(min(n, other.leaves.get(leaf, 0)) for leaf, n in self.leaves.items()) / most


class Alikes:
    """Many maps or lists, by number, among which one that is much like another is found without
    comparing it with each."""

    def __init__(self, values: Iterable[tuple[int, Value]]) -> None:
        """values: with their numbers, which ascend"""
        self.contents = {n: _Content(value) for n, value in values}
        self.having: dict[Leaf, list[int]] = {}
        for n, content in self.contents.items():
            for leaf in content.leaves:
                self.having.setdefault(leaf, []).append(n)

    def first_like(self, values: Sequence[Value], low: int, high: int) -> int | None:
        """The first one, from number `low` to before `high`, that is much like each of `values`."""
        contents = [_Content(value) for value in values]
        for n in self._near(contents[0], low, high):
            if all(self.contents[n].shared(content) >= MUCH for content in contents):
                return n
        return None

    def _near(self, content: _Content, low: int, high: int) -> Iterator[int]:
        """Those that may share enough scalars, in their order, perhaps some twice: each has one of
        the seldom ones, as it could not share enough of the others."""
        rest = content.count
        found: list[Iterator[int]] = []
        for leaf in sorted(content.leaves, key=lambda leaf: len(self.having.get(leaf, ()))):
            if rest < MUCH * content.count:
                break
            places = self.having.get(leaf, [])
            among = range(bisect_left(places, low), bisect_left(places, high))
            found.append(map(places.__getitem__, among))
            rest -= content.leaves[leaf]
        return merge(*found)


def _contents(values: Values) -> dict[str, _Content]:
    found = {name: _Content(value) for name, value in values.items()}
    return {name: content for name, content in found.items() if content.count}


def _likest(old: _Content, new: dict[str, _Content]) -> str | None:
    shares = {name: old.shared(content) for name, content in new.items()} if old.count else {}
    best = max(shares, key=lambda name: shares[name], default=None)
    return best if best is not None and shares[best] >= MUCH else None


def followed(rename: Rename, base: dict[Pointer, Entry]) -> dict[Pointer, Entry]:
    """The base's entries by path, under the new name that both sides gave."""
    name = (*rename.place, *(name for name in [rename.ours] if name is not None))
    return {
        (*name, *path[len(name) :]) if rename.has(path) else path: entry
        for path, entry in base.items()
    }


def as_conflict(
    rename: Rename,
    pointer: Pointer,
    parents: Parents,
    decided: dict[Pointer, Decision],
    settle: Callable[..., tuple[str, str] | None],
) -> dict[Pointer, Decision]:
    """`decided`, with one decision for all parts of an entry that the sides renamed differently, or
    that one renamed and the other removed."""
    paths = [path for path in decided if rename.has(path)]
    parts = list(dict.fromkeys(decided[path] for path in paths))
    base, ours, theirs = (
        tuple(sorted((e for part in parts for e in part.side(side)), key=lambda e: e.lead))
        for side in (BASE, OURS, THEIRS)
    )
    if not base or not (ours or theirs):
        return decided
    at = (*pointer, *rename.place, rename.old)
    place = (at, base, ours, theirs, parents)
    declared = None
    if len(base) == 1 and len(ours) < 2 and len(theirs) < 2:
        declared = settle(at, base[0], *(next(iter(side), None) for side in (ours, theirs)))
    one = Take(declared[0], declared[1], *place) if declared else Conflict(codes.RENAMED, *place)
    return {**decided, **dict.fromkeys(paths, one)}


def guessed(decisions: Decision) -> list[tuple[Pointer, Pointer]]:
    """Entries that one side may have renamed while the other changed them: (old, new) pointers.

    A map or list is gone, and exactly one new entry of the same map is much like it. That is a
    guess: it needs a second opinion, such as git's own merge.
    """
    found = []
    for merged in decisions.walk():
        if (
            merged.source != codes.CONFLICT
            or merged.reason != codes.MODIFY_DELETE
            or len(merged.base) != 1
        ):
            continue
        gone = OURS if not merged.ours else THEIRS
        there = merged.parents.side(gone)
        known = {
            entry.path
            for side in (merged.parents.base, merged.parents.side(THEIRS if gone == OURS else OURS))
            for entry in (side.entries if side else ())
        }
        came = [entry for entry in there.entries if entry.path not in known] if there else []
        old = merged.base[0]
        alike = [
            entry
            for entry in came
            if entry.node.kind != "scalar" and much_alike(old.node.value, entry.node.value)
        ]
        if len(alike) == 1 and alike[0].path[:-1] == old.path[:-1]:
            found.append((merged.pointer, (*merged.pointer[:-1], *alike[0].path[-1:])))
    return found
