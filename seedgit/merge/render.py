"""Render a tree of merge decisions: every piece of the result is text that one side wrote.

What a container adds round its entries (brackets, separators, indentation) is settled three ways
like any other text. A conflict is marked round the smallest place that owns whole lines.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import BASE, OURS, THEIRS, Conflict, Decision, Leaf, Members, Take
from seedgit.merge.entry_text import comments_go_along, line_start, shifted, with_key
from seedgit.merge.trivial import trivial
from seedgit.merge.write_markers import Markers
from seedgit.values.sequence import merge_lines
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from seedgit.merge.tree import Entry, Node

    Settle: TypeAlias = Callable[[Decision], "tuple[str, str] | None"]

SIDES = (BASE, OURS, THEIRS)


class Inseparable(Exception):
    """A place that cannot be rendered apart from what is round it; its parent tries as a whole."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Shown:
    """A conflict as the text has it.

    texts    the lines of base, ours and theirs; empty where the text has them not apart
    blended  whether ours and theirs have there what was decided below, and not only their own
    """

    __slots__ = ("blended", "conflict", "texts")

    def __init__(
        self, conflict: Decision, texts: Sequence[str] = ("", "", ""), blended: bool = False
    ) -> None:
        self.conflict = conflict
        self.texts = texts
        self.blended = blended


class Rendered:
    """A merged document.

    text
    decisions  those it shows: with a conflict where one could not be rendered apart
    conflicts  in the order their marker blocks stand in the text
    """

    __slots__ = ("conflicts", "decisions", "text")

    def __init__(self, text: str, decisions: Decision, conflicts: Sequence[Shown]) -> None:
        self.text = text
        self.decisions = decisions
        self.conflicts = conflicts


def render(decisions: Decision, markers: Markers, settle: Settle) -> Rendered:
    """The text of merged documents; nothing is written into the decisions.

    settle  what the rules say of comments that both sides changed: (OURS or THEIRS, reason)

    Raises `Inseparable` where even the whole document cannot be rendered.
    """
    renderer = _Renderer(markers, settle)
    text = renderer.root(decisions)
    shown = renderer.found.shown(decisions)
    return Rendered(text, shown, [renderer.found.marked[id(one)] for one in conflicts(shown)])


class _Found:
    """What rendering finds that deciding did not know, by the identity of the decisions.

    instead  what stands where one could not be rendered as it is
    reasons  why, where the rules say whose comments of it count
    above, below   conflicts of its comments alone
    marked   how each conflict is marked
    """

    def __init__(self) -> None:
        self.instead: dict[int, Decision] = {}
        self.reasons: dict[int, str] = {}
        self.above: dict[int, tuple[Conflict, ...]] = {}
        self.below: dict[int, tuple[Conflict, ...]] = {}
        self.marked: dict[int, Shown] = {}

    def shown(self, decision: Decision) -> Decision:
        """The decision as the text has it, and all below it."""
        if not (self.instead or self.reasons or self.above or self.below):
            return decision
        at = id(decision)
        if at in self.instead:
            return self.instead[at]
        reason, comments = self.reasons.get(at, decision.reason), self.comments(at)
        if isinstance(decision, Members):
            children = tuple(self.shown(child) for child in decision.children)
            return Members(children, reason, *decision.place, *comments)
        if isinstance(decision, Leaf):
            return Leaf(decision.pick, decision.lines, reason, *decision.place, *comments)
        return decision

    def comments(self, at: int) -> tuple[tuple[Conflict, ...], tuple[Conflict, ...]]:
        return self.above.get(at, ()), self.below.get(at, ())

    def mark(self, conflict: Decision, texts: Sequence[str], blended: bool = False) -> None:
        self.marked[id(conflict)] = Shown(conflict, texts, blended)


