"""Render a tree of merge decisions: every piece of the result is text that one side wrote.

The text round a container's entries (brackets, separators, indentation) gets a three-way merge like
any other text. Conflict markers go round the smallest place that owns whole lines.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import OURS, SIDES, THEIRS, Decision
from seedgit.merge.entry_text import line_start, shifted
from seedgit.merge.render_parts import Parts, reindents
from seedgit.merge.rendered import Inseparable, Rendered, conflicts, in_text_order
from seedgit.merge.trivial import trivial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seedgit.merge.render_flow import FlowRenderer
    from seedgit.merge.render_parts import Settle
    from seedgit.merge.tree import Entry, Node
    from seedgit.merge.write_markers import Markers


def render(decisions: Decision, markers: Markers, settle: Settle) -> Rendered:
    """The text of merged documents. The decisions are not edited.

    settle  the rules' answer for comments that both sides changed: (OURS or THEIRS, reason)

    Raises `Inseparable` where even the whole document cannot be rendered.
    """
    renderer = Renderer(markers, settle)
    text = renderer.root(decisions)
    shown = renderer.found.shown(decisions)
    return Rendered(text, shown, [renderer.found.marked[id(one)] for one in conflicts(shown)])


class Renderer(Parts):
    """Renders documents, and the entries of block containers."""

    # -- the document ---------------------------------------------------------------------------

    def root(self, merged: Decision) -> str:
        if merged.source in SIDES:
            return merged.side(merged.source)[0].node.source.text
        if merged.source == codes.CONFLICT:
            raise Inseparable(merged.reason)
        texts = []
        for entry in (merged.base, merged.ours, merged.theirs):
            node = entry[0].node if entry else None
            text = node.source.text if node else ""
            texts.append((text[: node.start], text[node.end :]) if node else ("", ""))
        before = self.lines(merged, [text[0] for text in texts], self.found.above)
        body = self.value(merged, 0) if merged.children is None else self.container(merged, 0)
        after = self.lines(merged, [text[1] for text in texts], self.found.below)
        return before + body + after

    # -- entries ----------------------------------------------------------------------------------

    def block_entry(self, merged: Decision, indent: int) -> str:
        """An entry of a block container: its lead and its lines."""
        if merged.source in SIDES:
            return self.block_as_is(merged.side(merged.source)[0], merged, indent)
        if merged.source == codes.CONFLICT:
            return self.block_conflict(merged, indent)
        try:
            return self.block_merged(merged, indent)
        except Inseparable as problem:
            instead = self.settled(merged)
            if instead is not None:
                return self.block_entry(instead, indent)
            texts = self.taken(merged, lambda how, one: how.block_merged(one, indent))
            return self.block_conflict(self.refused(merged, problem.reason), indent, texts)

    def block_as_is(self, entry: Entry, merged: Decision, indent: int, source: str = "") -> str:
        text = entry.node.source.text
        own = line_start(entry)
        if not reindents(entry.node):
            return text[entry.lead : entry.end]
        parent = merged.parents.side(source or merged.source)
        by = indent - parent.indent if parent else 0
        lead = shifted("\n" + text[entry.lead : own], by)[1:]
        return lead + " " * indent + shifted(text[entry.start : entry.end], by)

    def block_conflict(
        self, merged: Decision, indent: int, taken: Mapping[str, str] | None = None
    ) -> str:
        texts = [
            taken[side]
            if taken and side in taken
            else "".join(
                self.block_as_is(entry, merged, indent, side) for entry in merged.side(side)
            )
            for side in SIDES
        ]
        self.found.mark(merged, texts, bool(taken))
        return self.markers.mark(*texts)

    def block_merged(self, merged: Decision, indent: int) -> str:
        lead = self.lines(
            merged,
            self.cuts(merged, indent, lambda e: e.node.source.text[e.lead : line_start(e)]),
            self.found.above,
        )
        own = " " * indent
        if merged.ours and not reindents(merged.ours[0].node):
            own = self.part(
                merged, 0, lambda e: e.node.source.text[line_start(e) : e.start], shift=False
            )
        if merged.children is not None:
            heads = self.cuts(
                merged, indent, lambda e: e.node.source.text[e.start : e.node.start], inside=True
            )
            if all(text.endswith("\n") or not text for text in heads):
                heads = [own + text if text else "" for text in heads]
                own = ""
            head = self.lines(merged, heads, self.found.above)
            body = self.container(merged, indent)
            trail = self.part(merged, indent, lambda e: e.node.source.text[e.node.end : e.end])
            return lead + own + _joined(head, body) + trail
        return lead + own + self.leaf(merged, indent, lambda e: e.node.end)

    def leaf(self, merged: Decision, indent: int, stop: Callable[[Entry], int]) -> str:
        """Key, value and trailing comment of an entry whose value one side decides."""
        picked = merged.side(merged.pick)[0]
        if merged.lines is None and any(
            e.node.kind != "scalar" or "\n" in e.node.text
            for side in SIDES
            for e in merged.side(side)
        ):
            parent = merged.parents.side(merged.pick)
            by = indent - parent.indent if parent and reindents(picked.node) else 0
            return shifted(self.with_key(merged, picked), by)
        head = self.part(
            merged, indent, lambda e: e.node.source.text[e.start : e.node.start], inside=True
        )
        inside = not picked.node.text.endswith("\n")
        trail = self.part(
            merged, indent, lambda e: e.node.source.text[stop(e) : e.end], inside=inside
        )
        return head + self.value(merged, indent) + trail

    # -- containers -------------------------------------------------------------------------------

    def container(self, merged: Decision, indent: int) -> str:
        """A merged container; `indent`: the column of the entry that has it as its value."""
        nodes = [merged.side(side)[0].node if merged.side(side) else None for side in SIDES]
        base, ours, theirs = nodes
        assert ours is not None
        assert theirs is not None
        if base is not None and base.layout != ours.layout:
            base = None
        if ours.layout == "flow":
            return self.flow().container(merged, base, ours, theirs, indent)
        return self.block(merged, base, ours, theirs, indent)

    def block(
        self, merged: Decision, base: Node | None, ours: Node, theirs: Node, indent: int
    ) -> str:
        column = indent + self.relative(merged, base, ours, theirs)
        children = in_text_order(merged)
        if not children and reindents(ours):
            # Without entries a block is no map any more. A TOML table may be empty.
            raise Inseparable(codes.MERGED_BELOW)
        nodes = (base, ours, theirs)
        heads = [
            node.source.text[node.start : node.entries[0].lead] if node and node.entries else ""
            for node in nodes
        ]
        head = self.lines(merged, heads, self.found.above)
        parts = [self.block_entry(child, column) for child in children]
        tails = [
            node.source.text[node.entries[-1].end : node.end] if node and node.entries else ""
            for node in nodes
        ]
        if reindents(ours):
            tails = [
                shifted("\n" + tail, column - node.indent)[1:] if node else tail
                for tail, node in zip(tails, nodes, strict=True)
            ]
        tail = self.lines(merged, tails, self.found.below)
        text = head + "".join(_ended(part) for part in parts) + tail
        if _is_compact(ours) and _is_compact(theirs) and reindents(ours):
            return _inline(text, column)
        return text

    def relative(self, merged: Decision, base: Node | None, ours: Node, theirs: Node) -> int:
        """How many columns a container's entries are to the right of the entry that holds it."""
        steps = [
            str(node.indent - (parent.indent if parent else 0)) if node else None
            for node, parent in (
                (base, merged.parents.base),
                (ours, merged.parents.ours),
                (theirs, merged.parents.theirs),
            )
        ]
        return int(trivial(*steps) or steps[2] or 0)

    def taken(
        self, merged: Decision, attempt: Callable[[Renderer, Decision], str]
    ) -> dict[str, str]:
        """The text of an entry for each side, if the conflicts inside cannot be marked one by one.

        Each text takes its side in all these conflicts and keeps what else was decided. Empty if
        one of them cannot be rendered.
        """
        texts: dict[str, str] = {}
        for side in (OURS, THEIRS) if merged.children is not None else ():
            [one] = self.found.shown(merged).taking(side)
            other = Renderer(self.markers, self.settle)
            try:
                texts[side] = attempt(other, one)
            except Inseparable:
                return {}
            if any(decision.source == codes.CONFLICT for decision in other.found.shown(one).walk()):
                return {}
        return texts

    def flow(self) -> FlowRenderer:
        from seedgit.merge.render_flow import FlowRenderer  # late: many merges need none

        return FlowRenderer(self)


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def _is_compact(node: Node) -> bool:
    """Whether the first entry is on the same line as the entry that holds it: `- key: value`."""
    if node.layout != "block" or not node.entries or node.entries[0].lead != node.entries[0].start:
        return False
    return node.start > 0 and node.source.text[node.start - 1] != "\n"


def _inline(text: str, column: int) -> str:
    """Put the first entry behind its `- `, unless a comment before it needs its own line."""
    pad = " " * column
    if text.startswith(pad) and text[column : column + 1] not in (" ", "#", "\n"):
        return text[column:]
    return "\n" + text


def _joined(head: str, body: str) -> str:
    if body.startswith("\n") and head.endswith(" "):
        return head.rstrip(" ") + body
    return head + body
