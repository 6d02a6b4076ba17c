"""The three-way merge of syntax trees: decide, entry by entry, and write nothing.

`merge` returns a tree of decisions. Who renders it (`merge.render`), plans with it or
explains it reads the same data. Conflicts are values in that tree, never exceptions.

Where both sides put different items at one place of a list, their order would be a guess: that
is a conflict. Members of a map have no order that means anything: both go in, ours directly after
the member it followed.
"""

from __future__ import annotations

from itertools import pairwise

from seedgit import codes
from seedgit.merge.decision import OURS, THEIRS, Conflict, Decision, Leaf, Members, Parents, Take
from seedgit.merge.entry_text import (
    commented,
    comments_go_along,
    detached,
    hidden,
    left_behind,
    merged_lines,
    normal,
)
from seedgit.merge.policy import NO_RULES
from seedgit.merge.tree import Entry, Node
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.decision import Place
    from seedgit.merge.policy import MergeRules
    from seedgit.merge.renamed import Rename
    from seedgit.merge.tree import Pointer


def merge(
    base: Node | None,
    ours: Node,
    theirs: Node,
    rules: MergeRules = NO_RULES,
    order: str = THEIRS,
) -> Decision:
    """Merge three documents; `base` is None where both sides added the file.

    order   whose order of map members holds where the other did not change it
    """
    merger = _Merger(rules, order, ours.value, theirs.value)
    merged = merger.entry((), _whole(base), _whole(ours), _whole(theirs), Parents(None, None, None))
    if not any(one.reason == codes.BOTH_SAME and one.base for one in merged.walk()):
        return merged
    from seedgit.merge.moved import moved_apart  # late: in most merges nothing can have moved

    return moved_apart(merged, merger)


def _whole(root: Node | None) -> Entry | None:
    if root is None:
        return None
    return Entry((), root, 0, root.start, root.end, len(root.source.text))


