"""YAML: put block entries into a new map, or take them out of their map, and reindent them."""

from __future__ import annotations

from seedgit.merge.entry_text import line_start, shifted
from seedgit.merge.splice import Splice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Entry, Node


def put_in(node: Node, entries: list[Entry], holder: Entry, around: Node) -> list[Splice] | None:
    """The splices that put some entries of `node` into a new map; None if they do not own lines.

    holder   the new map, in the version that has it
    around   the map that holds it there
    """
    if not all(map(_owns_lines, entries)):
        return None
    if not entries:
        return []
    head = holder.node.source.text[line_start(holder) : holder.node.entries[0].lead]
    step = holder.node.indent - around.indent
    lines = [_shifted(head, node.indent - around.indent)]
    lines += [_shifted(_text(entry), step) for entry in entries]
    gone = [Splice(entry.lead, entry.end, "") for entry in entries[1:]]
    return [Splice(entries[0].lead, entries[0].end, "".join(lines)), *gone]


def taken_away(node: Node, holder: Entry) -> list[Splice] | None:
    """The splices that replace a map by its entries; None if these do not own whole lines."""
    first = holder.node.entries[0]
    if not (_owns_lines(holder) and _owns_lines(first)):
        return None
    lines = holder.node.source.text[first.lead : holder.end]
    moved = _shifted(lines, node.indent - holder.node.indent)
    return [Splice(holder.lead, holder.end, moved)]


def _owns_lines(entry: Entry) -> bool:
    """Whether an entry begins on a line of its own, and not after a dash."""
    text = entry.node.source.text
    return entry.lead == 0 or text[entry.lead - 1] == "\n"


def _text(entry: Entry) -> str:
    return entry.node.source.text[entry.lead : entry.end]


def _shifted(text: str, by: int) -> str:
    return shifted("\n" + text, by)[1:]
