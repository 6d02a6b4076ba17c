"""YAML: a map or list that one side rewrote from flow to block style while the other changed it.

The versions in flow style are rewritten in block style first. Then the entries are merged one by
one.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import InvalidDocument
from seedgit.merge.decision import OURS, SIDES, THEIRS
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from seedgit.merge.decision import Decision
    from seedgit.merge.syntax import Texts
    from seedgit.merge.tree import Entry, Node

    Parse = Callable[[str, str], Node]


def on_lines(decisions: Decision) -> Texts | None:
    """Base, ours and theirs, all with block style where they conflict over style.

    None if there is no such conflict, or if it cannot be rewritten.
    """
    found = [merged for merged in decisions.walk() if _is_laid_out_anew(merged)]
    parse = decisions.ours[0].node.source.format.parse
    texts = []
    for side in SIDES:
        text = decisions.side(side)[0].node.source.text if decisions.side(side) else ""
        fresh = text
        for merged in sorted(found, key=lambda m: m.side(side)[0].start, reverse=True):
            spread = _spread(merged, side)
            if spread is None:
                return None
            start, end, lines = spread
            fresh = fresh[:start] + lines + fresh[end:]
        if fresh != text and not _alike(parse, text, fresh):
            return None
        texts.append(fresh)
    base, ours, theirs = texts
    return (base, ours, theirs) if found else None


def _is_laid_out_anew(merged: Decision) -> bool:
    """Whether a conflict is about a container that only one side rewrote in block style."""
    if merged.source != codes.CONFLICT or any(len(merged.side(side)) != 1 for side in SIDES):
        return False
    base, ours, theirs = (merged.side(side)[0].node for side in SIDES)
    layouts = sorted((ours.layout, theirs.layout))
    kinds = {node.kind for node in (base, ours, theirs)}
    return base.layout == "flow" and layouts == ["block", "flow"] and len(kinds) == 1


def _spread(merged: Decision, side: str) -> tuple[int, int, str] | None:
    """(start, end, text): a container rewritten in block style; None if it has comments or several
    lines."""
    entry, parent = merged.side(side)[0], merged.parents.side(side)
    node, text = entry.node, entry.node.source.text
    if node.layout == "block":
        return node.end, node.end, ""
    alone = not text[node.end : entry.end].strip() and text[entry.start : node.start].endswith(": ")
    if not node.entries or not alone or parent is None or parent.layout != "block":
        return None
    made = next(m for m in (OURS, THEIRS) if merged.side(m)[0].node.layout == "block")
    holder = merged.parents.side(made)
    step = merged.side(made)[0].node.indent - (holder.indent if holder else 0)
    lines = [_line(node, one) for one in node.entries]
    if "#" in node.text or "\n" in node.text:
        return None
    pad = "\n" + " " * (parent.indent + step)
    return node.start - 1, node.end, "".join(pad + line for line in lines)


def _line(node: Node, entry: Entry) -> str:
    text = node.source.text[entry.start : entry.stop]
    return f"- {text}" if node.kind == "list" else text


def _alike(parse: Parse, text: str, fresh: str) -> bool:
    try:
        return same(parse(text, "").value, parse(fresh, "").value)
    except InvalidDocument:
        return False
