"""YAML: merge a block map that one side emptied, `key: {}`, while the other side changed it.

A block map cannot be empty, so the two sides have different layouts. Here the empty map is treated
as base's block map without its members. Then the merge can tell the members that the other side
added from those that it only kept.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import OURS, THEIRS, Decision, Members, Parents, Take
from seedgit.merge.tree import Entry, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from seedgit.merge.tree import Pointer


class _Emptied:
    """A map that one side emptied.

    side    the side that emptied it; `other`: the other side's entry
    ours, theirs, parents   as if the empty map were a block map
    given, around           the same entries and parents as they really are
    """

    __slots__ = ("around", "base", "given", "other", "ours", "parents", "side", "theirs")

    def __init__(
        self, side: str, base: Entry, ours: Entry, theirs: Entry, parents: Parents
    ) -> None:
        node = base.node
        self.given = (ours,), (theirs,)
        self.around = parents
        self.other = theirs if side == OURS else ours
        gone = Node(node.source, "map", {}, node.start, node.end, [], "block", node.indent)
        frame = Entry(base.path, gone, base.lead, base.start, base.stop, base.end)
        self.side = side
        self.base = base
        self.ours, self.theirs = (frame, theirs) if side == OURS else (ours, frame)
        self.parents = (
            Parents(parents.base, parents.base, parents.theirs)
            if side == OURS
            else Parents(parents.base, parents.ours, parents.base)
        )

    @property
    def below(self) -> Parents:
        return Parents(self.base.node, self.ours.node, self.theirs.node)

    def merged(self, pointer: Pointer, children: tuple[Decision, ...]) -> Decision | None:
        """The map with these members, or the empty map if none is left.

        None if a member conflicts, or if the map becomes empty and the other side changed the
        comments round it.
        """
        if any(one.source == codes.CONFLICT for child in children for one in child.walk()):
            return None
        if any(child.kept for child in children):
            versions = (self.base,), (self.ours,), (self.theirs,)
            return Members(children, codes.MERGED_BELOW, pointer, *versions, self.parents)
        if _round(self.base) != _round(self.other):
            return None
        return Take(self.side, codes.MERGED_BELOW, pointer, (self.base,), *self.given, self.around)


def emptied(
    pointer: Pointer,
    base: Entry,
    ours: Entry,
    theirs: Entry,
    parents: Parents,
    members: Callable[[Pointer, Parents], tuple[Decision, ...]],
) -> Decision | None:
    """The decision about a map that one side emptied. None if neither side did, or if that side
    also changed the comments round the map.

    members  decides about the members of the map at a pointer
    """
    for side, empty, other in ((OURS, ours, theirs), (THEIRS, theirs, ours)):
        if (
            empty.node.layout == "flow"
            and not empty.node.entries
            and not empty.node.text[1:-1].strip()
            and base.path
            and all(_is_on_lines(entry.node) for entry in (base, other))
            and not any(entry.node.anchor or entry.node.tag for entry in (base, ours, theirs))
            and _round(base) == _round(empty)
        ):
            found = _Emptied(side, base, ours, theirs, parents)
            return found.merged(pointer, members(pointer, found.below))
    return None


def _is_on_lines(node: Node) -> bool:
    return node.kind == "map" and node.layout == "block"


def _round(entry: Entry) -> tuple[list[str], ...]:
    """The words above an entry, and those on the line of its key without the value."""
    text = entry.node.source.text
    line = text[entry.start : entry.node.start]
    if entry.node.layout == "flow":
        line += text[entry.node.end : entry.end]
    return text[entry.lead : entry.start].split(), line.split()
