"""Check that a person's resolution of conflicts changed nothing else."""

from __future__ import annotations

from seedgit.values.align import align
from seedgit.values.diff import ABSENT, Change, changes, no_key
from seedgit.values.value import canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import TypeAlias

    from seedgit.values.diff import KeyOf
    from seedgit.values.value import Value

    Tokens: TypeAlias = tuple[str, ...]
    Pairs: TypeAlias = Collection[tuple[str, str]]


def strays(
    sides: Sequence[Value], found: Value, key_of: KeyOf = no_key, free: Pairs = ()
) -> list[Change]:
    """The changes in `found` that no choice of sides explains; empty for a fair resolution.

    sides  the merged document with every conflict taken from ours, from theirs, and so on: values
           that are the same in all were decided, the rest is up to the person
    free   (ours, theirs), canonical, for each place that conflicts as a whole

    In each change, `old` is the decided value and `new` the found one. Tokens count list items in
    `found`, or in the first side if the item is gone.
    """
    return list(_strays(list(sides), found, (), key_of, free))


def _strays(
    sides: list[Value], found: Value, at: Tokens, key_of: KeyOf, free: Pairs
) -> Iterator[Change]:
    first, *others = sides
    if all(same(first, other) for other in others):
        if found is ABSENT:
            yield Change(at, first, ABSENT)
            return
        for change in changes(first, found, lambda tokens: key_of((*at, *tokens))):
            yield Change((*at, *change.tokens), change.old, change.new)
    elif free and (canonical(first), canonical(others[0])) in free:
        return
    elif all(isinstance(side, dict) for side in sides):
        if isinstance(found, dict):
            yield from _in_map(sides, found, at, key_of, free)
        elif any(all(key in other for other in others) for key in first):
            yield Change(at, first, found)
    elif all(isinstance(side, list) for side in sides):
        if isinstance(found, list):
            yield from _in_list(sides, found, at, key_of, free)
        elif _common(sides, (), key_of(at)):
            yield Change(at, first, found)


def _in_map(
    sides: list[dict[str, Value]],
    found: dict[str, Value],
    at: Tokens,
    key_of: KeyOf,
    free: Pairs,
) -> Iterator[Change]:
    for key in dict.fromkeys(key for members in (*sides, found) for key in members):
        there = [side[key] for side in sides if key in side]
        if len(there) == len(sides):
            value = found.get(key, ABSENT)
            yield from _strays(there, value, (*at, key), key_of, free)
        elif not there:
            yield Change((*at, key), ABSENT, found[key])


def _in_list(
    sides: list[list[Value]], found: list[Value], at: Tokens, key_of: KeyOf, free: Pairs
) -> Iterator[Change]:
    key = key_of(at)
    common = _common(sides, found, key)
    to_found = [align(side, found, key, sides) for side in sides]
    # If some sides lack items, the list is in conflict: the person may add and move items.
    loose = len(common) < max(map(len, sides)) or any(to.unsafe for to in to_found)
    places = []
    for indices in common:
        known = [to.pairs[i] for to, i in zip(to_found, indices, strict=True) if i in to.pairs]
        value = found[known[0]] if known else ABSENT
        items = [side[i] for side, i in zip(sides, indices, strict=True)]
        step = str(known[0] if known else indices[0])
        yield from _strays(items, value, (*at, step), key_of, free)
        places += known[:1]
    if loose:
        return
    seen = {*places, *(k for to in to_found for k in to.pairs.values())}
    for k, item in enumerate(found):
        if k not in seen:
            yield Change((*at, str(k)), ABSENT, item)
    ordered = all(list(row) == sorted(row) for row in zip(*common, strict=True))
    if places != sorted(places) and ordered:
        yield Change(at, sides[0], found)


def _common(sides: list[list[Value]], found: Sequence[Value], key: str | None) -> list[list[int]]:
    """The items that every side has: for each, its index in each of them."""
    first, *others = sides
    to_others = [align(first, other, key, (*sides, found)).pairs for other in others]
    return [
        [i, *(pairs[i] for pairs in to_others)]
        for i in range(len(first))
        if all(i in pairs for pairs in to_others)
    ]


def places(value: Value, pointer: Sequence[str]) -> Iterator[Tokens]:
    """The places in a document that `pointer` may mean after list items came and went."""
    if not pointer:
        yield ()
        return
    if isinstance(value, dict) and pointer[0] in value:
        for tokens in places(value[pointer[0]], pointer[1:]):
            yield (pointer[0], *tokens)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            for tokens in places(item, pointer[1:]):
                yield (str(n), *tokens)
