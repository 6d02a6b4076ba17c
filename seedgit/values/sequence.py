"""Compares sequences: the longest common subsequence, and a three-way merge of lines."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from typing import TypeVar

    T = TypeVar("T", bound=Hashable)

# With more cells than this, the quadratic table is too slow: unique elements serve as anchors.
_TABLE_LIMIT = 250_000


def split_lines(text: str) -> list[str]:
    """The lines of `text` with their ends. Only a line feed ends a line (not `str.splitlines`)."""
    parts = text.split("\n")
    last = parts.pop()
    return [part + "\n" for part in parts] + ([last] if last else [])


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Index pairs of a common subsequence of `a` and `b`, ascending.

    It is the longest one, unless the sequences are too long for that.
    """
    return _Search(a, b).found(0, len(a), 0, len(b))


class _Search:
    """Finds a common subsequence of a[a0:a1] and b[b0:b1]."""

    __slots__ = ("a", "b", "pairs")

    def __init__(self, a: Sequence[Hashable], b: Sequence[Hashable]) -> None:
        self.a = a
        self.b = b
        self.pairs: list[tuple[int, int]] = []

    def found(self, a0: int, a1: int, b0: int, b1: int) -> list[tuple[int, int]]:
        a, b, out = self.a, self.b, self.pairs
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            out.append((a0, b0))
            a0, b0 = a0 + 1, b0 + 1
        tail = 0
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1, tail = a1 - 1, b1 - 1, tail + 1
        if a0 < a1 and b0 < b1:
            if (a1 - a0) * (b1 - b0) <= _TABLE_LIMIT:
                self.by_table(a0, a1, b0, b1)
            else:
                self.by_anchors(a0, a1, b0, b1)
        out.extend((a1 + i, b1 + i) for i in range(tail))
        return out

    def by_table(self, a0: int, a1: int, b0: int, b1: int) -> None:
        a, b, out = self.a, self.b, self.pairs
        width = b1 - b0 + 1
        rows = [[0] * width]
        for i in range(a1 - 1, a0 - 1, -1):
            below, row, item = rows[-1], [0] * width, a[i]
            for j in range(width - 2, -1, -1):
                if item == b[b0 + j]:
                    row[j] = below[j + 1] + 1
                else:
                    down, right = below[j], row[j + 1]
                    row[j] = down if down > right else right
            rows.append(row)
        rows.reverse()
        i, j = 0, 0
        while i < a1 - a0 and j < b1 - b0:
            if a[a0 + i] == b[b0 + j]:
                out.append((a0 + i, b0 + j))
                i, j = i + 1, j + 1
            elif rows[i + 1][j] >= rows[i][j + 1]:
                i += 1
            else:
                j += 1

    def by_anchors(self, a0: int, a1: int, b0: int, b1: int) -> None:
        """Use elements that are unique on both sides as anchors, in ascending order (patience
        diff)."""
        at_a = {x: a0 + i for x, i in unique(self.a[a0:a1]).items()}
        at_b = {x: b0 + j for x, j in unique(self.b[b0:b1]).items()}
        anchors = increasing([(i, at_b[x]) for x, i in at_a.items() if x in at_b])
        if not anchors:
            return
        for i, j in [*anchors, (a1, b1)]:
            self.found(a0, i, b0, j)
            if i < a1:
                self.pairs.append((i, j))
            a0, b0 = i + 1, j + 1


def unique(items: Sequence[T]) -> dict[T, int]:
    """The elements that occur once in `items`, with their index."""
    seen: dict[T, int] = {}
    for i, item in enumerate(items):
        seen[item] = -1 if item in seen else i
    return {item: i for item, i in seen.items() if i >= 0}


def increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence of `pairs` (ascending in the first) that ascends in the second."""
    from bisect import bisect_left

    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(j)
            ends.append(index)
        else:
            tops[pile], ends[pile] = j, index
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def merge_lines(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> list[str] | None:
    """diff3 of three line sequences; None where both changed one place differently.

    Changes that touch count as one place, as they do for git.
    """
    hunks = [(*hunk, 0) for hunk in _hunks(base, ours)] + [
        (*hunk, 1) for hunk in _hunks(base, theirs)
    ]
    hunks.sort(key=lambda hunk: (hunk[0], hunk[1], hunk[4]))
    out: list[str] = []
    done = 0
    last: tuple[int, int, list[str]] | None = None
    sides = (ours, theirs)
    for start, end, s0, s1, side in hunks:
        text = list(sides[side][s0:s1])
        if last is not None and start <= last[1]:
            if last == (start, end, text):
                continue
            return None
        out.extend(base[done:start])
        out.extend(text)
        done, last = end, (start, end, text)
    out.extend(base[done:])
    return out


def _hunks(base: Sequence[str], side: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """What `side` changed: (start, end) in base, (start, end) in side."""
    found: list[tuple[int, int, int, int]] = []
    i = j = 0
    for p, q in [*common(base, side), (len(base), len(side))]:
        if i < p or j < q:
            found.append((i, p, j, q))
        i, j = p + 1, q + 1
    return found