class _Renderer:
    def __init__(self, markers: Markers, settle: Settle) -> None:
        self.markers = markers
        self.settle = settle
        self.found = _Found()

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
        """An entry of a block container: its lead and its lines, all of them ended."""
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
        if not _reindents(entry.node):
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
        if merged.ours and not _reindents(merged.ours[0].node):
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
            return lead + own + _joined(head, body, merged) + trail
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
            by = indent - parent.indent if parent and _reindents(picked.node) else 0
            return shifted(self.with_key(merged, picked), by)
        head = self.part(
            merged, indent, lambda e: e.node.source.text[e.start : e.node.start], inside=True
        )
        inside = not picked.node.text.endswith("\n")
        trail = self.part(
            merged, indent, lambda e: e.node.source.text[stop(e) : e.end], inside=inside
        )
        return head + self.value(merged, indent) + trail

    def with_key(self, merged: Decision, picked: Entry) -> str:
        """An entry as one side has it, with its key as the other side spells it anew."""
        others = merged.side(OURS if merged.pick == THEIRS else THEIRS)
        text = with_key(next(iter(merged.base), None), picked, next(iter(others), None))
        if text is None:
            raise Inseparable(codes.BOTH_CHANGED_COMMENTS)
        return text

    def value(self, merged: Decision, indent: int) -> str:
        """The value of a merged leaf."""
        if merged.lines is not None:
            node = merged.theirs[0].node
            parent = merged.parents.theirs
            lines = node.text.split("\n")[1:]
            inner = min(
                (len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0
            )
            by = indent - parent.indent if parent and _reindents(node) else 0
            return shifted("".join(merged.lines), inner + by)
        return merged.side(merged.pick)[0].node.text

    # -- containers -------------------------------------------------------------------------------

    def container(self, merged: Decision, indent: int) -> str:
        """A merged container: `indent` is the column of the entry it is the value of."""
        nodes = [merged.side(side)[0].node if merged.side(side) else None for side in SIDES]
        base, ours, theirs = nodes
        assert ours is not None
        assert theirs is not None
        if base is not None and base.layout != ours.layout:
            base = None
        if ours.layout == "flow":
            return self.flow(merged, base, ours, theirs, indent)
        return self.block(merged, base, ours, theirs, indent)

    def block(
        self, merged: Decision, base: Node | None, ours: Node, theirs: Node, indent: int
    ) -> str:
        column = indent + self.relative(merged, base, ours, theirs)
        children = in_text_order(merged)
        if not children and _reindents(ours):
            raise Inseparable(
                codes.MERGED_BELOW
            )  # an empty block is no map any more; in TOML a table may be empty
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
        if _reindents(ours):
            tails = [
                shifted("\n" + tail, column - node.indent)[1:] if node else tail
                for tail, node in zip(tails, nodes, strict=True)
            ]
        tail = self.lines(merged, tails, self.found.below)
        text = head + "".join(_ended(part) for part in parts) + tail
        if _is_compact(ours) and _is_compact(theirs) and _reindents(ours):
            return _inline(text, column)
        return text

    def relative(self, merged: Decision, base: Node | None, ours: Node, theirs: Node) -> int:
        """How far the container's entries stand to the right of the entry that holds it."""
        steps = [
            str(node.indent - (parent.indent if parent else 0)) if node else None
            for node, parent in (
                (base, merged.parents.base),
                (ours, merged.parents.ours),
                (theirs, merged.parents.theirs),
            )
        ]
        return int(trivial(*steps) or steps[2] or 0)

    def flow(
        self, merged: Decision, base: Node | None, ours: Node, theirs: Node, indent: int
    ) -> str:
        children = in_text_order(merged)
        style = _laid_out(base, ours, theirs)
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
                )  # a comment where there was nothing, and now something is
        tail = self.tail(merged, tails)
        comma = trivial(
            *(
                str(_trailing_comma(node)) if node and node.entries else None
                for node in (base, ours, theirs)
            )
        )
        head = self.chosen(merged, [text for text, _ in edges])
        out = [ours.text[0] + head]
        for n, child in enumerate(children):
            last = n == len(children) - 1
            separator = "," if not last or comma == "True" else ""
            out.append(self.flow_entry(child, style, n == 0, separator, indent))
        text = "".join(out) + tail + ours.text[-1]
        if head and not (out[1] if children else tail).lstrip(" \t").startswith("\n"):
            raise Inseparable(codes.BOTH_CHANGED_COMMENTS)
        for n, child in enumerate(children):
            follows = out[n + 2] if n + 2 < len(out) else tail
            if follows.lstrip(" \t").startswith("\n"):
                continue
            conflict = self.found.instead.get(id(child), child)
            if conflict.source == codes.CONFLICT:
                raise Inseparable(conflict.reason)
            if _ends_its_line(child):
                raise Inseparable(codes.BOTH_CHANGED_COMMENTS)
        return text

    def tail(self, merged: Decision, tails: list[str | None]) -> str:
        base, ours, theirs = tails
        if ours is None or theirs is None:
            return ours or theirs or ""
        chosen = trivial(base, ours, theirs)
        if chosen is not None:
            return chosen
        return self.lines(merged, [base or "", ours, theirs], self.found.below, flow=True)

    def flow_entry(
        self, merged: Decision, style: Node, first: bool, separator: str, indent: int
    ) -> str:
        if merged.source in SIDES:
            entry = merged.side(merged.source)[0]
            return self.flow_as_is(entry, merged, merged.source, style, first, separator, indent)
        if merged.source == codes.CONFLICT:
            return self.flow_conflict(merged, style, first, separator, indent)
        try:
            return self.flow_merged(merged, style, first, separator, indent)
        except Inseparable as problem:
            instead = self.settled(merged)
            if instead is not None:
                return self.flow_entry(instead, style, first, separator, indent)
            texts = self.taken(
                merged, lambda how, one: how.flow_merged(one, style, first, separator, indent)
            )
            conflict = self.refused(merged, problem.reason)
            return self.flow_conflict(conflict, style, first, separator, indent, texts)

    def flow_as_is(
        self,
        entry: Entry,
        merged: Decision,
        source: str,
        style: Node,
        first: bool,
        separator: str,
        indent: int,
    ) -> str:
        text = entry.node.source.text
        own = merged.parents.side(source)
        was_first = own is not None and own.entries[0] is entry
        lead = _fitting(self.flow_lead(entry, merged), was_first, style, first)
        after = text[entry.stop : entry.end].replace(",", "", 1)
        return lead + text[entry.start : entry.stop] + separator + after

    def flow_lead(self, entry: Entry, merged: Decision) -> str:
        """The space before an entry: as the side that laid the container out anew has it."""
        leads = [
            e.node.source.text[e.lead : e.start] for side in SIDES for e in merged.side(side)[:1]
        ]
        chosen = None
        if len(leads) == len(SIDES) and not any(lead.strip() for lead in leads):
            chosen = trivial(*leads)
        return entry.node.source.text[entry.lead : entry.start] if chosen is None else chosen

    def flow_conflict(
        self,
        merged: Decision,
        style: Node,
        first: bool,
        separator: str,
        indent: int,
        taken: Mapping[str, str] | None = None,
    ) -> str:
        texts = []
        for side in SIDES:
            entries = merged.side(side)
            lines = taken.get(side, "") if taken else ""
            lines = lines or "".join(
                self.flow_as_is(
                    entry,
                    merged,
                    side,
                    style,
                    first and n == 0,
                    separator if n == len(entries) - 1 else ",",
                    indent,
                )
                for n, entry in enumerate(entries)
            )
            blank = len(lines) - len(lines.lstrip(" \t"))
            if lines and lines[blank : blank + 1] != "\n":
                raise Inseparable(merged.reason)
            texts.append(lines[blank + 1 :] + "\n" if lines else "")
        self.found.mark(merged, texts, bool(taken))
        return "\n" + self.markers.mark(*texts)[:-1]

    def flow_merged(
        self, merged: Decision, style: Node, first: bool, separator: str, indent: int
    ) -> str:
        leads = [
            e.node.source.text[e.lead : e.start] for side in SIDES for e in merged.side(side)[:1]
        ]
        if all("\n" not in lead and not lead.strip() for lead in leads):
            lead = _fitting("", not first, style, first)
        else:
            lead = self.lines(
                merged,
                self.cuts(merged, 0, lambda e: e.node.source.text[e.lead : e.start], shift=False),
                self.found.above,
                flow=True,
            )
        after = self.part(
            merged,
            0,
            lambda e: e.node.source.text[e.stop : e.end].replace(",", "", 1),
            shift=False,
        )
        if merged.children is not None:
            head = self.part(merged, 0, lambda e: e.node.source.text[e.start : e.node.start])
            return lead + head + self.container(merged, indent) + separator + after
        value = self.value(merged, indent)
        versions = [e for side in SIDES for e in merged.side(side)]
        if comments_go_along(versions, True):
            picked = merged.side(merged.pick)[0]
            node = picked.node
            whole = self.with_key(merged, picked)
            rest = picked.end - node.start
            head = whole[: len(whole) - rest]
            tail = node.source.text[node.end : picked.stop]
        else:
            head = self.part(merged, 0, lambda e: e.node.source.text[e.start : e.node.start])
            tail = self.part(merged, 0, lambda e: e.node.source.text[e.node.end : e.stop])
        return lead + head + value + tail + separator + after

    def taken(
        self, merged: Decision, attempt: Callable[[_Renderer, Decision], str]
    ) -> dict[str, str]:
        """The texts of an entry, in which conflicts cannot be marked apart, for who takes one side
        in all of them: with what was decided. Nothing where they cannot be rendered."""
        texts: dict[str, str] = {}
        for side in (OURS, THEIRS) if merged.children is not None else ():
            [one] = self.found.shown(merged).taking(side)
            other = _Renderer(self.markers, self.settle)
            try:
                texts[side] = attempt(other, one)
            except Inseparable:
                return {}
            if any(decision.source == codes.CONFLICT for decision in other.found.shown(one).walk()):
                return {}
        return texts

    def settled(self, merged: Decision) -> Decision | None:
        """The entry of the side that the rules say, where its comments cannot be merged. Where it
        would take the value of the other side away, or entries below, nobody says."""
        declared = self.settle(merged) if merged.children is None else None
        if declared is None or merged.lines is not None:
            return None
        side, reason = declared
        if not same(*(merged.side(one)[0].node.value for one in (side, merged.pick))):
            return None
        instead = self.found.instead[id(merged)] = Take(side, reason, *merged.place)
        return instead

    def refused(self, merged: Decision, reason: str) -> Decision:
        """The conflict that stands where a decision cannot be rendered apart."""
        conflict = self.found.instead[id(merged)] = Conflict(reason, *merged.place)
        return conflict

    # -- trivia -----------------------------------------------------------------------------------

    def part(
        self,
        merged: Decision,
        indent: int,
        cut: Callable[[Entry], str],
        shift: bool = True,
        inside: bool = False,
    ) -> str:
        """One part of an entry, settled three ways at the output's indentation."""
        return self.chosen(merged, self.cuts(merged, indent, cut, shift, inside))

    def cuts(
        self,
        merged: Decision,
        indent: int,
        cut: Callable[[Entry], str],
        shift: bool = True,
        inside: bool = False,
    ) -> list[str]:
        """One part of an entry in the three versions, at the output's indentation.

        inside   whether it begins inside a line, which then has its indentation
        """
        texts = []
        for side in SIDES:
            entry = next(iter(merged.side(side)), None)
            if entry is None:
                texts.append("")
                continue
            parent = merged.parents.side(side)
            text = cut(entry)
            if shift and parent and _reindents(entry.node):
                by = indent - parent.indent
                text = shifted(text, by) if inside else shifted("\n" + text, by)[1:]
            texts.append(text)
        return texts

    def lines(
        self,
        merged: Decision,
        texts: list[str],
        where: dict[int, tuple[Conflict, ...]],
        flow: bool = False,
    ) -> str:
        """Comments on lines of their own: what was chosen, or a conflict of them alone.

        where  of what is found, those that such a conflict is among
        flow   whether they stand between the end of a line and the blanks that begin one
        """
        try:
            return self.chosen(merged, texts)
        except Inseparable:
            declared = self.settle(merged)
            if declared:
                side, self.found.reasons[id(merged)] = declared
                return texts[SIDES.index(side)]
            flow = flow or not all(text.endswith("\n") or not text for text in texts)
            heads = [text.partition("\n")[0] if flow else "" for text in texts]
            ends = [text.rpartition("\n")[2] if flow else "" for text in texts]
            head, end = trivial(*heads), trivial(*ends)
            if head is None or end is None or (flow and not all("\n" in text for text in texts)):
                raise
            inside = [
                text[len(head) + 1 : len(text) - len(end)] if flow else text
                for text, head, end in zip(texts, heads, ends, strict=True)
            ]
            conflict = Conflict(
                codes.BOTH_CHANGED_COMMENTS, merged.pointer, (), (), (), merged.parents
            )
            self.found.mark(conflict, inside)
            where[id(merged)] = (*where.get(id(merged), ()), conflict)
            return head + "\n" * flow + self.markers.mark(*inside) + end

    def chosen(self, merged: Decision, texts: list[str]) -> str:
        """A part of an entry, settled three ways."""
        if not merged.base:
            # Added by both: what either wrote is better than nothing.
            if texts[1].strip() and texts[2].strip() and texts[1].strip() != texts[2].strip():
                raise Inseparable(codes.BOTH_CHANGED_COMMENTS)
            return max(texts[2], texts[1], key=lambda text: (bool(text.strip()), bool(text)))
        return self.trivia(*texts)

    def trivia(self, base: str, ours: str, theirs: str) -> str:
        """Comments and blank space: settled, or merged line by line."""
        chosen = trivial(base, ours, theirs)
        if chosen is not None:
            return chosen
        if not (ours + theirs).strip():
            return theirs
        if not any("\n" in text[:-1] for text in (base, ours, theirs)):
            # Who only moved a comment to another column did not change it.
            words = trivial(*(text.strip() for text in (base, ours, theirs)))
            if words:
                blanks = [_blanks(text) for text in (base, ours, theirs)]
                head = trivial(*(head for head, _ in blanks))
                tail = trivial(*(tail for _, tail in blanks))
                head = blanks[2][0] if head is None else head
                return head + words + (blanks[2][1] if tail is None else tail)
        lines = merge_lines(*(text.split("\n") for text in (base, ours, theirs)))
        if lines is None:
            raise Inseparable(codes.BOTH_CHANGED_COMMENTS)
        return "\n".join(lines)


