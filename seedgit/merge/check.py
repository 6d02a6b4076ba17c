"""Check that a merged text means what was decided."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import OURS, THEIRS, Decision
from seedgit.merge.tree import stream
from seedgit.values.value import Opaque, Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Node

_ANY = object()


def means(root: Node, decisions: Decision) -> bool:
    """Whether the parsed text `root` means what was decided."""
    if decisions.children is not None and decisions.ours[0].node.layout == "stream":
        root = root if root.layout == "stream" else stream(root)
    return _agrees(expected(decisions), shape(root))


def shape(node: Node) -> Value:
    """The value of a tree. Aliases stay aliases, so that an anchor's content counts once."""
    if node.anchor[:1] == "*":
        return Opaque("alias", node.anchor)
    if node.kind == "map":
        return _map(node, {entry.path: shape(entry.node) for entry in node.entries})
    if node.kind == "list":
        return [shape(entry.node) for entry in node.entries]
    return node.value


def expected(merged: Decision) -> Value:
    """The value that the result of decisions without conflicts must have."""
    if merged.lines is not None:
        if merged.reason != codes.NOTATION_AND_NUMBERS:
            return _ANY
        return merged.lines[0].strip("\"'")  # no version has a character that is escaped
    if merged.children is None:
        entry = merged.side(merged.pick or merged.source)[0]
        return shape(entry.node)
    kept = [child for child in merged.children if child.kept]
    if merged.ours[0].node.kind == "list":
        return [expected(child) for child in kept]
    return _map(merged.ours[0].node, {_path(child): expected(child) for child in kept})


def _map(node: Node, fields: dict[tuple[str, ...], Value]) -> Value:
    return {("!", node.tag): fields} if node.tag else fields


def _path(merged: Decision) -> tuple[str, ...]:
    if merged.source in (OURS, THEIRS):
        return merged.side(merged.source)[0].path
    return (merged.ours or merged.theirs or merged.base)[0].path


def _agrees(wanted: Value, found: Value) -> bool:
    if wanted is _ANY:
        return isinstance(found, str)
    if isinstance(wanted, dict) and isinstance(found, dict):
        return len(wanted) == len(found) and all(
            key in found and _agrees(value, found[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_agrees, wanted, found))
    return same(wanted, found)
