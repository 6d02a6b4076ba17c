"""YAML: the newline at the end of a file, where it is part of the last value.

A block scalar ends with the newline of its last line. If the file ends without one, the value does
too. Other values do not depend on it.
"""

from __future__ import annotations

import re

from seedgit import codes
from seedgit.merge.entry_text import unended
from seedgit.merge.rendered import in_text_order
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.decision import Decision
    from seedgit.merge.tree import Entry, Node

_KEEPS = re.compile(r"(?:[&!]\S*\s+)*[|>](?![0-9]?-)[^\n]*\n.*\S", re.DOTALL)


def mark(root: Node) -> None:
    """Correct the last value of a file that has no newline at its end.

    The text of `root` has that newline all the same: each entry of a block has to own whole lines.
    """
    if "\n" not in _last(root).text:
        return
    truth = root.source.format.parse(root.source.text[:-1], "", merging=True)
    if same(truth.value, root.value):
        return
    root.source.unended = True
    node = root
    node.value = truth.value
    while node.entries:
        node, truth = node.entries[-1].node, truth.entries[-1].node
        node.value = truth.value


def ends(text: str, decisions: Decision, settled: bool) -> bool | None:
    """Whether the merged file has a newline at its end. A last value that includes it decides.

    settled  the answer of the three-way merge of the files' last newlines
    Returns None if a value that must not end with a newline is not the last one.
    """
    last = decisions
    while last.children:
        last = (in_text_order(last) or [last])[-1]
        if last.children is not None and not in_text_order(last):
            break
    if any(_bare(merged) for merged in decisions.walk() if merged is not last):
        return None
    if last.source == codes.CONFLICT:
        # The file ends with the last marker, so either side needs a newline before that.
        nodes = [_last(entry.node) for entry in (*last.ours, *last.theirs)]
        return settled or any(_KEEPS.match(n.text) and not unended(n) for n in nodes)
    if last.children is not None or not last.kept:
        return settled
    node = _last(_taken(last)[0].node)
    if not _KEEPS.match(node.text) or _line(text) != _line(node.text):
        return settled  # a comment follows the value
    return not unended(node)


def _bare(merged: Decision) -> bool:
    """Whether a decision takes a value that has no newline at its end."""
    entries = _taken(merged)
    return bool(entries) and merged.children is None and unended(_last(entries[0].node))


def _taken(merged: Decision) -> Sequence[Entry]:
    return () if merged.source == codes.CONFLICT else merged.side(merged.pick or merged.source)


def _last(node: Node) -> Node:
    while node.entries:
        node = node.entries[-1].node
    return node


def _line(text: str) -> str:
    return text.removesuffix("\n").rpartition("\n")[2].strip()
