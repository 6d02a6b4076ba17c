"""Replace parts of a text and leave the rest as it is."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Splice(NamedTuple):
    """Replace `text[start:end]` by `text`."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with these changes. They must not overlap."""
    parts, end = [], len(text)
    for start, stop, new in sorted(splices, key=lambda s: (s.start, s.end), reverse=True):
        parts += [text[stop:end], new]
        end = start
    parts.append(text[:end])
    return "".join(reversed(parts))


def difference(before: str, after: str) -> list[Splice]:
    """The one splice that turns `before` into `after`."""
    if before == after:
        return []
    shorter = min(len(before), len(after))
    head = _agreement(shorter, lambda n: before[:n] == after[:n])
    tail = _agreement(
        shorter - head, lambda n: before[len(before) - n :] == after[len(after) - n :]
    )
    return [Splice(head, len(before) - tail, after[head : len(after) - tail])]


def _agreement(most: int, agrees: Callable[[int], bool]) -> int:
    """The largest n up to `most` that agrees. All smaller n must agree too."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if agrees(middle):
            low = middle
        else:
            most = middle - 1
    return low
