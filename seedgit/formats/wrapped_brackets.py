"""Put entries between brackets into a new map, or take them out of their map.

Entries on lines of their own change their indentation, together with the comments above them. If a
comment has no certain place afterwards, nothing is written and a person has to merge.
"""

from __future__ import annotations

from seedgit.formats.flow import indentation, lead_text
from seedgit.merge.splice import Splice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Entry, Node


def put_in(node: Node, entries: list[Entry], holder: Entry, around: Node) -> list[Splice] | None:
    """The splices that put some entries of `node` into a new map; None if that is not safe.

    holder   the new map, in the version that has it
    around   the map that holds it there
    """
    if not entries:
        return []
    text, there = node.source.text, holder.node.source.text
    inner = holder.node.entries
    outer, inside = _indent(node), _indent(holder.node).removeprefix(_indent(around))
    parts = []
    for entry, like in zip(entries, inner, strict=False):
        lead, wanted = lead_text(entry), _blanks(lead_text(like))
        if "\n" in wanted and "\n" in lead:
            parts.append(_moved(text[entry.lead : entry.stop], outer, outer + inside))
        elif lead.strip() or "\n" in text[entry.start : entry.stop]:
            return None
        else:
            parts.append(_moved(wanted, _indent(around), outer) + text[entry.start : entry.stop])
    head, tail = (
        _moved(there[start:end], _indent(around), outer)
        for start, end in ((holder.start, inner[0].lead), (inner[-1].end, holder.node.end))
    )
    slot, *others = entries
    gone = _without(node, slot, others)
    if gone is None or not _is_bare(text[slot.stop : slot.end]):
        return None
    whole = _blanks(lead_text(slot)) + head + ",".join(parts) + tail
    return [Splice(slot.lead, slot.stop, whole), *gone]


def taken_away(node: Node, holder: Entry) -> list[Splice] | None:
    """The splices that replace a map by its entries; None if that is not safe."""
    text, inner = node.source.text, holder.node.entries
    gaps = [(holder.node.start + 1, inner[0].lead), (inner[-1].stop, holder.node.end - 1)]
    if not all(_is_bare(text[start:end]) for start, end in gaps):
        return None
    lead, lines = _blanks(lead_text(holder)), "\n" in lead_text(inner[0])
    if lines and "\n" in lead:
        moved = text[inner[0].lead : inner[-1].stop]
        moved = _moved(moved, _indent(holder.node), _indent(node))
        return [Splice(holder.lead, holder.stop, moved)]
    moved = text[inner[0].start : inner[-1].stop]
    if lines or "\n" in moved:
        return None
    if "\n" in lead:
        moved = ("," + lead).join(text[entry.start : entry.stop] for entry in inner)
    return [Splice(holder.lead, holder.stop, lead + moved)]


def _without(node: Node, slot: Entry, gone: list[Entry]) -> list[Splice] | None:
    """The splices that take out the entries `gone`; `slot`: the entry whose place is filled."""
    text, entries, goes = node.source.text, node.entries, set(map(id, gone))
    last = len(entries) - 1
    while id(entries[last]) in goes:
        last -= 1
    made = [
        Splice(entry.lead, entry.end, "") for entry in gone if entry.start < entries[last].start
    ]
    if entries[last + 1 :]:
        made.append(Splice(entries[last].stop, entries[-1].stop, ""))
    ends = [*gone, entries[last]] if entries[last + 1 :] else gone
    return made if all(_is_bare(text[entry.stop : entry.end]) for entry in ends) else None


def _is_bare(text: str) -> bool:
    """Whether a text between entries has no comment."""
    return not text.strip(" \t\n,")


def _blanks(lead: str) -> str:
    """The blanks at the end of a lead, after its comments: indentation with the line end before."""
    _, end, blanks = lead.rpartition("\n")
    return end + blanks[: len(blanks) - len(blanks.lstrip())]


def _indent(node: Node) -> str:
    return indentation(node.source.text, node.entries[0].start)


def _moved(text: str, old: str, new: str) -> str:
    """`text` with other indentation on the lines after its first."""
    head, *lines = text.split("\n")
    fresh = [new + x.removeprefix(old) if x.strip() and x.startswith(old) else x for x in lines]
    return "\n".join([head, *fresh])
