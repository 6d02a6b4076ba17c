"""The three-way merge of one list: which items it has, and in what order.

`decide_items` has found out which items of the versions are the same. If both sides put different
items at one place, their order would be a guess: that is a conflict.
"""

from __future__ import annotations

from itertools import chain

from seedgit import codes
from seedgit.merge.decision import BASE, OURS, THEIRS, Conflict, Decision, Parents
from seedgit.merge.runs import ItemRuns, joined
from seedgit.merge.tree import identity
from seedgit.values.align import known_by, named
from seedgit.values.requirement import name_of
from seedgit.values.sequence import common
from seedgit.values.value import JOINS, Value, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from seedgit.merge.policy import MergeRules
    from seedgit.merge.renamed import Alikes
    from seedgit.merge.runs import ItemRun
    from seedgit.merge.tree import Entry, Node, Pointer

    class Merger(Protocol):
        """Decides about the versions of one item (`merge.decide`)."""

        rules: MergeRules

        def entry(
            self,
            pointer: Pointer,
            base: Entry | None,
            ours: Entry | None,
            theirs: Entry | None,
            parents: Parents,
        ) -> Decision: ...

        def alike(
            self, x: Entry | None, y: Entry | None, in_x: Node | None, in_y: Node | None
        ) -> bool: ...


