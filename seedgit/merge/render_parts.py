"""Render the parts of an entry that both sides changed: key, value, and the comments round it."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import OURS, SIDES, THEIRS, Conflict, Decision, Take
from seedgit.merge.entry_text import shifted, with_key
from seedgit.merge.rendered import Found, Inseparable
from seedgit.merge.trivial import trivial
from seedgit.values.sequence import merge_lines
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from seedgit.merge.tree import Entry, Node
    from seedgit.merge.write_markers import Markers

    Settle: TypeAlias = Callable[[Decision], "tuple[str, str] | None"]


class Parts:
    """Renders parts of entries. `found` collects what rendering finds out.

    settle  the rules' answer for comments that both sides changed: (OURS or THEIRS, reason)
    """

    def __init__(self, markers: Markers, settle: Settle) -> None:
        self.markers = markers
        self.settle = settle
        self.found = Found()

    def with_key(self, merged: Decision, picked: Entry) -> str:
        """One side's entry, with the key as the other side spells it, if only that side changed its
        spelling."""
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
            by = indent - parent.indent if parent and reindents(node) else 0
            return shifted("".join(merged.lines), inner + by)
        return merged.side(merged.pick)[0].node.text

    # -- where a decision cannot be rendered -----------------------------------------------------

    def settled(self, merged: Decision) -> Decision | None:
        """The side's entry that the rules choose for an entry whose comments cannot be merged.

        None if no rule says, or if that would lose the other side's value or entries below.
        """
        declared = self.settle(merged) if merged.children is None else None
        if declared is None or merged.lines is not None:
            return None
        side, reason = declared
        if not same(*(merged.side(one)[0].node.value for one in (side, merged.pick))):
            return None
        instead = self.found.instead[id(merged)] = Take(side, reason, *merged.place)
        return instead

    def refused(self, merged: Decision, reason: str) -> Decision:
        """The conflict that replaces a decision that cannot be rendered."""
        conflict = self.found.instead[id(merged)] = Conflict(reason, *merged.place)
        return conflict

    # -- comments and blank space ----------------------------------------------------------------

    def part(
        self,
        merged: Decision,
        indent: int,
        cut: Callable[[Entry], str],
        shift: bool = True,
        inside: bool = False,
    ) -> str:
        """The three-way merge of one part of an entry, at the output's indentation."""
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

        inside   whether it begins inside a line: then its first line is not indented
        """
        texts = []
        for side in SIDES:
            entry = next(iter(merged.side(side)), None)
            if entry is None:
                texts.append("")
                continue
            parent = merged.parents.side(side)
            text = cut(entry)
            if shift and parent and reindents(entry.node):
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
        """Comments on lines of their own: merged, or else a conflict over them alone.

        where  the part of `found` that such a conflict goes into
        flow   whether the text begins at the end of a line and ends with the blanks of another
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
        """The three-way merge of a part of an entry. Raises Inseparable if it conflicts."""
        if not merged.base:
            # Both added the entry: take the side that has a comment here.
            if texts[1].strip() and texts[2].strip() and texts[1].strip() != texts[2].strip():
                raise Inseparable(codes.BOTH_CHANGED_COMMENTS)
            return max(texts[2], texts[1], key=lambda text: (bool(text.strip()), bool(text)))
        return self.trivia(*texts)

    def trivia(self, base: str, ours: str, theirs: str) -> str:
        """The three-way merge of comments and blank space, as a whole or line by line."""
        chosen = trivial(base, ours, theirs)
        if chosen is not None:
            return chosen
        if not (ours + theirs).strip():
            return theirs
        if not any("\n" in text[:-1] for text in (base, ours, theirs)):
            # A comment that only moved to another column is unchanged.
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


def reindents(node: Node) -> bool:
    """Whether indentation is layout in this format, so that rendering has to adjust it."""
    return node.source.format.indented


def _blanks(text: str) -> tuple[str, str]:
    """The blank space at the start of a text, and at its end."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
