"""Which entries stay in sight because names tie them to others (`merge.ends`): YAML's anchors.

What is cut out must not give a name that is used elsewhere, nor use one that a side may change.
"""

from __future__ import annotations

from bisect import bisect_right

from seedgit.merge.ends_items import MOST_STAY
from seedgit.merge.frames import Unclear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.frames import Frame, Mark, Walker

    Frames = tuple[Frame, Frame]
    Runs = tuple[range, range]
    Stay = tuple[set[int], set[int]]


class Names:
    """The names in one document of a file.

    marks    those outside of what may differ, in the first version
    reach    where each of them first stands, and where last
    loose    the names in what may differ
    changed  the names that may stand for something else in some version
    """

    def __init__(self, marks: list[Mark], loose: set[str], changed: set[str]) -> None:
        self.marks = marks
        self.loose = loose
        self.changed = changed
        self.reach: dict[str, tuple[int, int]] = {}
        for at, _, name in marks:
            self.reach[name] = self.reach.get(name, (at,))[0], at

    @classmethod
    def of(
        cls,
        walker: Walker,
        texts: Sequence[str],
        differ: tuple[int, int],
        open_ones: tuple[list[Frame], list[Frame]],
    ) -> Names:
        """differ     what may differ, (from, to) in the first version
        open_ones  the containers that are open before it and after it"""
        first = texts[0]
        start, end = differ
        before, after = open_ones
        low, high = 0, len(first)
        if before and before[0].column < 0:  # a stream
            low = before[0].starts[-1]
            high = after[0].starts[0] if after and after[0].starts else high
        marks = [mark for mark in walker.marks(first) if low <= mark[0] < high]
        if not marks:
            return cls([], set(), set())
        ways = [frame.starts[-1] for frame in before if frame.starts]
        ends = [frame.starts[0] for frame in before[1:] if frame.starts]
        held = [first[at:to] for at, to in zip(ways, [*ends, start], strict=False)]
        loose = [text[start : len(text) - len(first) + end] for text in texts]
        found = [mark for text in loose for mark in walker.marks(text)]
        changed = {name for text in held for _, gives, name in walker.marks(text) if gives}
        changed |= {name for _, gives, name in found if gives}
        own = [mark for mark in marks if not start <= mark[0] < end]
        return cls(own, {name for _, _, name in found}, changed)

    def tied(self, frames: Frames, runs: Runs) -> Stay:
        """The entries of a container that have to stay. Raises Unclear."""
        stay: Stay = (set(), set())
        for at, gives, name in self.marks:
            part = next((n for n in (1, 0) if frames[n].starts and frames[n].starts[0] <= at), None)
            if part is None:
                continue
            starts = frames[part].starts
            n = bisect_right(starts, at) - 1
            if n not in runs[part]:
                continue
            low, high = self.reach[name]
            away = low < starts[n] or high >= starts[n + 1] or name in self.loose
            if away if gives else name in self.changed:
                stay[part].add(n)
        if len(stay[0]) + len(stay[1]) > MOST_STAY:
            raise Unclear
        return stay