class ListMerge:
    """The merge of one list: base item by base item, and gap by gap between them."""

    def __init__(
        self,
        merger: Merger,
        pointer: Pointer,
        parents: Parents,
        to_ours: dict[int, int],
        to_theirs: dict[int, int],
    ) -> None:
        self.merger = merger
        self.pointer = pointer
        self.parents = parents
        self.base, self.ours, self.theirs = (
            node.entries if node else [] for node in (parents.base, parents.ours, parents.theirs)
        )
        self.to_ours = to_ours
        self.to_theirs = to_theirs
        self.keyed: str | None = None
        self.named: frozenset[str] = frozenset()
        self.gone: Alikes | None = None

    def merged(self) -> list[Decision]:
        ours_moved, theirs_moved = not ascending(self.to_ours), not ascending(self.to_theirs)
        if ours_moved and theirs_moved:
            result = self.both_moved()
        elif ours_moved or theirs_moved:
            result = self.one_moved(OURS if ours_moved else THEIRS)
        else:
            result = self.in_order()
        if result is None:
            return [self.whole(codes.LIST_ORDER)]
        twice = self.doubled(result)
        if not twice:
            return result
        from seedgit.merge.put_in_twice import once  # late: seldom do both sides put one item in

        return once(self, result, twice) or [self.whole(codes.LIST_DUPLICATE)]

    def whole(self, reason: str) -> Decision:
        base, ours, theirs = (tuple(side) for side in (self.base, self.ours, self.theirs))
        return Conflict(reason, self.pointer, base, ours, theirs, self.parents)

    def in_doubt(self, unsafe: frozenset[int], other: dict[int, int], side: str) -> bool:
        """Whether `side` changed or removed an item of base that is `unsafe` to look for on the
        opposite side."""
        entries, parent = (
            (self.theirs, self.parents.theirs) if side == THEIRS else (self.ours, self.parents.ours)
        )
        for i in unsafe:
            j = other.get(i)
            if j is None or not self.merger.alike(
                self.base[i], entries[j], self.parents.base, parent
            ):
                return True
        return False

    def item(self, i: int | None, o: int | None, t: int | None) -> Decision:
        index = next(n for n in (o, t, i) if n is not None)
        return self.merger.entry(
            (*self.pointer, str(index)),
            None if i is None else self.base[i],
            None if o is None else self.ours[o],
            None if t is None else self.theirs[t],
            self.parents,
        )

    def doubled(self, result: list[Decision]) -> set[str]:
        """The items and names that both sides' changes repeat, though no version repeats them."""
        if any(m.source == codes.CONFLICT for m in result):
            return set()
        found = [
            identity(m.side(m.pick or m.source)[0])
            for m in result
            if m.kept and (m.pick or m.source in (BASE, OURS, THEIRS))
        ]
        versions = [[identity(e) for e in side] for side in (self.base, self.ours, self.theirs)]
        names, *versions_names = (self.names(items) for items in (found, *versions))
        return _more_often(found, versions) | _more_often(names, versions_names)

    def names(self, items: list[Value]) -> list[Value]:
        """The names of items that have one. Both sides may use one name, at different places."""
        key = self.keyed
        if key is None:
            found = (name_of(item, self.named) for item in items)
            return [name for name in found if name is not None]
        return [name for item in items if (name := named(item, key)) is not None]

    # -- neither side reordered ----------------------------------------------------------------

    def in_order(self) -> list[Decision]:
        ours = ItemRuns.of(len(self.base), len(self.ours), self.to_ours)
        theirs = ItemRuns.of(len(self.base), len(self.theirs), self.to_theirs)
        regions = self.regions(ours, theirs)
        # An insertion at the end of a stretch is in its conflict, so it must not follow again.
        put = [runs.outside(regions) for runs in (ours, theirs)]
        result: list[Decision] = []
        begins = {region[0]: region for region in regions}
        i = 0
        while i <= len(self.base):
            region = begins.get(i)
            if region:
                result.append(self.region(region, ours, theirs))
                if region[1] > i:
                    i = region[1]
                    continue
            else:
                result.extend(self.inserted(put[0].get(i), put[1].get(i)))
            if i < len(self.base):
                result.append(self.base_item(i, ours, theirs))
            i += 1
        return result

    def base_item(self, i: int, ours: ItemRuns, theirs: ItemRuns) -> Decision:
        merged = self.item(i, self.to_ours.get(i), self.to_theirs.get(i))
        if merged.reason == codes.MODIFY_DELETE and self.merger.rules.key_of(self.pointer) is None:
            # Perhaps it is not gone but has a new name: the key that tells items apart was a guess.
            runs = ours if i not in self.to_ours else theirs
            if runs.replacing(i):
                return Conflict(codes.LIST_IDENTITY, *merged.place)
        return merged

    def inserted(self, mine: ItemRun | None, yours: ItemRun | None) -> list[Decision]:
        if mine and yours:
            # Not a region: the items that both added show where the others go.
            return [
                self.item(self.renamed_by_both(mine, o, t), o, t)
                for o, t in self.together(mine, yours) or ()
            ]
        if mine:
            return [self.item(None, o, None) for o in mine.items]
        return [self.item(None, None, t) for t in yours.items] if yours else []

    def regions(self, ours: ItemRuns, theirs: ItemRuns) -> list[tuple[int, int]]:
        """Stretches of base, (low, high), that become a conflict over order."""
        found: list[tuple[int, int]] = []
        for mine in ours.all:
            for yours in theirs.touching(mine.low, mine.high):
                if self.together(mine, yours) is None:
                    found.append((min(mine.low, yours.low), max(mine.high, yours.high)))
        if not self.keyed:
            for run in ours.all:
                found.extend(self.disturbed(run, self.to_theirs, THEIRS, theirs))
            for run in theirs.all:
                found.extend(self.disturbed(run, self.to_ours, OURS, ours))
        elif self.merger.rules.key_of(self.pointer) is None:
            sides = ((ours, self.ours, self.theirs), (theirs, self.theirs, self.ours))
            for runs, own, other in sides:
                replacing = [run for run in runs.all if run.low < run.high]
                known = self.known_by(other, list(range(len(other)))) if replacing else []
                there = dict(zip(known, other if replacing else [], strict=True))
                found += [(r.low, r.high) for r in replacing if self.renamed(r, own, there)]
        return joined(found)

    def renamed(self, run: ItemRun, own: list[Entry], there: dict[str, Entry]) -> bool:
        """Whether a run may have an item of base under a new name that the opposite side removed,
        or whose new name that side uses for something else. `there`: that side's, by name."""
        for n, name in zip(run.items, self.known_by(own, run.items), strict=True):
            same = [there[name]] if name in there else []
            if self.former(run, own[n]) is not None:
                if not same or self.former(run, own[n], *same) is None:
                    return True
        return False

    def renamed_by_both(self, run: ItemRun, o: int | None, t: int | None) -> int | None:
        """The item of base that both sides gave the same new name."""
        if not self.keyed or o is None or t is None:
            return None
        return self.former(run, self.ours[o], self.theirs[t])

    def former(self, run: ItemRun, *versions: Entry) -> int | None:
        """The item of base, gone from both sides, that may have been renamed to these entries."""
        if self.gone is None:
            from seedgit.merge.renamed import Alikes  # late: few lists lose items on both sides

            self.gone = Alikes(
                (i, self.unnamed(entry))
                for i, entry in enumerate(self.base)
                if i not in self.to_ours and i not in self.to_theirs
            )
        return self.gone.first_like([self.unnamed(e) for e in versions], run.low, run.high)

    def unnamed(self, entry: Entry) -> Value:
        value = identity(entry)
        if not isinstance(value, dict):
            return value
        members = (self.keyed or "").split(JOINS)
        return {key: item for key, item in value.items() if key not in members}

    def together(self, mine: ItemRun, yours: ItemRun) -> list[tuple[int | None, int | None]] | None:
        """The items of two runs at one place, as pairs (index in ours, index in theirs). Items that
        both sides added fix the order of the rest; None if the order would be a guess."""
        if (mine.low, mine.high) != (yours.low, yours.high):
            return None
        names = [
            self.known_by(entries, run.items)
            for entries, run in ((self.ours, mine), (self.theirs, yours))
        ]
        pairs = common(*names)
        both = set(names[0]) & set(names[1])
        if not both or len(pairs) < len(both):
            return None  # nothing in common, or in another order
        if names[0] != names[1] and any(len(set(each)) < len(each) for each in names):
            return None
        order: list[tuple[int | None, int | None]] = []
        i = j = 0
        for p, q in [*pairs, (len(mine.items), len(yours.items))]:
            if i < p and j < q:
                return None
            order += [(o, None) for o in mine.items[i:p]] + [(None, t) for t in yours.items[j:q]]
            if p < len(mine.items):
                order.append((mine.items[p], yours.items[q]))
            i, j = p + 1, q + 1
        return order

    def known_by(self, entries: list[Entry], items: list[int]) -> list[str]:
        """What tells items apart: their identity key, else their name, else the whole value."""
        values = [identity(entries[n]) for n in items]
        if self.keyed is None:
            return [known_by(value, self.named) for value in values]
        return [canonical(named(value, self.keyed)) for value in values]

    def disturbed(
        self, run: ItemRun, other: dict[int, int], side: str, other_runs: ItemRuns
    ) -> list[tuple[int, int]]:
        """The stretch of base where `side` disturbed the opposite side's run; empty if nowhere.

        A run is disturbed if `side` changed the items that it replaces or stands between. An
        insertion between two items is tied to both, an insertion at an end of the list to that
        end. A named neighbour may change as long as it is still there.
        """
        other_run = other_runs.at(run.low, run.high)
        if other_run:
            if side == THEIRS:
                order = self.together(run, other_run)
                own = [t is None for o, t in order or () if o is not None]
            else:
                order = self.together(other_run, run)
                own = [o is None for o, t in order or () if t is not None]
            if order is not None and not any(own):
                return []  # `side` put all of it there too
        low, high = run.low, run.high
        if low == high:
            if low in (0, len(self.base)):
                return []
            low, high = low - 1, high + 1
        entries, parent = (
            (self.theirs, self.parents.theirs) if side == THEIRS else (self.ours, self.parents.ours)
        )
        between = run.low == run.high
        stays = [
            i in other
            and (
                (between and self.same_name(self.base[i], entries[other[i]]))
                or self.merger.alike(self.base[i], entries[other[i]], self.parents.base, parent)
            )
            for i in range(low, high)
        ]
        if between and any(stays):
            # It is tied to the neighbour that stays. The other one is only gone, not replaced.
            gone = [i for i, stay in zip(range(low, high), stays, strict=True) if not stay]
            if not any(map(other_runs.replacing, gone)) and all(i not in other for i in gone):
                return []
        return [] if all(stays) else [(low, high)]

    def same_name(self, x: Entry, y: Entry) -> bool:
        """Whether two entries name the same requirement, in whatever version."""
        name = name_of(identity(x), self.named)
        return name is not None and name == name_of(identity(y), self.named)

    def region(self, place: tuple[int, int], ours: ItemRuns, theirs: ItemRuns) -> Decision:
        low, high = place
        return Conflict(
            codes.LIST_ORDER,
            self.pointer,
            tuple(self.base[low:high]),
            tuple(self.ours[o] for o in ours.items_within(low, high, self.to_ours)),
            tuple(self.theirs[t] for t in theirs.items_within(low, high, self.to_theirs)),
            self.parents,
        )

    # -- reordered -------------------------------------------------------------------------------

    def one_moved(self, side: str) -> list[Decision] | None:
        """`side` reordered the list: take its order, and put the other side's changes into it. None
        if that would be a guess."""
        moved, still = (
            (self.to_ours, self.to_theirs) if side == OURS else (self.to_theirs, self.to_ours)
        )
        entries, others = (self.ours, self.theirs) if side == OURS else (self.theirs, self.ours)

        def item(i: int | None, m: int | None, s: int | None) -> Decision:
            return self.item(i, m, s) if side == OURS else self.item(i, s, m)

        came_from = {m: i for i, m in moved.items()}
        result = []
        for m in range(len(entries)):
            i = came_from.get(m)
            result.append(item(i, m, None if i is None else still.get(i)))
        gone = [item(i, None, still.get(i)) for i in range(len(self.base)) if i not in moved]
        if any(m.source == codes.CONFLICT for m in gone):
            return None
        put: dict[int, list[Decision]] = {}
        for run in ItemRuns.of(len(self.base), len(others), still).all:
            place = self.after(run, moved, came_from, len(entries))
            if place is None:
                return None
            put[place] = [item(None, None, s) for s in run.items]
        places = [[*put.get(m, ()), one] for m, one in enumerate(result)]
        return [*chain(*places), *put.get(len(entries), ()), *gone]

    def after(
        self, run: ItemRun, moved: dict[int, int], came_from: dict[int, int], length: int
    ) -> int | None:
        """Where an insertion goes in the new order; None if its old neighbours are apart now."""
        before = run.low - 1
        if run.low != run.high or (before >= 0 and before not in moved):
            return None
        place = moved[before] + 1 if before >= 0 else 0
        follower = came_from.get(place, -1) if place < length else len(self.base)
        return place if follower == run.low else None

    def both_moved(self) -> list[Decision] | None:
        ours = [i for i, _ in sorted(self.to_ours.items(), key=lambda p: p[1])]
        theirs = [i for i, _ in sorted(self.to_theirs.items(), key=lambda p: p[1])]
        pure = len(self.ours) == len(ours) and len(self.theirs) == len(theirs)
        if not pure or ours != theirs:
            return None
        return [self.item(i, self.to_ours[i], self.to_theirs[i]) for i in ours] + [
            self.item(i, None, None) for i in range(len(self.base)) if i not in self.to_ours
        ]


def ascending(pairs: dict[int, int]) -> bool:
    """Whether paired items have the same order in both lists."""
    images = [pairs[i] for i in sorted(pairs)]
    return images == sorted(images)


def _more_often(found: list[Value], versions: list[list[Value]]) -> set[str]:
    """The values that stand more often in `found` than in any of base, ours and theirs.

    If a version has a value twice already, only a map counts, or what both sides added.
    """
    counts = [_counted(values) for values in versions]
    often = set()
    for text, count in _counted(found).items():
        base, ours, theirs = (counted.get(text, 0) for counted in counts)
        most = max(base, ours, theirs, 1)
        if count > most and (text[:1] == "{" or most == 1 or min(ours, theirs) > base):
            often.add(text)
    return often


def _counted(values: list[Value]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        text = canonical(value)
        counts[text] = counts.get(text, 0) + 1
    return counts
