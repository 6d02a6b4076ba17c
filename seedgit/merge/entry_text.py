"""The text of entries without what depends on their place, and the comments that belong to them."""

from __future__ import annotations

from seedgit.merge.decision import OURS, THEIRS
from seedgit.merge.trivial import trivial
from seedgit.values.sequence import merge_lines, split_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Entry, Node


def commented(base: Entry | None, ours: Entry, theirs: Entry, flow: bool) -> str:
    """The side whose text of a value has the right comments inside; "" if neither has.

    Both sides have the same value.
    """
    if not comments_go_along([entry for entry in (base, ours, theirs) if entry], flow):
        return THEIRS
    o, t = hidden(ours, flow), hidden(theirs, flow)
    if base is None:
        # Both added the entry: take the side that has all comments of the other.
        if all(o.count(comment) <= t.count(comment) for comment in o):
            return THEIRS
        return OURS if all(t.count(comment) <= o.count(comment) for comment in t) else ""
    chosen = trivial(hidden(base, flow), o, t)
    if chosen is None:
        return ""
    return THEIRS if chosen == t else OURS


def with_key(base: Entry | None, picked: Entry, other: Entry | None) -> str | None:
    """The text of `picked` from its start, with its key merged three ways.

    If only the other side changed how the key is written, the text gets that key. None if both
    sides did, or if it is unknown where a key ends.
    """
    text = picked.node.source.text[picked.start : picked.end]
    if base is None or other is None or not picked.path or _head(base) == _head(other) != "":
        return text
    was, mine, yours = (e.node.source.format.key(e) for e in (base, picked, other))
    if was is None or mine is None or yours is None:
        return None
    at, key = mine
    chosen = trivial(was[1], key, yours[1])
    return None if chosen is None else text[:at] + chosen + text[at + len(key) :]


def _head(entry: Entry) -> str:
    return entry.node.source.text[entry.start : entry.node.start]


def comments_go_along(entries: list[Entry], flow: bool) -> bool:
    """Whether the comments inside an entry cannot be rendered apart from its value.

    That is so for containers, for texts of several lines, and in flow style if both sides added the
    entry.
    """
    nodes = [entry.node for entry in entries]
    added = flow and len(nodes) < 3
    return added or any(node.kind != "scalar" or "\n" in node.text for node in nodes)


def hidden(entry: Entry, flow: bool) -> list[str]:
    """The comments inside an entry, which stay with its value.

    They stand between key and value, between the members of a container, after the header of a
    block scalar or, in a block, after the value.
    """
    node, text, format = entry.node, entry.node.source.text, entry.node.source.format
    spans: list[tuple[int, int]] = []
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner.kind == "scalar":
            spans.append((format.content_start(inner), inner.end))
        stack.extend(child.node for child in inner.entries)
    gaps = []
    at = entry.start
    for start, end in sorted(spans):
        gaps.append(text[at:start])
        at = max(at, end)
    gaps.append(text[at : max(entry.stop if flow else entry.end, at)])
    joined = "\n".join(gaps)
    if not any(mark in joined for mark in format.comment_marks):
        return []
    import re  # late: to load it takes longer than most merges

    return sorted(re.findall(format.comment, joined))


def detached(entry: Entry) -> str:
    """The leading comments that a blank line separates from the entry, such as a file's head."""
    lead = entry.node.source.text[entry.lead : entry.start]
    apart, blank, _ = lead.rpartition("\n\n")
    return apart.strip() if blank else ""


def left_behind(base: Entry, kept: Entry, before: Node, after: Node) -> bool:
    """Whether the other side removed an entry but left the comment directly above it, and `kept`
    changed that comment.

    before, after   the container in base, and in the side that removed the entry
    """
    own = [
        entry.node.source.text[entry.lead : entry.start].rpartition("\n\n")[2].strip()
        for entry in (base, kept)
    ]
    lines = (line.strip() for line in own[0].split("\n"))
    return own[0] != own[1] and any(
        line and 0 < before.text.count(line) <= after.text.count(line) for line in lines
    )


# -- text without place --------------------------------------------------------------------------


def line_start(entry: Entry) -> int:
    """Block: where the entry's own first line begins; its lead ends there."""
    if entry.lead == entry.start:
        return entry.start
    text = entry.node.source.text
    return max(entry.lead, text.rfind("\n", 0, entry.start) + 1)


def shifted(text: str, by: int) -> str:
    """`text` with the lines after its first moved `by` columns; blank lines stay blank."""
    if not by or "\n" not in text:
        return text
    head, *lines = text.split("\n")
    pad = " " * by
    for n, line in enumerate(lines):
        if by > 0:
            lines[n] = pad + line if line else line
        else:
            lines[n] = line[min(-by, len(line) - len(line.lstrip(" "))) :]
    return "\n".join([head, *lines])


def merged_lines(*nodes: Node) -> list[str] | None:
    """The merged lines of base, ours and theirs; None if both sides changed one place."""
    lines = nodes[0].source.format.block_lines(*nodes)
    if lines is None and len({unended(node) for node in nodes}) == 1:
        lines = merge_lines(*(split_lines(dedented(node)) for node in nodes))
    return lines


def dedented(node: Node) -> str:
    """The text of a value; the lines after its first lose the indentation they share."""
    head, *lines = node.text.split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    return shifted("\n".join([head, *lines]), -min(indents, default=0))


def unended(node: Node) -> bool:
    """Whether a value has no newline at its end, although its text has one."""
    return node.source.unended and node.end == len(node.source.text)


def normal(entry: Entry, container: Node | None) -> tuple[str, str, str]:
    text = entry.node.source.text
    end = entry.end - unended(entry.node)
    if container is None or container.layout == "stream":
        return text[entry.lead : entry.start], text[entry.start : end], ""
    if container.layout == "flow":
        return _normal_flow(entry, text)
    lead = text[entry.lead : line_start(entry)]
    body = text[entry.start : end]
    if not entry.node.source.format.indented:
        return lead, body, ""
    return shifted("\n" + lead, -container.indent), shifted(body, -container.indent), ""


def _normal_flow(entry: Entry, text: str) -> tuple[str, str, str]:
    lead = text[entry.lead : entry.start]
    body = text[entry.start : entry.stop]
    trail = text[entry.stop : entry.end].replace(",", "", 1).strip()
    lead = "" if lead.isspace() and "\n" not in lead else _unindented(lead)
    return lead, _unindented(body), trail


def _unindented(text: str) -> str:
    if "\n" not in text:
        return text
    head, *lines = text.split("\n")
    return "\n".join([head, *(line.lstrip(" \t") for line in lines)])
