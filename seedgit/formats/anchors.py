"""YAML: an alias whose anchor a merge took away, or put into a conflict that does not have it."""

from __future__ import annotations

from seedgit.core.merged import BOTH_CHANGED, BOTH_SAME, CONFLICT, OURS, THEIRS, UNCHANGED
from seedgit.errors import InvalidDocument
from seedgit.formats.yaml import UndefinedAlias, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.core.merged import Merged
    from seedgit.core.tree import Entry

# What may stand beside an anchor or an alias on its line.
_APART = str.maketrans(",[]{}", "     ")


def parted(text: str, size: int) -> tuple[str, str] | None:
    """The first alias without an anchor that there is for who takes one side in every conflict.

    size   of the conflict markers; 0 where the text has no conflicts
    Returns (OURS or THEIRS, the alias); None where both sides can be read, or fail otherwise.
    """
    for side in (OURS, THEIRS) if size else (OURS,):
        try:
            parse(_taken(text, size, side) if size else text, "", merging=True)
        except UndefinedAlias as error:
            return side, error.name
        except InvalidDocument:
            continue
    return None


def _taken(text: str, size: int, side: str) -> str:
    from seedgit.formats.markers import read_markers  # late: it loads `re`

    marked = read_markers(text, size)
    lines: list[str] = []
    at = 0
    for block in marked.blocks:
        lines += marked.lines[at : block.start]
        lines += block.ours if side == OURS else block.theirs
        at = block.end
    return "".join(lines + marked.lines[at:])


def join(merged: Merged, side: str, name: str) -> None:
    """Make conflicts of the places where the result has an alias and `side` does not, and where
    `side` has its anchor and the result does not: who takes `side` there has what it had."""
    if merged.source in (CONFLICT, side) or merged.reason in (UNCHANGED, BOTH_SAME):
        return
    for child in merged.children or ():
        join(child, side, name)
    source = merged.pick or merged.source
    mine = merged.side(side)
    if merged.children is not None:  # its own anchor is settled apart from its entries
        names = [entry.node.anchor for entry in mine + merged.ours + merged.theirs]
        torn = names[0] == name and any(other != name for other in names)
    else:
        torn = source != side and (_has(merged.side(source), "*" + name) or _has(mine, "&" + name))
    if torn:
        merged.become_conflict(BOTH_CHANGED)


def _has(entries: list[Entry], mark: str) -> bool:
    texts = (entry.node.source.text[entry.start : entry.end] for entry in entries)
    return any(mark in text.translate(_APART).split() for text in texts)