class _Merger:
    """One merge: what the rules say, and what was already normalised."""

    def __init__(self, rules: MergeRules, order: str, ours: Value, theirs: Value) -> None:
        self.rules = rules
        self.order = order
        self.documents = (ours, theirs)
        self.texts: dict[int, tuple[str, str, str]] = {}

    def settle(
        self, pointer: Pointer, base: Entry | None, ours: Entry | None, theirs: Entry | None
    ) -> tuple[str, str] | None:
        return self.rules.settle(pointer, base, ours, theirs, self.documents[0 if ours else 1])

    # -- one place -------------------------------------------------------------------------

    def entry(
        self,
        pointer: Pointer,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
        parents: Parents,
    ) -> Decision:
        place = (
            pointer,
            (base,) if base else (),
            (ours,) if ours else (),
            (theirs,) if theirs else (),
            parents,
        )
        our_change = not self.alike(base, ours, parents.base, parents.ours)
        their_change = not self.alike(base, theirs, parents.base, parents.theirs)
        if not their_change:
            if our_change:
                return Take(OURS, codes.ONLY_OURS_CHANGED, *place)
            return Take(THEIRS, codes.UNCHANGED, *place)
        if not our_change:
            return Take(THEIRS, codes.ONLY_THEIRS_CHANGED, *place)
        if self.alike(ours, theirs, parents.ours, parents.theirs):
            return Take(THEIRS, codes.BOTH_SAME, *place)
        if ours is None or theirs is None:
            kept = ours or theirs
            assert kept is not None
            assert base is not None
            return self.gone(place, base, kept)
        blended = self.container(place, base, ours, theirs) if _both(ours, theirs, base) else None
        if blended is not None:
            return blended
        emptied = base and base.node.source.format.emptied(
            pointer, base, ours, theirs, parents, self.merged_map
        )
        if emptied:
            return emptied
        flow = parents.ours is not None and parents.ours.layout == "flow"
        return self.values(place, base, ours, theirs, flow)

    def gone(self, place: Place, base: Entry, kept: Entry) -> Decision:
        """Of an entry that one side took away, and the other changed: that is `kept`."""
        parents = place[-1]
        if not _same_value(base.node, kept.node):
            return self.conflict(codes.MODIFY_DELETE, place)
        source = THEIRS if place[2] else OURS
        before, after = parents.base, parents.side(source)
        if detached(base) != detached(kept) or (
            before and after and left_behind(base, kept, before, after)
        ):
            # It is not the entry's alone: one that stands apart, or is there without it.
            return self.conflict(codes.BOTH_CHANGED_COMMENTS, place)
        # Only comments or format changed: what the other side took away goes.
        return Take(source, codes.VALUE_AND_COMMENTS, *place)

    def container(
        self, place: Place, base: Entry | None, ours: Entry, theirs: Entry
    ) -> Decision | None:
        """A container whose members are decided one by one; None where nothing tells which of a
        list's items are the same."""
        pointer = place[0]
        was = base.node if base and base.node.kind == ours.node.kind else None
        below = Parents(was, ours.node, theirs.node)
        if ours.node.kind == "map":
            return Members(self.merged_map(pointer, below), codes.MERGED_BELOW, *place)
        from seedgit.merge import decide_items as lists  # late: in many merges there is no list

        if self.rules.is_set(pointer, self.documents[0]):
            members = lists.merged_set(self, pointer, below)
            return Members(members, codes.STRATEGY_UNION, *place)
        if base is None and _same_value(ours.node, theirs.node):
            return None
        items = lists.items(self, place, below)
        return None if items is None else Members(items, codes.MERGED_BELOW, *place)

    def values(
        self,
        place: Place,
        base: Entry | None,
        ours: Entry,
        theirs: Entry,
        flow: bool,
    ) -> Decision:
        o, t = ours.node, theirs.node
        if _same_value(o, t):
            pick = commented(base, ours, theirs, flow)
            if pick:
                return Leaf(pick, None, codes.VALUE_AND_COMMENTS, *place)
            return self.conflict(codes.BOTH_CHANGED_COMMENTS, place)
        if base is None:
            return self.conflict(codes.BOTH_ADDED, place)
        b = base.node
        for same_one, pick in ((ours, THEIRS), (theirs, OURS)):
            if not _same_value(b, same_one.node):
                continue
            if comments_go_along([base, ours, theirs], flow) and (
                hidden(base, flow) != hidden(same_one, flow)
            ):
                lines = b.source.format.block_lines(b, o, t)
                if lines is not None:
                    return Leaf(THEIRS, lines, codes.MERGED_BY_LINES, *place)
                return self.conflict(codes.BOTH_CHANGED_COMMENTS, place)
            return Leaf(pick, None, codes.VALUE_AND_COMMENTS, *place)
        declared = self.settle(place[0], base, ours, theirs)
        if declared:
            return Leaf(declared[0], None, declared[1], *place)
        if all(isinstance(n.value, str) and "\n" in n.text for n in (b, o, t)):
            lines = merged_lines(b, o, t)
            if lines is not None:
                return Leaf(THEIRS, lines, codes.MERGED_BY_LINES, *place)
        if all(isinstance(n.value, str) for n in (b, o, t)):
            from seedgit.merge.notation import merged_notation

            text = merged_notation(b, o, t)
            if text is not None:
                return Leaf(THEIRS, [text], codes.NOTATION_AND_NUMBERS, *place)
        return Conflict(codes.BOTH_CHANGED, *place)

    def conflict(self, reason: str, place: Place) -> Decision:
        pointer, *sides, _ = place
        declared = self.settle(pointer, *(next(iter(side), None) for side in sides))
        if declared is None:
            return Conflict(reason, *place)
        return Take(declared[0], declared[1], *place)

    def below(self, pointer: Pointer, parents: Parents) -> tuple[Decision, ...] | None:
        """The members of a map or list that is in all three versions; None where these cannot be
        merged one by one."""
        b, o, t = parents.base, parents.ours, parents.theirs
        if b is None or o is None or t is None or o.kind == "scalar":
            return None
        if len({(node.kind, node.layout, node.tag) for node in (b, o, t)}) > 1:
            return None
        if o.kind == "map":
            return self.merged_map(pointer, parents)
        from seedgit.merge.decide_items import merged_list

        return merged_list(self, pointer, parents)

    # -- maps --------------------------------------------------------------------------------

    def merged_map(self, pointer: Pointer, parents: Parents) -> tuple[Decision, ...]:
        b, o, t = (
            {entry.path: entry for entry in node.entries} if node else {}
            for node in (parents.base, parents.ours, parents.theirs)
        )
        found: list[Rename] = []
        if any(path not in o and path not in t for path in b):
            from seedgit.merge.renamed import as_conflict, followed, renames  # late: few are

            found = renames(parents, (b, o, t))
        for one in found:
            if one.ours == one.theirs:
                b = followed(one, b)
        decided = {
            path: self.entry(pointer + path, b.get(path), o.get(path), t.get(path), parents)
            for path in {**t, **o, **b}
        }
        order = self.arranged(b, o, t, self.order)
        if parents.theirs is not None:
            decided = parents.theirs.source.format.joined(pointer, parents, decided)
        for one in found:
            if one.ours != one.theirs:
                decided = as_conflict(one, pointer, parents, decided, self.settle)
        result = dict.fromkeys(decided[path] for path in order)
        again = {
            # Both put the comment there, one of them above an entry of its own.
            after: Take(before.source, codes.BOTH_SAME, *after.place)
            for before, after in pairwise([merged for merged in result if merged.kept])
            if _is_repeated(before, after)
        }
        return tuple(again.get(merged, merged) for merged in result)

    def arranged(
        self,
        b: dict[Pointer, Entry],
        o: dict[Pointer, Entry],
        t: dict[Pointer, Entry],
        order_of: str,
    ) -> list[Pointer]:
        """The order of what the three versions have by name; order_of: whose it is where neither
        side moved what was there."""
        kept_base = [path for path in b if path in o and path in t]
        ours_moved, theirs_moved = _reordered(kept_base, o), _reordered(kept_base, t)
        first, second = (
            (o, t)
            if ours_moved > theirs_moved or (ours_moved == theirs_moved and order_of == OURS)
            else (t, o)
        )
        # What both added stands where the second put it, among what it came with there.
        order = _interleave(
            [path for path in first if path in b or path not in second], list(second), list(b)
        )
        # What one side took away is decided too; in a conflict it stays where it was.
        for rest in (first, b):
            order = _interleave(order, list(rest), [])
        # Where there are headers no place is free: what stands below one belongs to it.
        if _sorted(o) and _sorted(t) and not any(o[p].node.source.format.headed for p in o):
            return sorted(order)
        return order

    # -- comparing ---------------------------------------------------------------------------

    def alike(self, x: Entry | None, y: Entry | None, in_x: Node | None, in_y: Node | None) -> bool:
        """Whether nothing about an entry changed, comments included; its depth may have."""
        if x is None or y is None:
            return x is y
        text = self.text(x, in_x)
        if text != self.text(y, in_y):
            return False
        # In flow style indentation was taken off, which inside a TOML string has a meaning.
        flow = in_x is not None and in_x.layout == "flow"
        return not flow or "\n" not in text[1] or same(x.node.value, y.node.value)

    def text(self, entry: Entry, container: Node | None) -> tuple[str, str, str]:
        """(lead, body, trail) without what only the place of the entry decides."""
        found = self.texts.get(id(entry))
        if found is None:
            found = self.texts[id(entry)] = normal(entry, container)
        return found


