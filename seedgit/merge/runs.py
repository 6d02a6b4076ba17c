"""What one side put into a list: runs of items between the items of base that it kept."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class ItemRun:
    """Items that one side put between base[low - 1] and base[high], in place of all between."""

    __slots__ = ("high", "items", "low")

    def __init__(self, low: int, high: int, items: list[int]) -> None:
        self.low = low
        self.high = high
        self.items = items


class ItemRuns:
    """The runs of one side. At least one item of base stands between two of them: they ascend, and
    none meets another. That is why each question here is answered without a look at all of them.
    """

    __slots__ = ("all", "lows")

    def __init__(self, runs: list[ItemRun]) -> None:
        self.all = runs
        self.lows = [run.low for run in runs]

    @classmethod
    def of(cls, n: int, m: int, pairs: dict[int, int]) -> ItemRuns:
        """The runs of a side with `m` items, of which `pairs` has those that base has, by their
        number among its `n`; they have the same order."""
        runs = []
        low = start = 0
        for i, j in [*sorted(pairs.items()), (n, m)]:
            if start < j:
                runs.append(ItemRun(low, i, list(range(start, j))))
            low, start = i + 1, j + 1
        return cls(runs)

    def at(self, low: int, high: int) -> ItemRun | None:
        """The run at exactly this place."""
        n = bisect_left(self.lows, low)
        found = self.all[n] if n < len(self.all) else None
        return found if found and (found.low, found.high) == (low, high) else None

    def replacing(self, i: int) -> bool:
        """Whether a run is in place of this item of base."""
        n = bisect_right(self.lows, i) - 1
        return n >= 0 and i < self.all[n].high

    def touching(self, low: int, high: int) -> Iterator[ItemRun]:
        """The runs that meet a stretch of base, even if only at its end."""
        n = max(bisect_left(self.lows, low) - 1, 0)
        for run in self.all[n : bisect_right(self.lows, high)]:
            if run.high >= low:
                yield run

    def within(self, low: int, high: int) -> Iterator[ItemRun]:
        """The runs that lie in a stretch of base."""
        for run in self.all[bisect_left(self.lows, low) : bisect_right(self.lows, high)]:
            if run.high <= high:
                yield run

    def items_within(self, low: int, high: int, pairs: dict[int, int]) -> list[int]:
        """The items that the side has in place of base[low:high]; pairs: as of `of`."""
        items = [pairs[i] for i in range(low, high) if i in pairs]
        return sorted([*items, *(item for run in self.within(low, high) for item in run.items)])

    def outside(self, stretches: list[tuple[int, int]]) -> dict[int, ItemRun]:
        """The runs that lie in none of these stretches, by the place where they begin."""
        found = {run.low: run for run in self.all}
        for low, high in stretches:
            for run in self.within(low, high):
                del found[run.low]
        return found


def joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of base, (low, high), where those that meet are one. They ascend."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(places):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
