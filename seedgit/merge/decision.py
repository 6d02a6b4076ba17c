"""What a merge decided: a tree of decisions, each with its source and its reason.

`merge.decide` makes it. Who renders it (`merge.render`), plans with it or explains it reads the
same data. Conflicts are values in that tree, never exceptions. A decision is never edited: to
decide otherwise is to make another one of it.
"""

from __future__ import annotations

from seedgit import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, NoReturn, TypeAlias, TypeVar

    from seedgit.merge.tree import Entry, Node, Pointer

    Entries: TypeAlias = tuple[Entry, ...]
    # Where a decision is, and what stands there: pointer, base, ours, theirs, parents.
    Place: TypeAlias = "tuple[Pointer, Entries, Entries, Entries, Parents]"
    Class = TypeVar("Class", bound=type)


# Where a decision takes its content from, but for a conflict (codes.CONFLICT).
BASE, OURS, THEIRS, MERGE = "base", "ours", "theirs", "merge"
SIDES = (BASE, OURS, THEIRS)


# Of conflicts over which items of a list there are, and where.
IN_LISTS = frozenset({codes.LIST_ORDER, codes.LIST_IDENTITY, codes.LIST_DUPLICATE})

# Any other reason is a rule's, as that of a set is.
OWN_REASONS = frozenset(
    {
        codes.UNCHANGED,
        codes.ONLY_OURS_CHANGED,
        codes.ONLY_THEIRS_CHANGED,
        codes.BOTH_SAME,
        codes.MERGED_BELOW,
        codes.VALUE_AND_COMMENTS,
        codes.MERGED_BY_LINES,
        codes.NOTATION_AND_NUMBERS,
        codes.BOTH_CHANGED,
        codes.BOTH_ADDED,
        codes.MODIFY_DELETE,
        codes.RENAMED,
        codes.MOVED,
        codes.LIST_ORDER,
        codes.LIST_IDENTITY,
        codes.LIST_DUPLICATE,
        codes.BOTH_CHANGED_COMMENTS,
    }
)


class Parents:
    """The containers of one place in the three versions; None where there is none."""

    __slots__ = ("base", "ours", "theirs")

    def __init__(self, base: Node | None, ours: Node | None, theirs: Node | None) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs

    def side(self, source: str) -> Node | None:
        return self.base if source == BASE else self.ours if source == OURS else self.theirs


def _frozen(cls: Class) -> Class:
    """A class whose instances refuse to be edited once `__init__` has made them `cls.closed`.

    There are as many decisions as entries: to set each field past a `__setattr__` that refuses
    takes three times as long.
    """

    def refuse(self: Any, *_: object) -> NoReturn:
        raise AttributeError(f"a {cls.__name__} is not edited")

    members = {"__slots__": (), "__setattr__": refuse, "__delattr__": refuse}
    cls.closed = type(cls.__name__, (cls,), members)  # type: ignore[attr-defined]
    return cls


class Decision:
    """One decision: a Take, a Blend or a Conflict.

    pointer   where, as tokens; a list item is counted in ours, else theirs, else base
    source    BASE, OURS, THEIRS, MERGE or CONFLICT
    base, ours, theirs   the entries: at most one each, except in a conflict over a list's order
    parents   the containers they stand in, (base, ours, theirs)
    """

    __slots__ = ("base", "ours", "parents", "pointer", "reason", "theirs")

    closed: type
    source: str
    children: tuple[Decision, ...] | None = None
    pick = ""
    lines: Sequence[str] | None = None
    above: tuple[Conflict, ...] = ()
    below: tuple[Conflict, ...] = ()

    pointer: Pointer
    reason: str
    base: Entries
    ours: Entries
    theirs: Entries
    parents: Parents

    @property
    def place(self) -> Place:
        return self.pointer, self.base, self.ours, self.theirs, self.parents

    def side(self, source: str) -> Entries:
        return self.base if source == BASE else self.ours if source == OURS else self.theirs

    @property
    def kept(self) -> bool:
        """Whether something of it is in the result."""
        return self.source in (MERGE, codes.CONFLICT) or bool(self.side(self.source))

    @property
    def went(self) -> bool:
        """Whether one side took it away, and the other changed it, or took it away too."""
        if self.reason == codes.BOTH_SAME:
            return bool(self.base) and not self.ours and not self.theirs
        return self.source == codes.CONFLICT and self.reason == codes.MODIFY_DELETE

    def walk(self) -> Iterator[Decision]:
        """This decision and all below it."""
        yield self
        yield from self.above
        for child in self.children or ():
            yield from child.walk()
        yield from self.below

    def explained(self) -> Iterator[tuple[Pointer, str, str]]:
        """(pointer, source, reason) of each decision that took one. Where a rule says whose value
        counts, its side is the source."""
        for one in self.walk():
            if one.reason != codes.UNCHANGED:
                own = one.reason in OWN_REASONS or not one.pick
                yield one.pointer, one.source if own else one.pick, one.reason

    def taking(self, side: str) -> list[Decision]:
        """This decision for who takes one side in every conflict: a list has one with each item."""
        return [self]