def in_text_order(merged: Decision) -> list[Decision]:
    """What is kept of a container, in the order it is written."""
    children = [child for child in merged.children or () if child.kept]
    node = merged.ours[0].node if children else None
    if node is not None and node.layout == "block" and node.source.format.headed:
        # A key-value after a table's header would belong to that table.
        children.sort(key=_rank)
    return children


def conflicts(merged: Decision) -> Iterator[Decision]:
    """The conflicts of rendered decisions, in the order their marker blocks stand in the text."""
    yield from merged.above
    if merged.source == codes.CONFLICT:
        yield merged
    for child in in_text_order(merged):
        yield from conflicts(child)
    yield from merged.below


def _reindents(node: Node) -> bool:
    """Whether indentation is layout here, or only text."""
    return node.source.format.indented


def _rank(merged: Decision) -> int:
    """0 for a key-value, 2 for what has headers; between them a conflict of the two, where
    either can be taken."""
    if merged.source == codes.CONFLICT:
        entries = merged.base + merged.ours + merged.theirs
    else:
        entries = merged.side(merged.pick or merged.source) or merged.ours
    sections = [entry.node.layout == "block" for entry in entries]
    return 2 if all(sections) else 1 if any(sections) else 0


def _blanks(text: str) -> tuple[str, str]:
    """The blank space at the start of a text, and at its end."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def _is_compact(node: Node) -> bool:
    """Whether the first entry stands on the line of what holds it: `- key: value`."""
    if node.layout != "block" or not node.entries or node.entries[0].lead != node.entries[0].start:
        return False
    return node.start > 0 and node.source.text[node.start - 1] != "\n"


def _inline(text: str, column: int) -> str:
    """Put the first entry behind its `- `; comments that came before it need their own lines."""
    pad = " " * column
    if text.startswith(pad) and text[column : column + 1] not in (" ", "#", "\n"):
        return text[column:]
    return "\n" + text


def _joined(head: str, body: str, merged: Decision) -> str:
    if body.startswith("\n") and head.endswith(" "):
        return head.rstrip(" ") + body
    return head + body


def _trailing_comma(node: Node) -> bool:
    entry = node.entries[-1]
    after = node.source.text[entry.stop : entry.end]
    return after.lstrip().startswith(",")


def _edges(node: Node) -> tuple[str, str]:
    """What stands behind a flow container's opening bracket on its line, and before the closing
    one: the comments that no entry has."""
    text = node.source.text
    if node.entries:
        head = text[node.start + 1 : node.entries[0].lead]
        return head, text[node.entries[-1].end : node.end - 1]
    inside = text[node.start + 1 : node.end - 1]
    head, feed, _ = inside.partition("\n")
    head = head.rstrip(" \t") if feed else ""
    return head, inside[len(head) :]


def _ends_its_line(merged: Decision) -> bool:
    """Whether a comment stands behind a flow entry that takes in what follows on its line."""
    return any(
        entry.node.source.format.comment_marks[0] in entry.node.source.text[entry.stop : entry.end]
        for side in SIDES
        for entry in merged.side(side)
    )


def _laid_out(base: Node | None, ours: Node, theirs: Node) -> Node:
    """The version whose layout a merged container has: who put it on lines, or took it off them."""
    if not ours.entries or not theirs.entries:
        return next((node for node in (theirs, ours, base) if node and node.entries), theirs)
    before = _spreads(base) if base and base.entries else False
    return theirs if _spreads(theirs) != before or _spreads(ours) == before else ours


def _fitting(lead: str, was_first: bool, style: Node, first: bool) -> str:
    """The lead of a flow entry where it goes: its own, or its new neighbours' spacing."""
    if lead.strip() or ("\n" in lead and _spreads(style)):
        return lead
    if was_first == first and "\n" not in lead and not _spreads(style):
        return lead
    leads = [entry.node.source.text[entry.lead : entry.start] for entry in style.entries]
    blank = [text for text in leads[1:] if not text.strip()]
    if first:
        return leads[0] if leads and not leads[0].strip() else ""
    if blank:
        return blank[-1]
    if leads and "\n" in leads[0] and not leads[0].strip():
        return leads[0]
    return lead if lead and "\n" not in lead else " "


def _spreads(node: Node) -> bool:
    """Whether the container's entries stand on lines of their own."""
    return any("\n" in e.node.source.text[e.lead : e.start] for e in node.entries)
