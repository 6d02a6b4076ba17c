"""Whether the scalars of lists stand in a merged value as often as both sides' changes say.

Where the items of a list cannot be told apart, no merge of it can be followed item by item. That
what one side added is there, and that what both added is not there twice, can be counted.
"""

from __future__ import annotations

from seedgit.merge.trivial import trivial
from seedgit.values.align import WELL_KNOWN
from seedgit.values.requirement import names
from seedgit.values.value import Value, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Leaf = tuple[tuple[str, ...], str]

ITEM = "*"
NAMES = WELL_KNOWN[:3]  # the others also hold what several items share


def adds_up(base: Value, ours: Value, theirs: Value, merged: Value) -> bool:
    """Whether `merged` has every scalar as often as it should, wherever its list puts it.

    Texts of several lines do not count: they may be merged line by line.
    """
    b, o, t, m = (leaf_counts(value) for value in (base, ours, theirs, merged))
    for leaf in {**b, **o, **t, **m}:
        was, mine, yours, now = (side.get(leaf, 0) for side in (b, o, t, m))
        # Both put one there, or took one away: the same one, or another where that may be.
        each = mine == yours and now == mine + yours - was and not _same_one(leaf, was, mine)
        if not each and trivial(was, mine, yours) not in (None, now):
            return False
    before, mine_has, yours_has, now_has = (
        _counted(_whole((), value)) for value in (base, ours, theirs, merged)
    )
    return not any(
        before.get(item, 0) < count == yours_has.get(item, 0) < now_has.get(item, 0)
        for item, count in mine_has.items()
    )


def _same_one(leaf: Leaf, was: int, now: int) -> bool:
    """Whether what both sides added is one thing: it tells an item apart, or was never there twice.

    Repeated scalars (`cd ..` in a list of commands) may well come twice.
    """
    path = leaf[0]
    if now <= was:
        return False
    return (path[-2:-1] == (ITEM,) and path[-1] in NAMES) or (path[-1:] == (ITEM,) and now == 1)


def leaf_counts(value: Value) -> dict[Leaf, int]:
    """How often each scalar stands at each place; the places of a list's items are one."""
    return _counted(_leaves((), value))


def _counted(leaves: Iterator[Leaf]) -> dict[Leaf, int]:
    found: dict[Leaf, int] = {}
    for leaf in leaves:
        found[leaf] = found.get(leaf, 0) + 1
    return found


def _whole(path: tuple[str, ...], value: Value) -> Iterator[Leaf]:
    """The items of lists that are maps, whole, and the names of requirements: what both sides added
    alike, or under one name, is one thing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _whole((*path, key), inner)
    elif isinstance(value, list):
        for name in names(value):
            yield path, name
        for item in value:
            if isinstance(item, dict):
                yield path, canonical(item)
            yield from _whole((*path, ITEM), item)


def _leaves(path: tuple[str, ...], value: Value) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves((*path, ITEM), item)
    elif not (isinstance(value, str) and "\n" in value):
        yield path, canonical(value)
