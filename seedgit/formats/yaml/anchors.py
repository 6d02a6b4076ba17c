"""YAML: find aliases that a merge cut off from their anchors, and make conflicts there.

The merge may have removed the anchor, or left it on one side of a conflict only, or put another
anchor of the same name between.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import InvalidDocument
from seedgit.formats.yaml.read import UndefinedAlias
from seedgit.merge.decision import OURS, SIDES, THEIRS, Conflict, Members
from seedgit.merge.rendered import in_text_order
from seedgit.merge.trivial import trivial
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from seedgit.merge.decision import Decision
    from seedgit.merge.syntax import Syntax
    from seedgit.merge.tree import Entry, Node

    # Identifies an anchor across versions: its decision, and its number among those with the same
    # name there, from 0.
    Place: TypeAlias = tuple[Decision, int]

# Signs that may stand directly beside an anchor or an alias.
_APART = str.maketrans(",[]{}", "     ")


def parted(format: Syntax, text: str, decisions: Decision, size: int) -> tuple[str, str] | None:
    """An alias that the merge cut off from its anchor: (side, name). None if there is none.

    With a side: the alias has no anchor if every conflict takes that side. With "" as the side:
    another anchor of that name now comes between.

    size  the size of the conflict markers in the text
    """
    clean = not any(merged.source == codes.CONFLICT for merged in decisions.walk())
    for side in (OURS,) if clean else (OURS, THEIRS):
        try:
            format.parse(text if clean else _taken(text, size, side), "", merging=True)
        except UndefinedAlias as error:
            return side, error.name
        except InvalidDocument:
            continue
    name = _rebound(decisions)
    return None if name is None else ("", name)


def _taken(text: str, size: int, side: str) -> str:
    from seedgit.formats.read_markers import read_markers  # late: it loads `re`

    marked = read_markers(text, size)
    lines: list[str] = []
    at = 0
    for block in marked.blocks:
        lines += marked.lines[at : block.start]
        lines += block.ours if side == OURS else block.theirs
        at = block.end
    return "".join(lines + marked.lines[at:])


def torn(merged: Decision, side: str, name: str) -> Decision:
    """The decisions, with conflicts that keep an alias and its anchor together.

    A conflict is made where the result has the alias, and where `side` has the anchor, unless the
    decision takes `side`. A person who takes `side` there then has alias and anchor as `side` had
    them. With "" as the side, every change that has to do with this name becomes a conflict.
    """
    if merged.source in (codes.CONFLICT, side) or merged.reason in (
        codes.UNCHANGED,
        codes.BOTH_SAME,
    ):
        return merged
    source = merged.pick or merged.source
    all_sides = merged.base + merged.ours + merged.theirs
    mine = merged.side(side) if side else all_sides
    if merged.children is not None:  # a container's own anchor is merged apart from its entries
        lost = len({entry.node.anchor for entry in all_sides}) > 1 and any(
            entry.node.anchor == name for entry in mine
        )
    else:
        result = merged.side(source) if side else all_sides
        lost = source != side and (_has(result, "*" + name) or _has(mine, "&" + name))
    if lost:
        return Conflict(codes.BOTH_CHANGED, *merged.place)
    if merged.children is None:
        return merged
    children = tuple(torn(child, side, name) for child in merged.children)
    return Members(children, merged.reason, *merged.place)


def _rebound(merged: Decision) -> str | None:
    """The name of an alias that now follows another anchor than in its version, with another value.

    The search takes one side in every conflict, first ours, then theirs. None if there is no such
    alias.
    """
    bindings = _Bindings(merged)
    return next(filter(None, map(bindings.rebound, (OURS, THEIRS))), None)


class _Bindings:
    """The anchor of each alias, in the versions and in the result."""

    def __init__(self, merged: Decision) -> None:
        self.merged = merged
        self.places: dict[int, Place] = {}
        for decision in merged.walk():
            for side in SIDES:
                entries = decision.side(side)
                nodes = [entry.node for entry in entries]
                self.place(decision, nodes if decision.children is not None else _nodes(entries))
        self.meant: dict[int, Node] = {}
        for side in SIDES:
            self.bind(merged.side(side), {})

    def place(self, decision: Decision, nodes: Iterable[Node]) -> None:
        counts: dict[str, int] = {}
        for node in nodes:
            if node.anchor and node.anchor[:1] != "*":
                counts[node.anchor] = counts.get(node.anchor, -1) + 1
                self.places[id(node)] = decision, counts[node.anchor]

    def bind(self, entries: Sequence[Entry], anchors: dict[str, Node]) -> None:
        for entry in entries:
            node = entry.node
            if node.anchor[:1] == "*":
                if node.anchor[1:] in anchors:
                    self.meant[id(node)] = anchors[node.anchor[1:]]
            elif node.anchor:
                anchors[node.anchor] = node
            if node.layout == "stream":
                for document in node.entries:
                    self.bind([document], {})
            else:
                self.bind(node.entries, anchors)

    def rebound(self, choice: str) -> str | None:
        return self.found(self.merged, choice, {})

    def found(self, merged: Decision, choice: str, anchors: dict[str, Node]) -> str | None:
        if merged.children is None:
            source = choice if merged.source == codes.CONFLICT else merged.pick or merged.source
            for node in _nodes(merged.side(source)):
                name = node.anchor.removeprefix("*")
                if name != node.anchor:
                    if not self.alike(self.meant.get(id(node)), anchors.get(name)):
                        return name
                elif name:
                    anchors[name] = node
            return None
        nodes = [merged.side(side)[0].node if merged.side(side) else None for side in SIDES]
        own = trivial(*(node.anchor if node else None for node in nodes))
        anchors.update({node.anchor: node for node in nodes if node and node.anchor == own != ""})
        stream = merged.ours[0].node.layout == "stream"
        found = (
            self.found(child, choice, {} if stream else anchors) for child in in_text_order(merged)
        )
        return next(filter(None, found), None)

    def alike(self, meant: Node | None, now: Node | None) -> bool:
        if meant is None or now is None:
            return True  # parsing finds an alias without an anchor
        at = self.places.get(id(meant))
        return (at is not None and at == self.places.get(id(now))) or same(meant.value, now.value)


def _nodes(entries: Sequence[Entry]) -> Iterator[Node]:
    for entry in entries:
        yield entry.node
        yield from _nodes(entry.node.entries)


def _has(entries: Sequence[Entry], mark: str) -> bool:
    texts = (entry.node.source.text[entry.start : entry.end] for entry in entries)
    return any(mark in text.translate(_APART).split() for text in texts)
