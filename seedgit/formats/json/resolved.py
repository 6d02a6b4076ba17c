"""JSON: remove a comma that a resolved conflict left before a closing bracket."""

from __future__ import annotations

from seedgit.merge.decision import OURS, THEIRS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.formats.document import Document
    from seedgit.merge.decision import Decision
    from seedgit.merge.tree import Node


def without_commas(document: Document, versions: Decision) -> Document:
    """The document without commas after a last entry, unless a side has such commas."""
    roots = [entry.node for side in (OURS, THEIRS) for entry in versions.side(side)]
    if any(True for root in roots for _ in _last_commas(root)):
        return document
    text = document.text
    for at in sorted(_last_commas(document.root), reverse=True):
        text = text[:at] + text[at + 1 :]
    return document.with_text(text)


def _last_commas(node: Node) -> Iterator[int]:
    """The offset of each comma after the last entry of a container."""
    for entry in node.entries:
        yield from _last_commas(entry.node)
    if node.entries:
        last = node.entries[-1]
        after = node.source.text[last.stop : last.end]
        if after.lstrip().startswith(","):
            yield last.stop + len(after) - len(after.lstrip())