@_frozen
class Take(Decision):
    """One side's entry as it is; where that side, BASE, OURS or THEIRS, has none, it goes away."""

    __slots__ = ("source",)

    def __init__(
        self,
        source: str,
        reason: str,
        pointer: Pointer,
        base: Entries,
        ours: Entries,
        theirs: Entries,
        parents: Parents,
    ) -> None:
        self.source = source
        self.reason = reason
        self.pointer = pointer
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.parents = parents
        self.__class__ = self.closed


class Blend(Decision):
    """Both sides' changes of one entry: of its Members, or of a Leaf.

    above, below   conflicts of comments alone, found when it was rendered: they have no entries
    """

    __slots__ = ("above", "below")

    source = MERGE


@_frozen
class Members(Blend):
    """A container that both sides changed: `children` are decided one by one, in their order."""

    __slots__ = ("children",)

    children: tuple[Decision, ...]

    def __init__(
        self,
        children: tuple[Decision, ...],
        reason: str,
        pointer: Pointer,
        base: Entries,
        ours: Entries,
        theirs: Entries,
        parents: Parents,
        above: tuple[Conflict, ...] = (),
        below: tuple[Conflict, ...] = (),
    ) -> None:
        self.children = children
        self.reason = reason
        self.pointer = pointer
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.parents = parents
        self.above = above
        self.below = below
        self.__class__ = self.closed

    def taking(self, side: str) -> list[Decision]:
        children = [one for child in self.children for one in child.taking(side)]
        return [Members(tuple(children), self.reason, *self.place)]


@_frozen
class Leaf(Blend):
    """A value with the comments of both sides: that of `pick`, or these `lines`, in which both
    sides' changes are merged."""

    __slots__ = ("lines", "pick")

    def __init__(
        self,
        pick: str,
        lines: Sequence[str] | None,
        reason: str,
        pointer: Pointer,
        base: Entries,
        ours: Entries,
        theirs: Entries,
        parents: Parents,
        above: tuple[Conflict, ...] = (),
        below: tuple[Conflict, ...] = (),
    ) -> None:
        self.pick = pick
        self.lines = lines
        self.reason = reason
        self.pointer = pointer
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.parents = parents
        self.above = above
        self.below = below
        self.__class__ = self.closed


@_frozen
class Conflict(Decision):
    """Nothing can be taken silently. A conflict of comments alone has no entries."""

    __slots__ = ()

    source = codes.CONFLICT

    def __init__(
        self,
        reason: str,
        pointer: Pointer,
        base: Entries,
        ours: Entries,
        theirs: Entries,
        parents: Parents,
    ) -> None:
        self.reason = reason
        self.pointer = pointer
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.parents = parents
        self.__class__ = self.closed

    def taking(self, side: str) -> list[Decision]:
        return self.settled(side, self.reason)

    def settled(self, source: str, reason: str) -> list[Decision]:
        """Instead of a conflict over what stands where in a list: the items that one side has."""
        node = self.parents.side(source)
        return [
            Take(
                source,
                reason,
                (*self.pointer, str(node.entries.index(entry) if node else 0)),
                (),
                (entry,) if source == OURS else (),
                (entry,) if source == THEIRS else (),
                self.parents,
            )
            for entry in self.side(source)
        ]
