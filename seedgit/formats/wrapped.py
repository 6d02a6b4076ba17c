"""YAML: entries that one side put a parent round, or took the parent away from, while the other
changed them.

By their pointers they went here and came there. Where all that the one side did to them is to
indent them anew, the versions that are behind are indented so first, and then merged.
"""

from __future__ import annotations

from seedgit.core.entry_text import line_start, shifted
from seedgit.core.merged import BASE, CONFLICT, MODIFY_DELETE, OURS, THEIRS
from seedgit.core.values import canonical, same
from seedgit.formats.weave import SIDES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.core.merged import Merged
    from seedgit.core.tree import Entry, Node, Pointer
    from seedgit.core.values import Value

    # (start, end, text) of what is put in its place
    Splice = tuple[int, int, str]


def wrapped_alike(decisions: Merged) -> tuple[str, str, str] | None:
    """Base, ours and theirs with the parents that one side alone put in or took away; None where
    there is no such thing."""
    splices: dict[str, dict[int, Splice]] = {side: {} for side in SIDES}
    for merged in decisions.walk():
        if merged.source == CONFLICT and merged.reason == MODIFY_DELETE:
            for side, made in (_put_in(merged) or _taken_away(merged) or {}).items():
                splices[side].update({splice[0]: splice for splice in made})
    if not any(splices.values()):
        return None
    base, ours, theirs = (
        _spliced(decisions.side(side)[0].node.source.text, list(splices[side].values()))
        for side in SIDES
    )
    return base, ours, theirs


def says_alike(old: Value, new: Value) -> bool:
    """Whether two documents hold the same values, wherever they stand."""
    return _scalars(old) == _scalars(new)


def _scalars(value: Value) -> list[str]:
    if isinstance(value, (dict, list)) and value:
        items = value.values() if isinstance(value, dict) else value
        return sorted(text for item in items for text in _scalars(item))
    return [canonical(value)]


def _spliced(text: str, splices: list[Splice]) -> str:
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text


class _Place:
    """A map in the version that moved entries out of it or into it, and in the two others."""

    def __init__(self, merged: Merged) -> None:
        self.moved, self.kept = (THEIRS, OURS) if merged.ours else (OURS, THEIRS)
        self.behind = (BASE, self.kept)
        nodes = {side: merged.parents.side(side) for side in SIDES}
        self.maps = {side: node for side, node in nodes.items() if node and _is_on_lines(node)}
        self.entries = {side: _by_path(node) for side, node in self.maps.items()}

    @property
    def whole(self) -> bool:
        return len(self.maps) == len(SIDES)

    def came(self) -> dict[Pointer, Entry]:
        """What only the version that moved entries has."""
        old = {path for side in self.behind for path in self.entries[side]}
        return {path: e for path, e in self.entries[self.moved].items() if path not in old}


def _put_in(merged: Merged) -> dict[str, list[Splice]] | None:
    """The entries with the parent that one side put round them."""
    place = _Place(merged)
    if not place.whole or len(merged.base) != 1:
        return None
    holders = [
        entry
        for entry in place.came().values()
        if _is_on_lines(entry.node) and _has(entry.node, merged.base[0])
    ]
    if len(holders) != 1:
        return None
    [holder] = holders
    text = holder.node.source.text
    inside = {
        path
        for path, entry in place.entries[BASE].items()
        if path not in place.entries[place.moved] and _has(holder.node, entry)
    }
    if not _tells(holder.node, inside):
        return None
    step = holder.node.indent - place.maps[place.moved].indent
    made: dict[str, list[Splice]] = {}
    for side in place.behind:
        node = place.maps[side]
        entries = [entry for entry in node.entries if entry.path in inside]
        if not all(_owns_lines(entry) for entry in entries):
            return None
        head = text[line_start(holder) : holder.node.entries[0].lead]
        by = node.indent - place.maps[place.moved].indent
        lines = [_shifted(head, by), *(_shifted(_text(entry), step) for entry in entries)]
        made[side] = [(entry.lead, entry.end, "") for entry in entries]
        if entries:
            made[side][0] = entries[0].lead, entries[0].end, "".join(lines)
    return made


def _taken_away(merged: Merged) -> dict[str, list[Splice]] | None:
    """The entries without the parent that one side took away from them."""
    place = _Place(merged)
    holders = {side: next(iter(merged.side(side)), None) for side in place.behind}
    base, kept = holders[BASE], holders[place.kept]
    if not place.whole or base is None or kept is None or not _is_on_lines(base.node):
        return None
    came = place.came()
    if not all(
        e.path in came and same(e.node.value, came[e.path].node.value) for e in base.node.entries
    ):
        return None
    fresh = _by_path(kept.node) if _is_on_lines(kept.node) else {}
    others = _by_path(base.node)
    if not fresh or any(
        path in entries
        for path in fresh.keys() - others.keys()
        for entries in place.entries.values()
    ):
        return None
    made: dict[str, list[Splice]] = {}
    for side, entry in ((BASE, base), (place.kept, kept)):
        if not _owns_lines(entry) or not _owns_lines(entry.node.entries[0]):
            return None
        if _lead(entry) != _lead(base):
            return None
        lines = entry.node.source.text[entry.node.entries[0].lead : entry.end]
        by = place.maps[side].indent - entry.node.indent
        made[side] = [(entry.lead, entry.end, _shifted(lines, by))]
    return made


def _has(node: Node, entry: Entry) -> bool:
    """Whether a map has an entry with this name and value."""
    found = _by_path(node).get(entry.path)
    return found is not None and same(found.node.value, entry.node.value)


def _tells(node: Node, moved: set[Pointer]) -> bool:
    """Whether a map is a parent put round these entries: a new one may have a scalar alike."""
    entries = _by_path(node)
    return moved == entries.keys() or any(entries[path].node.kind != "scalar" for path in moved)


def _by_path(node: Node) -> dict[Pointer, Entry]:
    return {entry.path: entry for entry in node.entries}


def _is_on_lines(node: Node) -> bool:
    tame = not node.anchor and not node.tag and bool(node.entries)
    return node.kind == "map" and node.layout == "block" and tame


def _owns_lines(entry: Entry) -> bool:
    """Whether an entry begins on a line of its own, and not behind a dash."""
    text = entry.node.source.text
    return entry.lead == 0 or text[entry.lead - 1] == "\n"


def _text(entry: Entry) -> str:
    return entry.node.source.text[entry.lead : entry.end]


def _lead(entry: Entry) -> str:
    return entry.node.source.text[entry.lead : entry.start].strip()


def _shifted(text: str, by: int) -> str:
    return shifted("\n" + text, by)[1:]
