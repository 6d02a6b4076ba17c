"""Whether versions that were cut (`merge.ends`) merge as the whole versions would.

Their trees show what a walk through the text cannot know: which entries changed. And they show that
each stub is where it should be.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import (
    BASE,
    MERGE,
    OURS,
    SIDES,
    THEIRS,
    Conflict,
    Decision,
    Leaf,
    Members,
    Take,
)
from seedgit.merge.tree import identity
from seedgit.values.align import named, shared_key
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seedgit.merge.ends import Cut
    from seedgit.merge.frames import Key
    from seedgit.merge.policy import MergeRules
    from seedgit.merge.tree import Entry, Node, Pointer

    # The containers on the way to a stub, each with the entry that the way goes through, or that
    # the stub stands above.
    Way = list[tuple[Node, int]]


def fits(cuts: Iterable[Cut], roots: Sequence[Node], rules: MergeRules) -> bool:
    """Whether the merge of these trees, the cut ones, is that of the whole versions."""
    for cut in cuts:
        ways = [_way(root, stub) for root in roots for stub, _ in cut.stubs]
        if not all(ways) or not _are_one(ways, rules):
            return False
        nodes = list({id(node): node for way in ways for node, _ in way[-1:]}.values())
        if len(nodes) != len(roots) or any(node.kind != cut.kind for node in nodes):
            return False
        if cut.kind == "map":
            if not _map_fits(cut, nodes):
                return False
            continue
        at = _pointer(ways[0][:-1])
        if rules.is_set(at, roots[0].value) or not _list_fits(cut, nodes, rules.key_of(at)):
            return False
    return True


def _way(root: Node, stub: str) -> Way:
    """The way to a stub; empty if it does not stand between two entries of a container."""
    at = root.source.text.find(stub)
    if at < 0:
        return []
    at += len(stub) // 2
    way: Way = []
    node = root
    while True:
        n = _entry_at(node.entries, at)
        if n is None:
            if way and way[-1][0].layout == "stream":  # behind the last entry of a document
                return [*way[:-1], (way[-1][0], way[-1][1] + 1)]
            return []
        entry = node.entries[n]
        if at < entry.start or at >= entry.stop:
            return [*way, (node, n + (at >= entry.stop))]
        way.append((node, n))
        node = entry.node


def _entry_at(entries: list[Entry], at: int) -> int | None:
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high) // 2
        if entries[middle].end <= at:
            low = middle + 1
        else:
            high = middle
    return low if low < len(entries) and entries[low].lead <= at else None


def _pointer(way: Way) -> Pointer:
    found: Pointer = ()
    for node, n in way:
        found += node.entries[n].path or (str(n),)
    return found


def _are_one(ways: list[Way], rules: MergeRules) -> bool:
    """Whether all ways lead through the same entries: of a list, those with the same identity."""
    if len({len(way) for way in ways}) > 1:
        return False
    at: Pointer = ()
    for level in zip(*(way[:-1] for way in ways), strict=True):
        entries = [node.entries[n] for node, n in level]
        if len({(node.kind, node.layout) for node, _ in level}) > 1:
            return False
        if level[0][0].kind == "list":
            values = [[identity(entry) for entry in node.entries] for node, _ in level]
            key = shared_key(values, rules.key_of(at))
            if key is None or rules.is_set(at, ways[0][0][0].value):
                return False
            if len({canonical(named(entry.node.value, key)) for entry in entries}) > 1:
                return False
        elif len({entry.path for entry in entries}) > 1:
            return False
        at += entries[0].path or (str(level[0][1]),)
    return True


def _map_fits(cut: Cut, nodes: list[Node]) -> bool:
    """Whether no key of an entry that changed was cut out. If headers name the entries, neither may
    one be part of another, unless an entry that stays shows that too."""
    found: list[set[Key]] = [
        {entry.path[0] if len(entry.path) == 1 else entry.path for entry in node.entries}
        for node in nodes
    ]
    if any(not keys.isdisjoint(cut.keys) for keys in found):
        return False
    loose = found[0].union(*found) - found[0].intersection(*found)
    paths = [(key,) if isinstance(key, str) else key for key in loose]
    if not nodes[0].source.format.headed or not paths:
        return True
    hidden = _beginnings(cut.keys)
    shown = _beginnings(cut.shown)
    for path in paths:
        above = [path[:n] for n in range(1, len(path))]
        if path in hidden or any(part in hidden and part not in shown for part in above):
            return False
        if path[0] in cut.keys or not cut.keys.isdisjoint(above):
            return False
    return True


def _beginnings(keys: Iterable[str | Pointer]) -> set[Pointer]:
    """What stands before the last token of each path."""
    paths = (key for key in keys if not isinstance(key, str))
    return {path[:n] for path in paths for n in range(1, len(path))}


def _list_fits(cut: Cut, nodes: list[Node], key: str | None) -> bool:
    """Whether the items are told apart in the same way as those of the whole list.

    key   the identity key that the rules declare for it
    """
    values = [[identity(entry) for entry in node.entries] for node in nodes]
    for name, hidden in cut.names.items():
        for items in values:
            own = (item.get(name) if isinstance(item, dict) else None for item in items)
            if any(isinstance(value, (str, int)) and value in hidden for value in own):
                return False
    found = shared_key(values, key)
    if found is not None:
        return found in cut.names
    if any(map(cut.items.may_name, values)):
        return False
    before, after = max(cut.stay[0] - 1, 0), cut.stay[1]
    changed = [value for items in values for value in items[before : len(items) - after]]
    return not cut.items.may_be(changed)


# -- what was decided ------------------------------------------------------------------------------


def renumbered(decisions: Decision, cuts: Iterable[Cut]) -> dict[int, Decision]:
    """The decisions with the indices that items have in the whole lists, by the `id` of the old
    decision; empty if no item was cut out."""
    stubs = [stub for cut in cuts if cut.kind == "list" for stub in cut.stubs]
    hidden: dict[int, list[tuple[int, int]]] = {}
    for side in SIDES if stubs else ():
        for entry in decisions.side(side):
            for stub, count in stubs:
                for node, n in _way(entry.node, stub)[-1:]:
                    hidden.setdefault(id(node), []).append((n, count))
    found: dict[int, Decision] = {}
    if hidden:
        _renumber(decisions, decisions.pointer, hidden, found)
    return found


def _renumber(
    old: Decision,
    pointer: Pointer,
    hidden: dict[int, list[tuple[int, int]]],
    found: dict[int, Decision],
) -> Decision:
    place = (pointer, *old.place[1:])
    above, below = (
        tuple(_renumber(one, pointer, hidden, found) for one in side)
        for side in (old.above, old.below)
    )
    new: Decision
    if old.children is not None:
        children = []
        for child in old.children:
            tail = child.pointer[len(old.pointer) :]
            side = next((side for side in (OURS, THEIRS, BASE) if child.side(side)), OURS)
            for n, count in hidden.get(id(child.parents.side(side)), ()) if tail else ():
                if int(child.pointer[len(old.pointer)]) >= n:
                    tail = (str(int(tail[0]) + count),)
            children.append(_renumber(child, pointer + tail, hidden, found))
        new = Members(tuple(children), old.reason, *place, above, below)  # type: ignore[arg-type]
    elif old.source == MERGE:
        new = Leaf(old.pick, old.lines, old.reason, *place, above, below)  # type: ignore[arg-type]
    elif old.source == codes.CONFLICT:
        new = Conflict(old.reason, *place)
    else:
        new = Take(old.source, old.reason, *place)
    found[id(old)] = new
    return new
