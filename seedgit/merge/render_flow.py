"""Render the text between brackets: entries, commas and comments."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import SIDES, Decision
from seedgit.merge.entry_text import comments_go_along
from seedgit.merge.rendered import Inseparable, in_text_order
from seedgit.merge.trivial import trivial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedgit.merge.render import Renderer
    from seedgit.merge.tree import Entry, Node


class Layout:
    """How the entries of a flow container stand.

    spreads  whether they stand on lines of their own
    first    the blanks before the first entry
    later    those before any other one; None if there is no other
    """

    __slots__ = ("first", "later", "spreads")

    def __init__(self, node: Node) -> None:
        leads = [entry.node.source.text[entry.lead : entry.start] for entry in node.entries]
        blank = [lead for lead in leads[1:] if not lead.strip()]
        self.spreads = _spreads(node)
        self.first = leads[0] if leads and not leads[0].strip() else ""
        self.later = blank[-1] if blank else self.first if "\n" in self.first else None


class Slot:
    """Where an entry stands in a merged flow container.

    style      the layout that the container gets
    first      whether it is the first entry
    separator  the text after it: a comma, or nothing
    indent     the column of the entry that has the container as its value
    """

    __slots__ = ("first", "indent", "separator", "style")

    def __init__(self, style: Layout, first: bool, separator: str, indent: int) -> None:
        self.style = style
        self.first = first
        self.separator = separator
        self.indent = indent


class FlowRenderer:
    """Renders the flow containers in a document that `renderer` renders."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.found = renderer.found

    def container(
        self, merged: Decision, base: Node | None, ours: Node, theirs: Node, indent: int
    ) -> str:
        children = in_text_order(merged)
        style = Layout(_laid_out(base, ours, theirs))
        nodes = (base, ours, theirs)
        edges = [_edges(node) if node else ("", "") for node in nodes]
        tails = [
            end if node and (node.entries or not children) else None
            for node, (_, end) in zip(nodes, edges, strict=True)
        ]
        if children:
            inside = [
                end.strip() if node and not node.entries else ""
                for node, (_, end) in zip(nodes, edges, strict=True)
            ]
            if any(text and text != inside[0] for text in inside[1:]):
                raise Inseparable(
                    codes.BOTH_CHANGED_COMMENTS
                )  # one side put a comment into an empty container, and now it has entries
        tail = self.tail(merged, tails)
        comma = trivial(
            *(str(_trailing_comma(node)) if node and node.entries else None for node in nodes)
        )
        head = self.renderer.chosen(merged, [text for text, _ in edges])
        texts = []
        for n, child in enumerate(children):
            last = n == len(children) - 1
            separator = "," if not last or comma == "True" else ""
            texts.append(self.entry(child, Slot(style, n == 0, separator, indent)))
        if head and not (texts[0] if texts else tail).lstrip(" \t").startswith("\n"):
            raise Inseparable(codes.BOTH_CHANGED_COMMENTS)
        self.check_lines(children, [*texts[1:], tail])
        return ours.text[0] + head + "".join(texts) + tail + ours.text[-1]

    def check_lines(self, children: list[Decision], following: list[str]) -> None:
        """Raises Inseparable if an entry follows a marker or a line comment on the same line."""
        for child, follows in zip(children, following, strict=False):
            if follows.lstrip(" \t").startswith("\n"):
                continue
            shown = self.found.instead.get(id(child), child)
            if shown.source == codes.CONFLICT:
                raise Inseparable(shown.reason)
            if _ends_its_line(child):
                raise Inseparable(codes.BOTH_CHANGED_COMMENTS)

    def tail(self, merged: Decision, tails: list[str | None]) -> str:
        base, ours, theirs = tails
        if ours is None or theirs is None:
            return ours or theirs or ""
        chosen = trivial(base, ours, theirs)
        if chosen is not None:
            return chosen
        texts = [base or "", ours, theirs]
        return self.renderer.lines(merged, texts, self.found.below, flow=True)

    # -- entries -------------------------------------------------------------------------------

    def entry(self, merged: Decision, slot: Slot) -> str:
        if merged.source in SIDES:
            entry = merged.side(merged.source)[0]
            return self.as_is(entry, merged, merged.source, slot)
        if merged.source == codes.CONFLICT:
            return self.conflict(merged, slot)
        try:
            return self.merged(merged, slot)
        except Inseparable as problem:
            instead = self.renderer.settled(merged)
            if instead is not None:
                return self.entry(instead, slot)
            texts = self.renderer.taken(merged, lambda how, one: how.flow().merged(one, slot))
            conflict = self.renderer.refused(merged, problem.reason)
            return self.conflict(conflict, slot, texts)

    def as_is(self, entry: Entry, merged: Decision, source: str, slot: Slot) -> str:
        text = entry.node.source.text
        own = merged.parents.side(source)
        was_first = own is not None and own.entries[0] is entry
        lead = _fitting(_lead(entry, merged), was_first, slot)
        if slot.separator and _comma(entry) >= 0:
            return lead + text[entry.start : entry.end]
        return lead + text[entry.start : entry.stop] + slot.separator + _after(entry)

    def conflict(self, merged: Decision, slot: Slot, taken: Mapping[str, str] | None = None) -> str:
        texts = []
        for side in SIDES:
            lines = taken.get(side, "") if taken else ""
            lines = lines or self.items(merged, side, slot)
            blank = len(lines) - len(lines.lstrip(" \t"))
            if lines and lines[blank : blank + 1] != "\n":
                raise Inseparable(merged.reason)
            texts.append(lines[blank + 1 :] + "\n" if lines else "")
        self.found.mark(merged, texts, bool(taken))
        return "\n" + self.renderer.markers.mark(*texts)[:-1]

    def items(self, merged: Decision, side: str, slot: Slot) -> str:
        """One side's text in a conflict. In a conflict over a list it may have several items."""
        entries = merged.side(side)
        texts = []
        for n, entry in enumerate(entries):
            separator = slot.separator if n == len(entries) - 1 else ","
            its = Slot(slot.style, slot.first and n == 0, separator, slot.indent)
            texts.append(self.as_is(entry, merged, side, its))
        return "".join(texts)

    def merged(self, merged: Decision, slot: Slot) -> str:
        renderer = self.renderer
        leads = [
            e.node.source.text[e.lead : e.start] for side in SIDES for e in merged.side(side)[:1]
        ]
        if all("\n" not in lead and not lead.strip() for lead in leads):
            lead = _fitting("", not slot.first, slot)
        else:
            cuts = renderer.cuts(
                merged, 0, lambda e: e.node.source.text[e.lead : e.start], shift=False
            )
            lead = renderer.lines(merged, cuts, self.found.above, flow=True)
        after = renderer.part(merged, 0, _after, shift=False)
        if merged.children is not None:
            body = self.key(merged) + renderer.container(merged, slot.indent)
        else:
            body = self.leaf(merged, slot.indent)
        return lead + body + slot.separator + after

    def leaf(self, merged: Decision, indent: int) -> str:
        """Key and value of an entry whose value one side decides."""
        renderer = self.renderer
        value = renderer.value(merged, indent)
        if not comments_go_along([e for side in SIDES for e in merged.side(side)], True):
            tail = renderer.part(merged, 0, lambda e: e.node.source.text[e.node.end : e.stop])
            return self.key(merged) + value + tail
        picked = merged.side(merged.pick)[0]
        node = picked.node
        whole = renderer.with_key(merged, picked)
        head = whole[: len(whole) - (picked.end - node.start)]
        return head + value + node.source.text[node.end : picked.stop]

    def key(self, merged: Decision) -> str:
        return self.renderer.part(merged, 0, lambda e: e.node.source.text[e.start : e.node.start])


