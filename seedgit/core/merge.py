"""The three-way merge of syntax trees: decide, entry by entry, and write nothing.

`merge` returns a tree of decisions (`Merged`). Who renders it (`formats.weave`), plans with it or
explains it reads the same data. Conflicts are values in that tree, never exceptions.

Where both sides put different items at one place of a list, their order would be a guess: that
is a conflict. Members of a map have no order that means anything: both go in, ours directly after
the member it followed.
"""

from __future__ import annotations

from seedgit.core.match import align
from seedgit.core.sequence import merge_lines, split_lines
from seedgit.core.tree import Entry, Node
from seedgit.core.values import Opaque, Value, canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    Pointer: TypeAlias = tuple[str, ...]
    KeyOf: TypeAlias = Callable[[Pointer], "str | None"]
    Settle: TypeAlias = Callable[
        [Pointer, "Entry | None", "Entry | None", "Entry | None", Value], "tuple[str, str] | None"
    ]

# Where a decision takes its content from.
BASE, OURS, THEIRS, MERGE, CONFLICT = "base", "ours", "theirs", "merge", "conflict"

# Why (stable codes).
UNCHANGED = "unchanged"
ONLY_OURS = "only-ours-changed"
ONLY_THEIRS = "only-theirs-changed"
BOTH_SAME = "both-same"
BELOW = "merged-below"
COMMENTS = "value-and-comments"
LINES = "merged-by-lines"
BOTH_CHANGED = "both-changed"
BOTH_ADDED = "both-added"
MODIFY_DELETE = "modify-delete"
LIST_ORDER = "list-order"
LIST_IDENTITY = "list-identity"
LIST_DUPLICATE = "list-duplicate"
TRIVIA = "both-changed-comments"

# Any other reason is a rule's.
OWN_REASONS = frozenset(
    {
        UNCHANGED,
        ONLY_OURS,
        ONLY_THEIRS,
        BOTH_SAME,
        BELOW,
        COMMENTS,
        LINES,
        BOTH_CHANGED,
        BOTH_ADDED,
        MODIFY_DELETE,
        LIST_ORDER,
        LIST_IDENTITY,
        LIST_DUPLICATE,
        TRIVIA,
    }
)


class Merged:
    """One decision.

    pointer   where, as tokens; a list item is counted in ours, else theirs, else base
    source    BASE, OURS, THEIRS: that side's entry as it is (absent there: it goes away);
              MERGE: `children`, or the value of `pick` with the comments of both;
              CONFLICT: nothing can be taken silently
    base, ours, theirs   the entries: at most one each, except in a conflict over a list's order
    parents   the containers they stand in, (base, ours, theirs)
    children  of a merged container, in their order
    lines     the merged lines of a text both sides changed
    texts     of a conflict that was rendered: the lines of base, ours and theirs
    above, below   conflicts of comments alone, found when it was rendered: they have no entries
    """

    __slots__ = (
        "above",
        "base",
        "below",
        "children",
        "lines",
        "ours",
        "parents",
        "pick",
        "pointer",
        "reason",
        "source",
        "texts",
        "theirs",
    )

    def __init__(
        self,
        pointer: Pointer,
        source: str,
        reason: str,
        base: list[Entry],
        ours: list[Entry],
        theirs: list[Entry],
        parents: Parents,
        children: list[Merged] | None = None,
        pick: str = "",
        lines: list[str] | None = None,
    ) -> None:
        self.pointer = pointer
        self.source = source
        self.reason = reason
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.parents = parents
        self.children = children
        self.pick = pick
        self.lines = lines
        self.texts: list[str] | None = None
        self.above: tuple[Merged, ...] = ()
        self.below: tuple[Merged, ...] = ()

    def side(self, source: str) -> list[Entry]:
        return self.base if source == BASE else self.ours if source == OURS else self.theirs

    @property
    def kept(self) -> bool:
        """Whether something of it is in the result."""
        return self.source in (MERGE, CONFLICT) or bool(self.side(self.source))

    def walk(self) -> Iterator[Merged]:
        """This decision and all below it."""
        yield self
        yield from self.above
        for child in self.children or ():
            yield from child.walk()
        yield from self.below

    def become_conflict(self, reason: str) -> None:
        """What is below cannot be rendered apart: the whole place is one conflict."""
        self.source, self.reason, self.children = CONFLICT, reason, None
        self.above = self.below = ()

    def comments(self, texts: list[str]) -> Merged:
        """A conflict of comments of this entry or container, and of nothing else."""
        conflict = Merged(self.pointer, CONFLICT, TRIVIA, [], [], [], self.parents)
        conflict.texts = texts
        return conflict


