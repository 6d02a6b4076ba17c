"""What a merge decided: a tree of decisions, each with its source and its reason.

`merge.decide` makes it. Who renders it (`merge.render`), plans with it or explains it reads the
same data. Conflicts are values in that tree, never exceptions.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.merge.tree import Entry, Node, Pointer


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
NOTATION = "notation-and-numbers"
BOTH_CHANGED = "both-changed"
BOTH_ADDED = "both-added"
MODIFY_DELETE = "modify-delete"
RENAMED = "renamed"
MOVED = "moved"
LIST_ORDER = "list-order"
LIST_IDENTITY = "list-identity"
LIST_DUPLICATE = "list-duplicate"
TRIVIA = "both-changed-comments"

SET = "strategy-union"

# Of conflicts over which items of a list there are, and where.
IN_LISTS = frozenset({LIST_ORDER, LIST_IDENTITY, LIST_DUPLICATE})

# Any other reason is a rule's, as that of a set is.
OWN_REASONS = frozenset(
    {
        UNCHANGED,
        ONLY_OURS,
        ONLY_THEIRS,
        BOTH_SAME,
        BELOW,
        COMMENTS,
        LINES,
        NOTATION,
        BOTH_CHANGED,
        BOTH_ADDED,
        MODIFY_DELETE,
        RENAMED,
        MOVED,
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
    lines     the merged text of a scalar both sides changed, line by line
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
        above: tuple[Merged, ...] = (),
        below: tuple[Merged, ...] = (),
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
        self.above = above
        self.below = below

    def side(self, source: str) -> list[Entry]:
        return self.base if source == BASE else self.ours if source == OURS else self.theirs

    @property
    def kept(self) -> bool:
        """Whether something of it is in the result."""
        return self.source in (MERGE, CONFLICT) or bool(self.side(self.source))

    @property
    def went(self) -> bool:
        """Whether one side took it away, and the other changed it, or took it away too."""
        if self.reason == BOTH_SAME:
            return bool(self.base) and not self.ours and not self.theirs
        return self.source == CONFLICT and self.reason == MODIFY_DELETE

    def walk(self) -> Iterator[Merged]:
        """This decision and all below it."""
        yield self
        yield from self.above
        for child in self.children or ():
            yield from child.walk()
        yield from self.below

    def explained(self) -> Iterator[tuple[Pointer, str, str]]:
        """(pointer, source, reason) of each decision that took one. Where a rule says whose value
        counts, its side is the source."""
        for merged in self.walk():
            if merged.reason != UNCHANGED:
                own = merged.reason in OWN_REASONS or not merged.pick
                yield merged.pointer, merged.source if own else merged.pick, merged.reason

    def settled(self, pointer: Pointer, source: str, reason: str) -> list[Merged]:
        """Instead of a conflict over what stands where in the list at `pointer`: the items that
        one side has there. Any other decision is as it is."""
        if self.source != CONFLICT or self.pointer != pointer:
            return [self]
        node = self.parents.side(source)
        return [
            Merged(
                (*pointer, str(node.entries.index(entry) if node else 0)),
                source,
                reason,
                [],
                [entry] if source == OURS else [],
                [entry] if source == THEIRS else [],
                self.parents,
            )
            for entry in self.side(source)
        ]

    def taking(self, side: str) -> list[Merged]:
        """This decision for who takes one side in every conflict: a list has one with each item."""
        if self.source == CONFLICT:
            return self.settled(self.pointer, side, self.reason)
        if self.children is None:
            return [self]
        children = [one for child in self.children for one in child.taking(side)]
        entries = (self.base, self.ours, self.theirs)
        return [Merged(self.pointer, self.source, self.reason, *entries, self.parents, children)]

    def become_conflict(self, reason: str) -> None:
        """What is below cannot be rendered apart: the whole place is one conflict."""
        self.source, self.reason, self.children = CONFLICT, reason, None

    def again(
        self,
        reason: str,
        children: list[Merged] | None,
        above: tuple[Merged, ...] = (),
        below: tuple[Merged, ...] = (),
    ) -> Merged:
        """This decision with another reason, other children and conflicts of its comments."""
        at, entries = self.pointer, (self.base, self.ours, self.theirs)
        how = (children, self.pick, self.lines)
        return Merged(at, self.source, reason, *entries, self.parents, *how, above, below)

    def conflict(self, reason: str) -> Merged:
        """A conflict over this place as a whole."""
        entries = (self.base, self.ours, self.theirs, self.parents)
        return Merged(self.pointer, CONFLICT, reason, *entries)

    def side_of(self, source: str, reason: str) -> Merged:
        """One side's entry at this place."""
        entries = (self.base, self.ours, self.theirs, self.parents)
        return Merged(self.pointer, source, reason, *entries)

    def comments(self) -> Merged:
        """A conflict of comments of this entry or container, and of nothing else."""
        return Merged(self.pointer, CONFLICT, TRIVIA, [], [], [], self.parents)


class Parents:
    """The containers of one place in the three versions; None where there is none."""

    __slots__ = ("base", "ours", "theirs")

    def __init__(self, base: Node | None, ours: Node | None, theirs: Node | None) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs

    def side(self, source: str) -> Node | None:
        return self.base if source == BASE else self.ours if source == OURS else self.theirs
