"""Count whether a merged value has each scalar as often as both sides' changes say.

If the items of a list cannot be told apart, its merge cannot be checked item by item. But counting
shows whether an addition of one side is missing, and whether one of both sides is there twice.
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
NAMES = WELL_KNOWN[:3]  # several items may share a value of the other keys


def adds_up(base: Value, ours: Value, theirs: Value, merged: Value) -> bool:
    """Whether `merged` has every scalar as often as it should, at any place of its list.

    Texts of several lines are not counted: they may be merged line by line.
    """
    b, o, t, m = (leaf_counts(value) for value in (base, ours, theirs, merged))
    for leaf in {**b, **o, **t, **m}:
        was, mine, yours, now = (side.get(leaf, 0) for side in (b, o, t, m))
        # Both added one, or both removed one. Both changes may count, unless it is the same one.
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
    """Whether both sides added the same thing: an item's name, or an item that nobody has twice.

    Repeated scalars (`cd ..` in a list of commands) may well be added twice.
    """
    path = leaf[0]
    if now <= was:
        return False
    return (path[-2:-1] == (ITEM,) and path[-1] in NAMES) or (path[-1:] == (ITEM,) and now == 1)


def leaf_counts(value: Value) -> dict[Leaf, int]:
    """How often each scalar stands at each place. All items of a list count as one place."""
    return _counted(_leaves((), value))


def _counted(leaves: Iterator[Leaf]) -> dict[Leaf, int]:
    found: dict[Leaf, int] = {}
    for leaf in leaves:
        found[leaf] = found.get(leaf, 0) + 1
    return found


def _whole(path: tuple[str, ...], value: Value) -> Iterator[Leaf]:
    """The maps in lists, each as a whole, and the names of requirements.

    If both sides added the same map, or a requirement of the same name, it is one thing.
    """
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