class Parents:
    """The containers of one place in the three versions; None where there is none."""

    __slots__ = ("base", "ours", "theirs")

    def __init__(self, base: Node | None, ours: Node | None, theirs: Node | None) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs

    def side(self, source: str) -> Node | None:
        return self.base if source == BASE else self.ours if source == OURS else self.theirs


# Instead of a key: the items of a list are told apart by all they say, and stand once.
WHOLE = "."


def no_key(_: Pointer) -> str | None:
    """No list has a declared identity key."""
    return None


def no_settlement(
    _pointer: Pointer,
    _base: Entry | None,
    _ours: Entry | None,
    _theirs: Entry | None,
    _document: Value,
) -> tuple[str, str] | None:
    """No conflict is settled by a rule."""
    return None


def merge(
    base: Node | None,
    ours: Node,
    theirs: Node,
    key_of: KeyOf = no_key,
    settle: Settle = no_settlement,
    order: str = THEIRS,
) -> Merged:
    """Merge three documents; `base` is None where both sides added the file.

    key_of  the identity key that the rules declare for the list at a pointer; WHOLE for a set
    settle  what the rules say of a conflict: (OURS or THEIRS, reason), or None. It is asked with
            the three entries and the document in whose order list items are counted.
    order   whose order of map members holds where the other did not change it
    """
    return _Merger(key_of, settle, order, ours.value, theirs.value).entry(
        (), _whole(base), _whole(ours), _whole(theirs), Parents(None, None, None)
    )


def _whole(root: Node | None) -> Entry | None:
    if root is None:
        return None
    return Entry((), root, 0, root.start, root.end, len(root.source.text))


