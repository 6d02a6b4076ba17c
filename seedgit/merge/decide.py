"""The three-way merge of syntax trees: decide, entry by entry, and write nothing.

`merge` returns a tree of decisions. Rendering (`merge.render`), planning and explaining read the
same data. Conflicts are values in that tree, never exceptions.

If both sides put different items at one place of a list, their order would be a guess: that is a
conflict. The order of a map's members has no meaning. If both sides add members, all of them go
in, each after the member it followed.
"""

from __future__ import annotations

from bisect import bisect_right
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
from seedgit.values.value import ATOMIC, Value, same

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

    order   the side whose order of map members holds unless only the other side changed it
    """
    merger = _Merger(rules, order, ours.value, theirs.value)
    merged = merger.entry((), _whole(base), _whole(ours), _whole(theirs), Parents(None, None, None))
    if not any(one.reason == codes.BOTH_SAME and one.base for one in merged.walk()):
        return merged
    from seedgit.merge.moved import moved_apart  # late: most merges move nothing

    return moved_apart(merged, merger)


def _whole(root: Node | None) -> Entry | None:
    if root is None:
        return None
    return Entry((), root, 0, root.start, root.end, len(root.source.text))


class _Merger:
    """One merge: its rules, and the normalised texts it has computed."""

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
        """Decide about an entry that one side removed and the other side changed to `kept`."""
        parents = place[-1]
        if not _same_value(base.node, kept.node):
            return self.conflict(codes.MODIFY_DELETE, place)
        source = THEIRS if place[2] else OURS
        before, after = parents.base, parents.side(source)
        if detached(base) != detached(kept) or (
            before and after and left_behind(base, kept, before, after)
        ):
            # The changed comment is about more than the entry: it stands apart, or did not go
            # with it.
            return self.conflict(codes.BOTH_CHANGED_COMMENTS, place)
        # Only comments or format changed: the entry goes.
        return Take(source, codes.VALUE_AND_COMMENTS, *place)

    def container(
        self, place: Place, base: Entry | None, ours: Entry, theirs: Entry
    ) -> Decision | None:
        """Decide about a container member by member; None if it is unknown which items of a list
        are the same."""
        pointer = place[0]
        was = base.node if base and base.node.kind == ours.node.kind else None
        below = Parents(was, ours.node, theirs.node)
        if ours.node.kind == "map":
            return Members(self.merged_map(pointer, below), codes.MERGED_BELOW, *place)
        from seedgit.merge import decide_items as lists  # late: many merges have no list

        if self.rules.key_of(pointer) == ATOMIC:
            return None
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
        """The decisions about the members of a map or list that all three versions have; None if
        the members cannot be merged one by one."""
        b, o, t = parents.base, parents.ours, parents.theirs
        if b is None or o is None or t is None or o.kind == "scalar":
            return None
        if len({(node.kind, node.layout, node.tag) for node in (b, o, t)}) > 1:
            return None
        if o.kind == "map":
            return self.merged_map(pointer, parents)
        if self.rules.key_of(pointer) == ATOMIC:
            return None
        from seedgit.merge.decide_items import merged_list

        return merged_list(self, pointer, parents)

    # -- maps --------------------------------------------------------------------------------

    def merged_map(self, pointer: Pointer, parents: Parents) -> tuple[Decision, ...]:
        b, o, t = (
            {entry.path: entry for entry in node.entries} if node else {}
            for node in (parents.base, parents.ours, parents.theirs)
        )
        found: list[Rename] = []
        if parents.ours and parents.theirs and any(path not in o or path not in t for path in b):
            o, t = parents.theirs.source.format.with_headers(b, o, t)
        if any(path not in o and path not in t for path in b):
            from seedgit.merge.renamed import as_conflict, followed, renames  # late: rare

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
            # Both sides added the comment, one of them above an entry of its own.
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
        """The order of all entries of the three versions; order_of: the side whose order holds if
        neither side moved an entry."""
        kept_base = [path for path in b if path in o and path in t]
        ours_moved, theirs_moved = _reordered(kept_base, o), _reordered(kept_base, t)
        first, second = (
            (o, t)
            if ours_moved > theirs_moved or (ours_moved == theirs_moved and order_of == OURS)
            else (t, o)
        )
        # An entry that both added stands where the second put it, among that side's additions.
        order = _interleave(
            [path for path in first if path in b or path not in second], list(second), list(b)
        )
        # An entry that one side removed has a place too: in a conflict it stays where it was.
        for rest in (first, b):
            order = _interleave(order, list(rest), [])
        # With headers, an entry cannot go anywhere: lines below a header belong to it.
        if _sorted(o) and _sorted(t) and not any(o[p].node.source.format.headed for p in o):
            return sorted(order)
        return order

    # -- comparing ---------------------------------------------------------------------------

    def alike(self, x: Entry | None, y: Entry | None, in_x: Node | None, in_y: Node | None) -> bool:
        """Whether an entry is unchanged, comments included. A new indentation is no change."""
        if x is None or y is None:
            return x is y
        text = self.text(x, in_x)
        if text != self.text(y, in_y):
            return False
        # In flow style the indentation was taken off, but inside a string it has a meaning.
        flow = in_x is not None and in_x.layout == "flow"
        return not flow or "\n" not in text[1] or same(x.node.value, y.node.value)

    def text(self, entry: Entry, container: Node | None) -> tuple[str, str, str]:
        """(lead, body, trail) without what depends on the entry's place, such as indentation."""
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
    """`order`, with the paths that only `other` has put in.

    Such a path goes directly after the path before it in `other`. If `order` lacks that one, it
    goes to the place of a member it replaces, else before the next path that `order` has, else at
    the end.
    """
    known = set(order)
    ranks = {path: n for n, path in enumerate(base)}
    after: dict[Pointer, list[Pointer]] = {}
    before: dict[Pointer | None, list[Pointer]] = {}
    run: list[Pointer] = []
    waiting: list[Pointer] = []
    last: Pointer | None = None
    kept = set(other)
    gone = [n for n, path in enumerate(base) if path not in kept and path in known]
    for path in (*other, None):
        if path is not None and path not in known and path not in ranks:
            run.append(path)
            continue
        if last is not None and last in known:
            after.setdefault(last, []).extend(run)
        elif run:
            low = ranks.get(last, -1) if last else -1
            high = ranks.get(path, len(base)) if path else len(base)
            at = bisect_right(gone, low)
            if at < len(gone) and gone[at] < high:
                after.setdefault(base[gone[at]], []).extend(run)
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
    """Whether both sides added the same comments at one place: one side above an entry of base, the
    other above an entry of its own directly before that."""
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
    """Whether both sides have containers that can be merged member by member."""
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