def _lead(entry: Entry, merged: Decision) -> str:
    """The text before an entry. If only one side changed the blanks there, that side's blanks."""
    own = entry.node.source.text[entry.lead : entry.start]
    if own.strip():
        return own
    leads = [e.node.source.text[e.lead : e.start] for side in SIDES for e in merged.side(side)[:1]]
    chosen = None
    if len(leads) == len(SIDES) and not any(lead.strip() for lead in leads):
        chosen = trivial(*leads)
    return own if chosen is None else chosen


def _trailing_comma(node: Node) -> bool:
    return _comma(node.entries[-1]) >= 0


def _comma(entry: Entry) -> int:
    """Where the comma behind an entry is; -1 if there is none. Its comment may have commas too."""
    source = entry.node.source
    at = source.text.find(",", entry.stop, entry.end)
    if at < 0 or not source.text[entry.stop : at].strip():
        return at
    import re  # late: few commas stand behind a comment

    tokens = re.compile(rf"{source.format.comment}|(,)").finditer(
        source.text, entry.stop, entry.end
    )
    return next((found.start() for found in tokens if found[1]), -1)


def _after(entry: Entry) -> str:
    """The text behind an entry without its comma."""
    text, at = entry.node.source.text, _comma(entry)
    if at < 0:
        return text[entry.stop : entry.end]
    return text[entry.stop : at] + text[at + 1 : entry.end]


def _edges(node: Node) -> tuple[str, str]:
    """The text after a flow container's opening bracket on its line, and the text before its
    closing bracket. Comments there belong to no entry."""
    text = node.source.text
    if node.entries:
        head = text[node.start + 1 : node.entries[0].lead]
        return head, text[node.entries[-1].end : node.end - 1]
    inside = text[node.start + 1 : node.end - 1]
    head, feed, _ = inside.partition("\n")
    head = head.rstrip(" \t") if feed else ""
    return head, inside[len(head) :]


def _ends_its_line(merged: Decision) -> bool:
    """Whether a line comment follows a flow entry, so that nothing may follow on that line."""
    return any(
        entry.node.source.format.comment_marks[0] in entry.node.source.text[entry.stop : entry.end]
        for side in SIDES
        for entry in merged.side(side)
    )


def _laid_out(base: Node | None, ours: Node, theirs: Node) -> Node:
    """The version whose layout a merged container gets: the side that changed between one line and
    several, else theirs."""
    if not ours.entries or not theirs.entries:
        return next((node for node in (theirs, ours, base) if node and node.entries), theirs)
    before = _spreads(base) if base and base.entries else False
    return theirs if _spreads(theirs) != before or _spreads(ours) == before else ours


def _fitting(lead: str, was_first: bool, slot: Slot) -> str:
    """The lead of a flow entry in its new slot: its own, or one spaced like its new neighbours."""
    style, first = slot.style, slot.first
    if lead.strip() or ("\n" in lead and style.spreads):
        return lead
    if was_first == first and "\n" not in lead and not style.spreads:
        return lead
    if first:
        return style.first
    if style.later is not None:
        return style.later
    return lead if lead and "\n" not in lead else " "


def _spreads(node: Node) -> bool:
    """Whether the container's entries stand on lines of their own."""
    return any("\n" in e.node.source.text[e.lead : e.start] for e in node.entries)