def _reordered(order: Sequence[Pointer], entries: dict[Pointer, Entry]) -> bool:
    """Whether `entries` has these paths in another order."""
    wanted = set(order)
    return [path for path in entries if path in wanted] != list(order)


def _sorted(entries: dict[Pointer, Entry]) -> bool:
    return list(entries) == sorted(entries)


def _interleave(order: list[Pointer], other: list[Pointer], base: list[Pointer]) -> list[Pointer]:
    """`order`, with what only `other` has where it stands there: directly after what it follows,
    else where the member was that it replaces, else before the next one it precedes that is left,
    else at the end."""
    known = set(order)
    ranks = {path: n for n, path in enumerate(base)}
    after: dict[Pointer, list[Pointer]] = {}
    before: dict[Pointer | None, list[Pointer]] = {}
    run: list[Pointer] = []
    waiting: list[Pointer] = []
    last: Pointer | None = None
    kept = set(other)
    for path in (*other, None):
        if path is not None and path not in known and path not in ranks:
            run.append(path)
            continue
        low = ranks.get(last, -1) if last else -1
        high = ranks.get(path, len(base)) if path else len(base)
        replaced = [p for p in base[low + 1 : high] if p not in kept and p in known]
        if last is not None and last in known:
            after.setdefault(last, []).extend(run)
        elif replaced:
            after.setdefault(replaced[0], []).extend(run)
        else:
            waiting += run
        if path in known:
            before[path] = waiting
            waiting = []
        run = []
        last = path
    result: list[Pointer] = []
    for path in order:
        result += [*before.get(path, ()), path, *after.get(path, ())]
    return result + waiting if any(path in ranks for path in other) else waiting + result


def _is_repeated(before: Decision, after: Decision) -> bool:
    """Whether one side only added comments to an entry, and the other side has these above an entry
    of its own, directly before it."""
    sides = (OURS, THEIRS) if before.source == THEIRS else (THEIRS, OURS)
    if before.source != sides[1] or before.base or before.side(sides[0]) or not after.base:
        return False
    mine, kept, base = after.side(sides[0]), after.side(sides[1]), after.base[0]
    if after.source != sides[0] or not mine or not kept:
        return False
    above, old, new = (
        entry.node.source.text[entry.lead : entry.start].strip()
        for entry in (before.side(sides[1])[0], base, mine[0])
    )
    added = new.removesuffix(old).strip()
    texts = [entry.node.source.text[entry.start : entry.end] for entry in (base, mine[0])]
    return bool(added) and new.endswith(old) and added == above and texts[0] == texts[1]


def _both(ours: Entry, theirs: Entry, base: Entry | None) -> bool:
    """Whether the sides hold containers that can be merged member by member."""
    o, t = ours.node, theirs.node
    if o.kind == "scalar" or o.kind != t.kind or o.layout != t.layout or o.tag != t.tag:
        return False
    if base is None or _is_empty(base.node):
        return True
    return base.node.kind == o.kind and base.node.tag == o.tag


def _is_empty(node: Node) -> bool:
    return node.value is None and node.kind == "scalar"


def _same_value(x: Node, y: Node) -> bool:
    if x.anchor != y.anchor:
        return False
    return x.anchor[:1] == "*" or (x.kind == y.kind and same(x.value, y.value))
