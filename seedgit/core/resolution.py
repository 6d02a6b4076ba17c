"""Whether a person's resolution of conflicts left alone what was decided."""

from __future__ import annotations

from seedgit.core.diff import ABSENT, Change, changes, no_key
from seedgit.core.match import align
from seedgit.core.values import canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import TypeAlias

    from seedgit.core.diff import KeyOf
    from seedgit.core.values import Value

    Tokens: TypeAlias = tuple[str, ...]
    Pairs: TypeAlias = Collection[tuple[str, str]]


def strays(
    ours: Value, theirs: Value, found: Value, key_of: KeyOf = no_key, free: Pairs = ()
) -> list[Change]:
    """The pointers of `found` that no choice of sides explains; empty for a fair resolution.

    ours, theirs  the merged document with every conflict taken from one side, and from the other:
                  what is the same in both was decided, all else is the person's
    free          the values, canonical, of places that are in conflict as a whole

    Each `old` is what was decided, each `new` what is found; tokens count list items in `found`,
    or in `ours` where the item is gone.
    """
    return list(_strays(ours, theirs, found, (), key_of, free))


def _strays(
    ours: Value, theirs: Value, found: Value, at: Tokens, key_of: KeyOf, free: Pairs
) -> Iterator[Change]:
    if same(ours, theirs):
        if found is ABSENT:
            yield Change(at, ours, ABSENT)
            return
        for change in changes(ours, found, lambda tokens: key_of((*at, *tokens))):
            yield Change((*at, *change.tokens), change.old, change.new)
    elif free and (canonical(ours), canonical(theirs)) in free:
        return
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        if isinstance(found, dict):
            yield from _in_map(ours, theirs, found, at, key_of, free)
        elif ours.keys() & theirs.keys():
            yield Change(at, ours, found)
    elif isinstance(ours, list) and isinstance(theirs, list):
        if isinstance(found, list):
            yield from _in_list(ours, theirs, found, at, key_of, free)
        elif align(ours, theirs, key_of(at)).pairs:
            yield Change(at, ours, found)


def _in_map(
    ours: dict[str, Value],
    theirs: dict[str, Value],
    found: dict[str, Value],
    at: Tokens,
    key_of: KeyOf,
    free: Pairs,
) -> Iterator[Change]:
    for key in {**ours, **theirs, **found}:
        if key in ours and key in theirs:
            value = found.get(key, ABSENT)
            yield from _strays(ours[key], theirs[key], value, (*at, key), key_of, free)
        elif key not in ours and key not in theirs:
            yield Change((*at, key), ABSENT, found[key])


def _in_list(
    ours: list[Value],
    theirs: list[Value],
    found: list[Value],
    at: Tokens,
    key_of: KeyOf,
    free: Pairs,
) -> Iterator[Change]:
    key = key_of(at)
    both = align(ours, theirs, key, (found,))
    mine, yours = align(ours, found, key, (theirs,)), align(theirs, found, key, (ours,))
    # Items of one side only are what the conflict is about: then others may come, and move.
    loose = len(both.pairs) < max(len(ours), len(theirs)) or bool(mine.unsafe or yours.unsafe)
    places = []
    for i, j in sorted(both.pairs.items()):
        k = mine.pairs.get(i, yours.pairs.get(j))
        value = ABSENT if k is None else found[k]
        step = str(i if k is None else k)
        yield from _strays(ours[i], theirs[j], value, (*at, step), key_of, free)
        if k is not None:
            places.append(k)
    if loose:
        return
    known = {*places, *mine.pairs.values(), *yours.pairs.values()}
    for k, item in enumerate(found):
        if k not in known:
            yield Change((*at, str(k)), ABSENT, item)
    if places != sorted(places) and list(both.pairs) == sorted(both.pairs):
        yield Change(at, ours, found)
