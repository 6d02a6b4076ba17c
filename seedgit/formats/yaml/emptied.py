"""YAML: a map on lines that one side emptied, `key: {}`, while the other changed it.

An empty map has no lines to say that it is one. In the merge it stands where the base's stood, with
its members gone: then what the other side added can be told from what it only kept.
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

    side    which side that was; `other`: the entry of the side that did not
    ours, theirs, parents   as if the empty map had lines
    given, around           the same as they really are
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
        """The map with these members; the empty one where none is left. None where one conflicts,
        or nothing says what stands round the empty map."""
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
    """What is decided of a map that one side emptied; None where neither did, or it also changed
    what stands round the members.

    members  decides those of a map, at its pointer
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
    """What stands above an entry, and on the line of its key, but for a value there."""
    text = entry.node.source.text
    line = text[entry.start : entry.node.start]
    if entry.node.layout == "flow":
        line += text[entry.node.end : entry.end]
    return text[entry.lead : entry.start].split(), line.split()