class _Merger:
    """One merge: what the rules say, and what was already normalised."""

    def __init__(
        self, key_of: KeyOf, settle: Settle, order: str, ours: Value, theirs: Value
    ) -> None:
        self.key_of = key_of
        self.ask = settle
        self.order = order
        self.documents = (ours, theirs)
        self.texts: dict[int, tuple[str, str, str]] = {}

    def settle(
        self, pointer: Pointer, base: Entry | None, ours: Entry | None, theirs: Entry | None
    ) -> tuple[str, str] | None:
        return self.ask(pointer, base, ours, theirs, self.documents[0 if ours else 1])

    # -- one place -------------------------------------------------------------------------

    def entry(
        self,
        pointer: Pointer,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
        parents: Parents,
    ) -> Merged:
        def decide(source: str, reason: str, **more: object) -> Merged:
            return Merged(
                pointer,
                source,
                reason,
                [base] if base else [],
                [ours] if ours else [],
                [theirs] if theirs else [],
                parents,
                **more,  # type: ignore[arg-type]
            )

        our_change = not self.alike(base, ours, parents.base, parents.ours)
        their_change = not self.alike(base, theirs, parents.base, parents.theirs)
        if not their_change:
            return decide(OURS, ONLY_OURS) if our_change else decide(THEIRS, UNCHANGED)
        if not our_change:
            return decide(THEIRS, ONLY_THEIRS)
        if self.alike(ours, theirs, parents.ours, parents.theirs):
            return decide(THEIRS, BOTH_SAME)
        if ours is None or theirs is None:
            kept = ours or theirs
            assert kept is not None
            assert base is not None
            if _same_value(base.node, kept.node):
                if _detached(base) != _detached(kept):
                    # A comment that stands apart is not the entry's alone: it stayed elsewhere.
                    return decide(CONFLICT, TRIVIA)
                # Only comments or format changed: what the other side took away goes.
                return decide(OURS if ours is None else THEIRS, COMMENTS)
            return self.conflict(decide, MODIFY_DELETE, pointer, base, ours, theirs)
        if _both(ours, theirs, base):
            below = Parents(base.node if base else None, ours.node, theirs.node)
            if base is not None and base.node.kind != ours.node.kind:
                below.base = None
            if ours.node.kind == "map":
                return decide(MERGE, BELOW, children=self.merged_map(pointer, below))
            if base is not None:
                return decide(MERGE, BELOW, children=self.merged_list(pointer, below))
        flow = parents.ours is not None and parents.ours.layout == "flow"
        return self.values(decide, pointer, base, ours, theirs, flow)

    def values(
        self,
        decide: Callable[..., Merged],
        pointer: Pointer,
        base: Entry | None,
        ours: Entry,
        theirs: Entry,
        flow: bool,
    ) -> Merged:
        o, t = ours.node, theirs.node
        if _same_value(o, t):
            pick = _commented(base, ours, theirs, flow)
            return decide(MERGE, COMMENTS, pick=pick) if pick else decide(CONFLICT, TRIVIA)
        if base is None:
            return self.conflict(decide, BOTH_ADDED, pointer, base, ours, theirs)
        b = base.node
        for same_one, pick in ((ours, THEIRS), (theirs, OURS)):
            if not _same_value(b, same_one.node):
                continue
            if _comments_go_along([base, ours, theirs], flow) and (
                _hidden(base, flow) != _hidden(same_one, flow)
            ):
                lines = _block_lines(b, o, t)
                if lines is not None:
                    return decide(MERGE, LINES, pick=THEIRS, lines=lines)
                return decide(CONFLICT, TRIVIA)
            return decide(MERGE, COMMENTS, pick=pick)
        settled = self.settle(pointer, base, ours, theirs)
        if settled:
            return decide(MERGE, settled[1], pick=settled[0])
        if all(isinstance(n.value, str) and "\n" in n.text for n in (b, o, t)):
            lines = _block_lines(b, o, t)
            if lines is None:
                lines = merge_lines(*(split_lines(_dedented(n)) for n in (b, o, t)))
            if lines is not None:
                return decide(MERGE, LINES, pick=THEIRS, lines=lines)
        return decide(CONFLICT, BOTH_CHANGED)

    def conflict(
        self,
        decide: Callable[..., Merged],
        reason: str,
        pointer: Pointer,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
    ) -> Merged:
        settled = self.settle(pointer, base, ours, theirs)
        if settled:
            return decide(settled[0], settled[1])
        return decide(CONFLICT, reason)

    # -- maps --------------------------------------------------------------------------------

    def merged_map(self, pointer: Pointer, parents: Parents) -> list[Merged]:
        b, o, t = (
            {entry.path: entry for entry in node.entries} if node else {}
            for node in (parents.base, parents.ours, parents.theirs)
        )
        decided = {
            path: self.entry(pointer + path, b.get(path), o.get(path), t.get(path), parents)
            for path in {**t, **o, **b}
        }
        order = self.arranged(b, o, t)
        if parents.theirs is not None and parents.theirs.source.format == "toml":
            from seedgit.core.tables import joined

            decided = joined(pointer, parents, decided)
        return list(dict.fromkeys(decided[path] for path in order))

    def arranged(
        self,
        b: dict[Pointer, Entry],
        o: dict[Pointer, Entry],
        t: dict[Pointer, Entry],
    ) -> list[Pointer]:
        """The order of what the three versions have by name."""
        kept_base = [path for path in b if path in o and path in t]
        ours_moved, theirs_moved = _reordered(kept_base, o), _reordered(kept_base, t)
        first, second = (
            (o, t)
            if ours_moved > theirs_moved or (ours_moved == theirs_moved and self.order == OURS)
            else (t, o)
        )
        # What both added stands where the second put it, among what it came with there.
        order = _interleave(
            [path for path in first if path in b or path not in second], list(second), list(b)
        )
        # What one side took away is decided too; in a conflict it stays where it was.
        for rest in (first, b):
            order = _interleave(order, list(rest), [])
        # In TOML a place is not free: what stands below a table's header is in that table.
        if _sorted(o) and _sorted(t) and all(o[p].node.source.format != "toml" for p in o):
            return sorted(order)
        return order

    # -- lists -------------------------------------------------------------------------------

    def merged_list(self, pointer: Pointer, parents: Parents) -> list[Merged]:
        b, o, t = (
            node.entries if node else [] for node in (parents.base, parents.ours, parents.theirs)
        )
        key = self.key_of(pointer)
        if key == WHOLE:
            return self.merged_set(pointer, parents)
        values = [[_identity(entry) for entry in entries] for entries in (b, o, t)]
        to_ours = align(values[0], values[1], key, also=[values[2]])
        to_theirs = align(values[0], values[2], key, also=[values[1]])
        place = _ListMerge(self, pointer, parents, to_ours.pairs, to_theirs.pairs)
        place.keyed = to_ours.key if to_ours.key == to_theirs.key else None
        if place.in_doubt(to_ours.unsafe, to_theirs.pairs, THEIRS) or place.in_doubt(
            to_theirs.unsafe, to_ours.pairs, OURS
        ):
            return [place.whole(LIST_IDENTITY)]
        return place.merged()

    def merged_set(self, pointer: Pointer, parents: Parents) -> list[Merged]:
        """A list that is a set: an item is what it says, and is there or not."""
        b, o, t = (
            _named(node.entries if node else [])
            for node in (parents.base, parents.ours, parents.theirs)
        )
        places = {
            name: str(n)
            for found in (b, t, o)  # counted in ours, else in theirs, else in base
            for n, name in enumerate(found)
        }
        return [
            self.entry((*pointer, places[n]), b.get(n), o.get(n), t.get(n), parents)
            for n in self.arranged(b, o, t)
        ]

    # -- comparing ---------------------------------------------------------------------------

    def alike(self, x: Entry | None, y: Entry | None, in_x: Node | None, in_y: Node | None) -> bool:
        """Whether nothing about an entry changed, comments included; its depth may have."""
        if x is None or y is None:
            return x is y
        text = self.text(x, in_x)
        if text != self.text(y, in_y):
            return False
        # In flow style indentation was taken off, which inside a TOML string has a meaning.
        flow = in_x is not None and in_x.layout == "flow"
        return not flow or "\n" not in text[1] or same(x.node.value, y.node.value)

    def text(self, entry: Entry, container: Node | None) -> tuple[str, str, str]:
        """(lead, body, trail) without what only the place of the entry decides."""
        found = self.texts.get(id(entry))
        if found is None:
            found = self.texts[id(entry)] = _normal(entry, container)
        return found


