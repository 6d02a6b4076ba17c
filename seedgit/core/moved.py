"""A value that one side moved to another map or list, while the other took it away, or moved it to
a third place.

Entry by entry, that is no conflict: both took it away here, and one side put something in there. As
a whole it is one. Whoever took it away may not find it elsewhere, nor anybody find it twice.
"""

from __future__ import annotations

from seedgit.core.match import align
from seedgit.core.merged import (
    BELOW,
    BOTH_SAME,
    MERGE,
    MOVED,
    ONLY_OURS,
    ONLY_THEIRS,
    Merged,
    Parents,
)
from seedgit.core.renamed import much_alike
from seedgit.core.requirement import names
from seedgit.core.values import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from seedgit.core.tree import Entry, Node, Pointer

    class Merger(Protocol):
        """Decides about the members of a map or list (`core.merge`)."""

        def below(self, pointer: Pointer, parents: Parents) -> list[Merged] | None: ...

        def settle(
            self, pointer: Pointer, base: Entry | None, ours: Entry | None, theirs: Entry | None
        ) -> tuple[str, str] | None: ...

    # An entry, and the map or list that it stands in.
    Place = tuple[Entry, Node]


def mark_moved(root: Merged, merger: Merger) -> None:
    """Make conflicts of the places where one side has what both took away elsewhere."""
    went = [place for merged in root.walk() for place in _gone(merged)]
    gone = [place for place in went if tells(place[0])]
    for merged in root.walk() if gone else ():
        if not merged.base and merged.ours and merged.theirs:
            gone = [place for place in gone if not _same_one(place[0], merged.ours[0])]
    gone = [place for place in gone if _is_only_one(place[0], root)]
    if gone:
        _mark(root, gone, [entry for entry, _ in went], merger)


def _mark(merged: Merged, gone: list[Place], went: list[Entry], merger: Merger) -> None:
    """went: all that both took away, also what says too little for it to be known again alone."""
    if merged.children is None:
        added = _added(merged)
        if added is not None:
            if any(_moved(place, added, went, merged.parents.base) for place in gone):
                ours, theirs = (next(iter(side), None) for side in (merged.ours, merged.theirs))
                if merger.settle(merged.pointer, None, ours, theirs) is None:
                    merged.become_conflict(MOVED)
            return
        if not _has_moved_in(merged, gone, went):
            return
        nodes = (entry.node for entry in (merged.base[0], merged.ours[0], merged.theirs[0]))
        children = merger.below(merged.pointer, Parents(*nodes))
        if children is None:
            return
        merged.source, merged.reason, merged.children = MERGE, BELOW, children
    for child in merged.children:
        _mark(child, gone, went, merger)


def _gone(merged: Merged) -> Iterator[Place]:
    """What a decision takes away that both sides did."""
    holder = merged.parents.base
    if merged.reason == BOTH_SAME and merged.base and holder:
        if not merged.ours and not merged.theirs:
            yield merged.base[0], holder
            yield from _inner(merged.base[0].node)
    if merged.reason == BOTH_SAME and merged.base and merged.theirs:
        yield from _less(merged.base[0].node, merged.theirs[0].node)


def _inner(node: Node) -> Iterator[Place]:
    for entry in node.entries:
        yield entry, node
        yield from _inner(entry.node)


def _added(merged: Merged) -> Entry | None:
    """What one side alone put in."""
    entries = [*merged.ours, *merged.theirs]
    return None if merged.base or len(entries) != 1 else entries[0]


def _has_moved_in(merged: Merged, gone: list[Place], went: list[Entry]) -> bool:
    """Whether one side alone put some of this into the entry."""
    if merged.reason not in (ONLY_OURS, ONLY_THEIRS):
        return False
    changed = merged.side(merged.source)
    if not merged.base or not changed:
        return False
    more = _less(changed[0].node, merged.base[0].node)
    return any(_moved(place, entry, went, None) for entry, _ in more for place in gone)


def _less(old: Node, new: Node) -> Iterator[Place]:
    """The entries below one node that another version of it has not."""
    if old.kind != new.kind or old.kind == "scalar" or same(old.value, new.value):
        return
    if old.kind == "map":
        there = {entry.path: entry for entry in new.entries}
        pairs = [(entry, there.get(entry.path)) for entry in old.entries]
    else:
        found = align(old.value, new.value).pairs
        pairs = [
            (entry, new.entries[found[n]] if n in found else None)
            for n, entry in enumerate(old.entries)
        ]
    for entry, other in pairs:
        if other is None:
            yield entry, old
        else:
            yield from _less(entry.node, other.node)


# -- whether it is one value -----------------------------------------------------------------------


def _moved(place: Place, added: Entry, went: list[Entry], holder: Node | None) -> bool:
    """Whether an entry is what went, or holds nothing but that and what went too."""
    entry, old_holder = place
    if _same_one(entry, added):
        # In another place of one list, or under another name.
        return old_holder is not holder or entry.path[:-1] != added.path[:-1]
    inner = added.node.entries
    return any(_moved(place, one, went, None) for one in inner) and (
        len(inner) == 1 or all(_is_among(one, went) for one in inner)
    )


def _is_among(added: Entry, went: list[Entry]) -> bool:
    return any(_same_one(entry, added) for entry in went) or (
        bool(added.node.entries) and all(_is_among(one, went) for one in added.node.entries)
    )


def tells(entry: Entry) -> bool:
    """Whether a value says enough for it to be known again."""
    value = entry.node.value
    if isinstance(value, (dict, list)):
        return bool(value)
    return isinstance(value, str) or (bool(entry.path) and type(value) in (int, float))


def _same_one(one: Entry, other: Entry) -> bool:
    if one.path[-1:] != other.path[-1:]:
        return False
    x, y = one.node.value, other.node.value
    if same(x, y):
        return True
    if isinstance(x, str) and isinstance(y, str):
        return not one.path and bool(name := names([x])) and name == names([y])
    return much_alike(x, y)


def _is_only_one(entry: Entry, root: Merged) -> bool:
    """Whether the base has it once."""
    stack = [root.base[0].node] if root.base else []
    found = 0
    while stack:
        for other in stack.pop().entries:
            found += _same_one(entry, other)
            stack.append(other.node)
    return found == 1
