"""What a merge decided: a tree of decisions, each with its source and its reason.

`merge.decide` makes the tree. Rendering (`merge.render`), planning and explaining read the same
data. Conflicts are values in the tree, never exceptions. A decision is never edited: to decide
otherwise, make a new one.
"""

from __future__ import annotations

from seedgit import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, NoReturn, TypeAlias, TypeVar

    from seedgit.merge.tree import Entry, Node, Pointer

    Entries: TypeAlias = tuple[Entry, ...]
    # Where a decision is, and the entries there: pointer, base, ours, theirs, parents.
    Place: TypeAlias = "tuple[Pointer, Entries, Entries, Entries, Parents]"
    Class = TypeVar("Class", bound=type)


# Where a decision takes its content from. A conflict's source is codes.CONFLICT.
BASE, OURS, THEIRS, MERGE = "base", "ours", "theirs", "merge"
SIDES = (BASE, OURS, THEIRS)


# Reasons of conflicts about a list: which items it has, and in what order.
IN_LISTS = frozenset({codes.LIST_ORDER, codes.LIST_IDENTITY, codes.LIST_DUPLICATE})

# The merge's own reasons. Any other reason comes from a rule.
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
    """The container of one place in each version; None in a version that has none."""

    __slots__ = ("base", "ours", "theirs")

    def __init__(self, base: Node | None, ours: Node | None, theirs: Node | None) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs

    def side(self, source: str) -> Node | None:
        return self.base if source == BASE else self.ours if source == OURS else self.theirs


def _frozen(cls: Class) -> Class:
    """Let instances of a class refuse edits once `__init__` has made them `cls.closed`.

    A merge makes one decision for each entry. If `__setattr__` refused from the start, setting the
    fields would take three times as long.
    """

    def refuse(self: Any, *_: object) -> NoReturn:
        raise AttributeError(f"a {cls.__name__} is not edited")

    members = {"__slots__": (), "__setattr__": refuse, "__delattr__": refuse}
    cls.closed = type(cls.__name__, (cls,), members)  # type: ignore[attr-defined]
    return cls


class Decision:
    """One decision: a Take, a Blend or a Conflict.

    pointer   where, as tokens; a list item has its index in ours, else in theirs, else in base
    source    BASE, OURS, THEIRS, MERGE or CONFLICT
    base, ours, theirs   the entries: at most one each, except in a conflict over a list's order
    parents   the containers that hold them, (base, ours, theirs)
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
        """Whether the result has any of it."""
        return self.source in (MERGE, codes.CONFLICT) or bool(self.side(self.source))

    @property
    def went(self) -> bool:
        """Whether one side removed the entry, and the other changed or removed it."""
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
        """(pointer, source, reason) of each decision about a change. If a rule chose a side, that
        side is the source."""
        for one in self.walk():
            if one.reason != codes.UNCHANGED:
                own = one.reason in OWN_REASONS or not one.pick
                yield one.pointer, one.source if own else one.pick, one.reason

    def taking(self, side: str) -> list[Decision]:
        """The decisions that replace this one if every conflict takes one side.

        A conflict over a list becomes one decision for each item of that side.
        """
        return [self]


@_frozen
class Take(Decision):
    """Take the entry of BASE, OURS or THEIRS as it is. Where that side has none, remove it."""

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
    """Both sides' changes of one entry, merged: a Members or a Leaf.

    above, below   conflicts over comments alone, found by rendering; they have no entries
    """

    __slots__ = ("above", "below")

    source = MERGE


@_frozen
class Members(Blend):
    """A container that both sides changed: `children` has the decisions about its members, in
    order."""

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
    """A value with the comments of both sides.

    pick   the side whose value it is
    lines  the value's lines, with both sides' changes merged; None where `pick` decides
    """

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
    """A person has to decide. A conflict over comments alone has no entries."""

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
        """Replace a conflict over a list's items by a Take for each item of one side."""
        node = self.parents.side(source)
        places = {id(entry): n for n, entry in enumerate(node.entries)} if node else {}
        return [
            Take(
                source,
                reason,
                (*self.pointer, str(places.get(id(entry), 0))),
                (),
                (entry,) if source == OURS else (),
                (entry,) if source == THEIRS else (),
                self.parents,
            )
            for entry in self.side(source)
        ]