class _ListMerge:
    """The merge of one list: base item by base item, and gap by gap between them."""

    def __init__(
        self,
        merger: _Merger,
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

    def merged(self) -> list[Merged]:
        ours_moved, theirs_moved = not _ascending(self.to_ours), not _ascending(self.to_theirs)
        if ours_moved and theirs_moved:
            result = self.both_moved()
        elif ours_moved or theirs_moved:
            result = self.one_moved(OURS if ours_moved else THEIRS)
        else:
            result = self.in_order()
        if result is None:
            return [self.whole(LIST_ORDER)]
        return [self.whole(LIST_DUPLICATE)] if self.doubles(result) else result

    def whole(self, reason: str) -> Merged:
        return Merged(
            self.pointer, CONFLICT, reason, self.base, self.ours, self.theirs, self.parents
        )

    def in_doubt(self, unsafe: frozenset[int], other: dict[int, int], side: str) -> bool:
        """Whether `side` changed an item that the opposite side's version cannot be found for."""
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

    def item(self, i: int | None, o: int | None, t: int | None) -> Merged:
        index = next(n for n in (o, t, i) if n is not None)
        return self.merger.entry(
            (*self.pointer, str(index)),
            None if i is None else self.base[i],
            None if o is None else self.ours[o],
            None if t is None else self.theirs[t],
            self.parents,
        )

    def doubles(self, result: list[Merged]) -> bool:
        """Whether both sides' changes make an item stand twice that no version has twice."""
        if any(m.source == CONFLICT for m in result):
            return False
        found = [
            _identity(m.side(m.pick or m.source)[0])
            for m in result
            if m.kept and m.source in (BASE, OURS, THEIRS)
        ]
        versions = [[_identity(e) for e in side] for side in (self.base, self.ours, self.theirs)]
        key = self.keyed  # an identity that both sides gave, at two places perhaps
        names, *versions_names = (
            [item[key] for item in items if isinstance(item, dict) and key in item]
            for items in (found, *versions)
        )
        return _more_often(found, versions) or _more_often(names, versions_names)

    # -- neither side reordered ----------------------------------------------------------------

    def in_order(self) -> list[Merged]:
        ours = _insertions(len(self.base), len(self.ours), self.to_ours)
        theirs = _insertions(len(self.base), len(self.theirs), self.to_theirs)
        regions = self.regions(ours, theirs)
        # What was put in at the end of a stretch is in its conflict, and not again behind it.
        mine, yours = (
            [r for r in runs if not any(low <= r.low and r.high <= high for low, high in regions)]
            for runs in (ours, theirs)
        )
        result: list[Merged] = []
        i = 0
        while i <= len(self.base):
            region = next((r for r in regions if r[0] == i), None)
            if region:
                result.append(self.region(region, ours, theirs))
                if region[1] > i:
                    i = region[1]
                    continue
            else:
                result.extend(self.inserted(i, mine, yours))
            if i < len(self.base):
                result.append(self.base_item(i, ours, theirs))
            i += 1
        return result

    def base_item(self, i: int, ours: list[_Run], theirs: list[_Run]) -> Merged:
        merged = self.item(i, self.to_ours.get(i), self.to_theirs.get(i))
        if merged.reason == MODIFY_DELETE and self.merger.key_of(self.pointer) is None:
            # Perhaps not gone, only called otherwise: what tells the items apart was inferred.
            runs = ours if i not in self.to_ours else theirs
            if any(run.low <= i < run.high for run in runs):
                merged.reason = LIST_IDENTITY
        return merged

    def inserted(self, gap: int, ours: list[_Run], theirs: list[_Run]) -> list[Merged]:
        mine = next((run for run in ours if run.low == gap), None)
        yours = next((run for run in theirs if run.low == gap), None)
        if mine and yours:
            # Not a region: both inserted the same.
            return [self.item(None, o, t) for o, t in zip(mine.items, yours.items, strict=True)]
        if mine:
            return [self.item(None, o, None) for o in mine.items]
        return [self.item(None, None, t) for t in yours.items] if yours else []

    def regions(self, ours: list[_Run], theirs: list[_Run]) -> list[tuple[int, int]]:
        """Stretches of base, (low, high), that cannot be put in one order."""
        found: list[tuple[int, int]] = []
        for mine in ours:
            for yours in theirs:
                if mine.low <= yours.high and yours.low <= mine.high:
                    if not self.equal_runs(mine, yours):
                        found.append((min(mine.low, yours.low), max(mine.high, yours.high)))
        if not self.keyed:
            for run in ours:
                found.extend(self.disturbed(run, self.to_theirs, THEIRS, theirs))
            for run in theirs:
                found.extend(self.disturbed(run, self.to_ours, OURS, ours))
        return _joined(found)

    def equal_runs(self, mine: _Run, yours: _Run) -> bool:
        return (
            (mine.low, mine.high) == (yours.low, yours.high)
            and len(mine.items) == len(yours.items)
            and all(
                self.merger.alike(
                    self.ours[o], self.theirs[t], self.parents.ours, self.parents.theirs
                )
                for o, t in zip(mine.items, yours.items, strict=True)
            )
        )

    def disturbed(
        self, run: _Run, other: dict[int, int], side: str, other_runs: list[_Run]
    ) -> list[tuple[int, int]]:
        """Where `side` changed what the opposite side's run replaces, or stands between.

        An insertion between two items is tied to both; one at an end of the list, to that end.
        """
        if any(
            self.equal_runs(run, r) if side == THEIRS else self.equal_runs(r, run)
            for r in other_runs
        ):
            return []
        low, high = run.low, run.high
        if low == high:
            if low in (0, len(self.base)):
                return []
            low, high = low - 1, high + 1
        entries, parent = (
            (self.theirs, self.parents.theirs) if side == THEIRS else (self.ours, self.parents.ours)
        )
        stays = [
            i in other
            and self.merger.alike(self.base[i], entries[other[i]], self.parents.base, parent)
            for i in range(low, high)
        ]
        if run.low == run.high and any(stays):
            # Tied to the neighbour that stays; the other one is only gone, not replaced.
            gone = [i for i, stay in zip(range(low, high), stays, strict=True) if not stay]
            replaced = any(r.low <= i < r.high for i in gone for r in other_runs)
            if not replaced and all(i not in other for i in gone):
                return []
        return [] if all(stays) else [(low, high)]

    def region(self, place: tuple[int, int], ours: list[_Run], theirs: list[_Run]) -> Merged:
        low, high = place
        return Merged(
            self.pointer,
            CONFLICT,
            LIST_ORDER,
            self.base[low:high],
            [self.ours[o] for o in _within(low, high, ours, self.to_ours)],
            [self.theirs[t] for t in _within(low, high, theirs, self.to_theirs)],
            self.parents,
        )

    # -- reordered -------------------------------------------------------------------------------

    def one_moved(self, side: str) -> list[Merged] | None:
        """`side` put items in another order: its order holds, the other's changes go along."""
        moved, still = (
            (self.to_ours, self.to_theirs) if side == OURS else (self.to_theirs, self.to_ours)
        )
        entries, others = (self.ours, self.theirs) if side == OURS else (self.theirs, self.ours)

        def item(i: int | None, m: int | None, s: int | None) -> Merged:
            return self.item(i, m, s) if side == OURS else self.item(i, s, m)

        came_from = {m: i for i, m in moved.items()}
        result: list[Merged] = []
        at: dict[int, int] = {}
        for m in range(len(entries)):
            i = came_from.get(m)
            if i is not None:
                at[i] = len(result)
            result.append(item(i, m, None if i is None else still.get(i)))
        gone = [item(i, None, still.get(i)) for i in range(len(self.base)) if i not in moved]
        if any(m.source == CONFLICT for m in gone):
            return None
        for run in reversed(_insertions(len(self.base), len(others), still)):
            place = self.after(run, at, came_from, len(entries))
            if place is None:
                return None
            result[place:place] = [item(None, None, s) for s in run.items]
        return result + gone

    def after(
        self, run: _Run, at: dict[int, int], came_from: dict[int, int], length: int
    ) -> int | None:
        """Where an insertion goes in the moved order: only between the neighbours it had."""
        before = run.low - 1
        if run.low != run.high or (before >= 0 and before not in at):
            return None
        place = at[before] + 1 if before >= 0 else 0
        follower = came_from.get(place, -1) if place < length else len(self.base)
        return place if follower == run.low else None

    def both_moved(self) -> list[Merged] | None:
        ours = [i for i, _ in sorted(self.to_ours.items(), key=lambda p: p[1])]
        theirs = [i for i, _ in sorted(self.to_theirs.items(), key=lambda p: p[1])]
        pure = len(self.ours) == len(ours) and len(self.theirs) == len(theirs)
        if not pure or ours != theirs:
            return None
        return [self.item(i, self.to_ours[i], self.to_theirs[i]) for i in ours] + [
            self.item(i, None, None) for i in range(len(self.base)) if i not in self.to_ours
        ]


class _Run:
    """Items one side put between base[low - 1] and base[high]; between these two it kept none."""

    __slots__ = ("high", "items", "low")

    def __init__(self, low: int, high: int, items: list[int]) -> None:
        self.low = low
        self.high = high
        self.items = items


def _insertions(n: int, m: int, pairs: dict[int, int]) -> list[_Run]:
    runs = []
    low = start = 0
    for i, j in [*sorted(pairs.items()), (n, m)]:
        if start < j:
            runs.append(_Run(low, i, list(range(start, j))))
        low, start = i + 1, j + 1
    return runs


def _within(low: int, high: int, runs: list[_Run], pairs: dict[int, int]) -> list[int]:
    """The items of one side that stand where base[low:high] stands."""
    items = [pairs[i] for i in range(low, high) if i in pairs]
    for run in runs:
        if low <= run.low and run.high <= high:
            items.extend(run.items)
    return sorted(items)


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(places):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _ascending(pairs: dict[int, int]) -> bool:
    images = [pairs[i] for i in sorted(pairs)]
    return images == sorted(images)


def _reordered(order: Sequence[Pointer], entries: dict[Pointer, Entry]) -> bool:
    """Whether `entries` has these paths in another order."""
    wanted = set(order)
    return [path for path in entries if path in wanted] != list(order)


def _sorted(entries: dict[Pointer, Entry]) -> bool:
    return list(entries) == sorted(entries)


def _interleave(order: list[Pointer], other: list[Pointer], base: list[Pointer]) -> list[Pointer]:
    """`order`, with what only `other` has where it stands there: directly after what it follows,
    else where the member was that it replaces, else before what it precedes, else at the end."""
    known = set(order)
    ranks = {path: n for n, path in enumerate(base)}
    after: dict[Pointer, list[Pointer]] = {}
    before: dict[Pointer | None, list[Pointer]] = {}
    run: list[Pointer] = []
    last: Pointer | None = None
    kept = set(other)
    for path in (*other, None):
        if path is not None and path not in known and path not in ranks:
            run.append(path)
            continue
        low = ranks.get(last, -1) if last else -1
        high = ranks.get(path, len(base)) if path else len(base)
        replaced = [p for p in base[low + 1 : high] if p not in kept and p in known]
        if last is not None and last in known:
            after[last] = run
        elif replaced:
            after[replaced[0]] = run
        elif last is None and path is None:
            order = run + order
        else:
            before.setdefault(path if path in known else None, []).extend(run)
        run = []
        last = path
    result: list[Pointer] = []
    for path in order:
        result += [*before.get(path, ()), path, *after.get(path, ())]
    return result + before.get(None, [])


def _both(ours: Entry, theirs: Entry, base: Entry | None) -> bool:
    """Whether the sides hold containers that can be merged member by member."""
    o, t = ours.node, theirs.node
    if o.kind == "scalar" or o.kind != t.kind or o.layout != t.layout:
        return False
    return base is None or base.node.kind == o.kind or _is_empty(base.node)


def _is_empty(node: Node) -> bool:
    return node.value is None and node.kind == "scalar"


def _same_value(x: Node, y: Node) -> bool:
    if x.anchor != y.anchor:
        return False
    return x.anchor[:1] == "*" or (x.kind == y.kind and same(x.value, y.value))


def _identity(entry: Entry) -> Value:
    node = entry.node
    return Opaque("alias", node.anchor) if node.anchor[:1] == "*" else node.value


def _named(entries: list[Entry]) -> dict[Pointer, Entry]:
    return {(canonical(_identity(entry)),): entry for entry in entries}


def _more_often(found: list[Value], versions: list[list[Value]]) -> bool:
    """Whether a value stands twice that no version has twice, or a map more often than in any."""
    most: dict[str, int] = {}
    for values in versions:
        for text, count in _counted(values).items():
            most[text] = max(most.get(text, 1), count)
    return any(
        count > most.get(text, 1) and (text[:1] == "{" or most.get(text, 1) == 1)
        for text, count in _counted(found).items()
    )


def _counted(values: list[Value]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        text = canonical(value)
        counts[text] = counts.get(text, 0) + 1
    return counts


_COMMENTS = {
    "json": r"//[^\n]*|/\*(?s:.*?)\*/",
    "yaml": r"(?:^|(?<=\s))#[^\n]*",
    "toml": r"#[^\n]*",
}


def _commented(base: Entry | None, ours: Entry, theirs: Entry, flow: bool) -> str:
    """Of one value, whose text has the comments inside it that are wanted; "" for nobody's."""
    if not _comments_go_along([entry for entry in (base, ours, theirs) if entry], flow):
        return THEIRS
    o, t = _hidden(ours, flow), _hidden(theirs, flow)
    if base is None:
        # Added by both: whose has all of the other's.
        if all(o.count(comment) <= t.count(comment) for comment in o):
            return THEIRS
        return OURS if all(t.count(comment) <= o.count(comment) for comment in t) else ""
    b = _hidden(base, flow)
    if o == t or b == o:
        return THEIRS
    return OURS if b == t else ""


def _comments_go_along(entries: list[Entry], flow: bool) -> bool:
    """Whether an entry's comments cannot be rendered apart from its value."""
    nodes = [entry.node for entry in entries]
    return flow or any(node.kind != "scalar" or "\n" in node.text for node in nodes)


def _hidden(entry: Entry, flow: bool) -> list[str]:
    """The comments inside an entry, which go where its value goes: between key and value, between
    the members of a container, behind the header of a block scalar or, in a block, the value."""
    node, text = entry.node, entry.node.source.text
    spans: list[tuple[int, int]] = []
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner.kind == "scalar":
            block = node.source.format == "yaml" and text[inner.start : inner.start + 1] in "|>"
            start = text.find("\n", inner.start) if block else inner.start
            spans.append((max(start, inner.start), inner.end))
        stack.extend(child.node for child in inner.entries)
    gaps = []
    at = entry.start
    for start, end in sorted(spans):
        gaps.append(text[at:start])
        at = max(at, end)
    gaps.append(text[at : max(entry.stop if flow else entry.end, at)])
    joined = "\n".join(gaps)
    if "#" not in joined and "/" not in joined:
        return []
    import re  # late: to load it takes longer than most merges

    return sorted(re.findall(_COMMENTS[node.source.format], joined))


def _detached(entry: Entry) -> str:
    """The leading comments that a blank line parts from the entry: a file's head, a section's."""
    lead = entry.node.source.text[entry.lead : entry.start]
    apart, blank, _ = lead.rpartition("\n\n")
    return apart.strip() if blank else ""


# -- text without place --------------------------------------------------------------------------


def line_start(entry: Entry) -> int:
    """Block: where the entry's own first line begins; its lead ends there."""
    if entry.lead == entry.start:
        return entry.start
    text = entry.node.source.text
    return max(entry.lead, text.rfind("\n", 0, entry.start) + 1)


def shifted(text: str, by: int) -> str:
    """`text` with the lines after its first moved `by` columns; blank lines stay blank."""
    if not by or "\n" not in text:
        return text
    head, *lines = text.split("\n")
    pad = " " * by
    for n, line in enumerate(lines):
        if by > 0:
            lines[n] = pad + line if line else line
        else:
            lines[n] = line[min(-by, len(line) - len(line.lstrip(" "))) :]
    return "\n".join([head, *lines])


def _block_lines(*nodes: Node) -> list[str] | None:
    """The merged lines of YAML's block scalars, header and text apart; None where that fails."""
    if not all(node.text for node in nodes):
        return None
    texts = [split_lines(_dedented(node)) for node in nodes]
    styles = {_block_style(lines[0]) for lines in texts}
    if "" in styles or len(styles) > 1:
        return None
    b, o, t = (lines[0] for lines in texts)
    header = o if t in (b, o) else t if b == o else None
    lines = merge_lines(*(lines[1:] for lines in texts))
    return None if header is None or lines is None else [header, *lines]


def _block_style(header: str) -> str:
    """`|` or `>` of a block scalar's header; "" for one with its own indentation, or with `+`:
    blank lines below are its text then."""
    rest = header[1:].removeprefix("-").partition("#")[0]
    return header[0] if header[0] in "|>" and not rest.strip() else ""


def _dedented(node: Node) -> str:
    """A block scalar's text, its content lines as far left as they go."""
    head, *lines = node.text.split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    return shifted("\n".join([head, *lines]), -min(indents, default=0))


def _normal(entry: Entry, container: Node | None) -> tuple[str, str, str]:
    text = entry.node.source.text
    if container is None or container.layout == "stream":
        return text[entry.lead : entry.start], text[entry.start : entry.end], ""
    if container.layout == "flow":
        return _normal_flow(entry, text)
    lead = text[entry.lead : line_start(entry)]
    body = text[entry.start : entry.end]
    if entry.node.source.format == "toml":
        return lead, body, ""
    return shifted("\n" + lead, -container.indent), shifted(body, -container.indent), ""


def _normal_flow(entry: Entry, text: str) -> tuple[str, str, str]:
    lead = text[entry.lead : entry.start]
    body = text[entry.start : entry.stop]
    trail = text[entry.stop : entry.end].replace(",", "", 1).strip()
    lead = "" if lead.isspace() and "\n" not in lead else _unindented(lead)
    return lead, _unindented(body), trail


def _unindented(text: str) -> str:
    if "\n" not in text:
        return text
    head, *lines = text.split("\n")
    return "\n".join([head, *(line.lstrip(" \t") for line in lines)])
