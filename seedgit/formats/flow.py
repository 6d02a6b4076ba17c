"""Entries between commas: put one in, and take one out with its comments.

This is for JSON's objects and arrays and TOML's arrays and inline tables. The caller writes the
text of a new entry.
"""

from __future__ import annotations

import re

from seedgit.merge.splice import Splice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedgit.merge.tree import Entry, Node

    Skip = Callable[[str, int], int]

_BLANK_LINES = re.compile(r"[ \t]*\r?\n[ \t]*\r?\n")
_BLANK_LINE = re.compile(r"\r?\n[ \t]*(?=\r?\n)")


def lead_text(entry: Entry) -> str:
    return entry.node.source.text[entry.lead : entry.start]


def spread(node: Node) -> bool:
    """Whether a container's entries stand on lines of their own."""
    return any("\n" in lead_text(entry) for entry in node.entries)


def gap(container: Node) -> str | None:
    """The blanks between two entries on one line; None if no two entries share a line."""
    gaps = (lead_text(entry) for entry in container.entries[1:])
    return next((text for text in gaps if not text.strip() and "\n" not in text), None)


def setting_apart(entries: Sequence[Entry], is_apart: Callable[[Entry], object]) -> list[Entry]:
    """The entries that show whether all but the first stand apart: as long as they stay, it is
    seen. With less than three, none counts as apart."""
    if len(entries) < 3:
        return []
    at = next((n for n in range(len(entries) - 1, 0, -1) if not is_apart(entries[n])), 0)
    return [*(entries[at - 1 : at + 1] if at else entries[-3:])]


def indentation(text: str, at: int) -> str:
    """The blanks at the start of the line of `at`."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


class Flow:
    """Edits entries between commas, given the comments of a format.

    after_trivia   the end of the blanks and comments that begin at an offset
    after_comment  the end of the comments on the line of an offset
    mark           begins a comment that ends with its line
    """

    __slots__ = ("after_comment", "after_trivia", "mark")

    def __init__(self, after_trivia: Skip, after_comment: Skip, mark: str) -> None:
        self.after_trivia = after_trivia
        self.after_comment = after_comment
        self.mark = mark

    def lead(self, container: Node, index: int, gap: str) -> str:
        """The blanks before a new entry at `index` of a container that has entries.

        gap   the blanks between two entries on one line
        """
        entries = container.entries
        source = container.source
        near = entries[index - 1] if index > 1 else entries[min(1, len(entries) - 1)]
        if "\n" not in lead_text(near):
            return gap
        apart = len(entries) > 2 and all(_BLANK_LINES.match(lead_text(e)) for e in entries[1:])
        return source.newline * (2 if apart else 1) + indentation(source.text, near.start)

    def leaders(self, container: Node) -> list[Entry]:
        """As `Editor.leaders`."""
        entries = container.entries
        gaps = {n: lead_text(entry) for n, entry in enumerate(entries) if n}
        gaps = {n: gap for n, gap in gaps.items() if not gap.strip() and "\n" not in gap}
        at = (max if len({*gaps.values()}) == 1 else min)(gaps, default=0)
        apart = setting_apart(entries, lambda entry: _BLANK_LINES.match(lead_text(entry)))
        return [*entries[-1:], *(entries[at - 1 : at + 1] if at else ()), *apart]

    def insert(self, container: Node, index: int, new: str, gap: str) -> list[Splice]:
        """Put `new` before the entry at `index`, or last. The container must have entries."""
        entries = container.entries
        source = container.source
        lead = self.lead(container, index, gap)
        if index == 0:
            first = entries[0]
            if "\n" not in lead_text(first):
                return [Splice(first.start, first.start, new + "," + gap)]
            at = first.lead
            indent = indentation(source.text, first.start)
            return [Splice(at, at, source.newline + indent + new + ",")]
        last = entries[index - 1]
        if self.mark in source.text[last.stop : last.end] and "\n" not in lead:
            lead = source.newline + indentation(source.text, last.start)
        if index < len(entries):
            return [Splice(last.end, last.end, lead + new + ",")]
        if self.comma(last) is not None:
            return [Splice(last.end, last.end, lead + new + ",")]
        if last.stop == last.end:
            return [Splice(last.end, last.end, "," + lead + new)]
        return [Splice(last.stop, last.stop, ","), Splice(last.end, last.end, lead + new)]

    def remove(self, container: Node, index: int) -> list[Splice]:
        """Take out an entry, the comments directly above it and the comment after it."""
        text = container.source.text
        entries = container.entries
        entry = entries[index]
        start = own_lead(container, index)
        if index + 1 < len(entries):
            after = entries[index + 1]
            if "\n" not in lead_text(after) and (index == 0 or "\n" in lead_text(entry)):
                return [Splice(entry.start, after.start, "")]
            return [Splice(start, entry.end, "")]
        if index == 0:
            end = container.end - 1
            if text[container.start + 1 : start].strip() or text[entry.end : end].strip():
                end = entry.end
            return [self.cut(container, entry, container.start + 1, start, end)]
        before = entries[index - 1]
        last = self.cut(container, entry, before.stop, start, entry.end)
        return [*self.unended(container, index - 1), last]

    def unended(self, container: Node, index: int) -> list[Splice]:
        """Take out the comma after an entry that becomes the last one, if the last one has none."""
        text, entry = container.source.text, container.entries[index]
        comma = self.comma(entry)
        if comma is None or self.comma(container.entries[-1]) is not None:
            return []
        blank = entry.stop if not text[entry.stop : comma].strip() else comma
        return [Splice(blank, comma + 1, "")]

    def cut(self, container: Node, entry: Entry, begin: int, start: int, end: int) -> Splice:
        """Take out text[start:end], the last entry. If a comment stays before it, from `begin` on,
        its line end stays too: else the closing bracket would become part of the comment."""
        source = container.source
        before = source.text[begin:start].rpartition("\n")[2]
        if self.mark not in before or "\n" in source.text[end : container.end - 1]:
            return Splice(start, end, "")
        return Splice(start, end, source.newline + indentation(source.text, entry.start))

    def comma(self, entry: Entry) -> int | None:
        """Where the comma after an entry is; None if it has none."""
        text = entry.node.source.text
        at = self.after_trivia(text, entry.stop)
        return at if text[at : at + 1] == "," else None


def own_lead(container: Node, index: int) -> int:
    """Where the part of an entry's lead begins that is removed with the entry.

    Comments above a blank line stay: they are not about this entry alone.
    """
    entry = container.entries[index]
    start = entry.lead
    lead = container.source.text[start : entry.start]
    text = len(lead) - len(lead.lstrip())
    for blank in reversed(list(_BLANK_LINE.finditer(lead))):
        if text < blank.start():
            return start + blank.end()
    return start
