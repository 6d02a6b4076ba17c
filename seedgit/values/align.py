"""Pairs the items of one version of a list with those of another.

Items are matched by a declared identity key, by an inferred one (present, scalar and unique in all
versions), by the name that a requirement begins with, by equality, then by similarity. Where none
of these is safe the item goes into `unsafe`, and the caller decides what to do. Nothing is guessed.
"""

from __future__ import annotations

from seedgit.values.requirement import name_of, shared_names
from seedgit.values.sequence import common, unique
from seedgit.values.value import ATOMIC, JOINS, SET, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from typing import TypeVar

    from seedgit.values.value import Value

    T = TypeVar("T", bound=Hashable)

# Fields that people name things by, best first. Other fields are used only if none of these fits.
WELL_KNOWN = ("id", "name", "key", "uid", "slug", "title", "path", "host", "url", "repo")

# Two containers are versions of one item if they share at least this part of their members, and no
# other candidate does.
_SIMILAR = 0.5
# With more pairs of candidates than this, none are compared: all are in doubt.
_COMPARED = 250_000


class Alignment:
    """Which items of list `a` are which items of list `b`.

    pairs   index in a -> index in b
    how     index in a -> "key", "name", "equal", "similar", or "place": several scalars replaced
            by as many others
    unsafe  indices of a that may have a partner in b, but nothing tells safely which
    key     the identity key that was used, or None
    names   the names of requirements that tell items apart (`values.requirement`)
    """

    __slots__ = ("how", "key", "names", "pairs", "unsafe")

    def __init__(
        self,
        pairs: dict[int, int],
        how: dict[int, str],
        unsafe: frozenset[int] = frozenset(),
        key: str | None = None,
        names: frozenset[str] = frozenset(),
    ) -> None:
        self.pairs = pairs
        self.how = how
        self.unsafe = unsafe
        self.key = key
        self.names = names


def align(
    a: Sequence[Value],
    b: Sequence[Value],
    key: str | None = None,
    also: Sequence[Sequence[Value]] = (),
) -> Alignment:
    """Pair the items of `a` with those of `b`.

    key   the identity key that the rules declare for this list
    also  further versions of the list; an inferred key must identify their items too
    """
    if key == ATOMIC:
        return _as_one(a, b)
    identity = shared_key((a, b, *also), key)
    if identity:
        where = {canonical(named(item, identity)): j for j, item in enumerate(b)}
        pairs = {
            i: where[name]
            for i, item in enumerate(a)
            if (name := canonical(named(item, identity))) in where
        }
        return Alignment(pairs, dict.fromkeys(pairs, "key"), key=identity)
    if key == SET:
        pairs = {}
        texts = {canonical(item): j for j, item in enumerate(b)}
        for i, item in enumerate(a):
            if (j := texts.pop(canonical(item), None)) is not None:
                pairs[i] = j
        return Alignment(pairs, dict.fromkeys(pairs, "equal"))
    return _by_content(a, b, shared_names((a, b, *also)))


def named(item: Value, key: str) -> Value:
    """What an item has under an identity key; a list of that if several members make up the key.

    None where it lacks it.
    """
    if not isinstance(item, dict):
        return None
    if JOINS not in key:
        return item.get(key)
    found = [item.get(part) for part in key.split(JOINS)]
    return None if None in found else found


def _as_one(a: Sequence[Value], b: Sequence[Value]) -> Alignment:
    """The items of a list that is one value: those of the same list, and otherwise none."""
    if canonical([*a]) == canonical([*b]):
        pairs = {i: i for i in range(len(a))}
        return Alignment(pairs, dict.fromkeys(pairs, "equal"))
    return Alignment({}, {}, frozenset(range(len(a))))


def known_by(value: Value, names: frozenset[str]) -> str:
    """The text that identifies an item without an identity key: its name if that is one of
    `names`, else its whole value."""
    name = name_of(value, names)
    return canonical(value) if name is None else "=" + name  # no value's text begins like that


def shared_key(versions: Sequence[Sequence[Value]], key: str | None = None) -> str | None:
    """The key that tells the items apart in all versions of a list: the declared key, or an
    inferred one; None where there is neither."""
    return key if key and _identifies(key, versions) else _infer(versions)


def bridged(
    b: Sequence[Value], c: Sequence[Value], to_b: Alignment, to_c: Alignment
) -> tuple[Alignment, Alignment]:
    """The alignments of a base list with `b` and with `c`, with one more pair if they suggest it.

    An item may have changed so much in one version that it no longer resembles the base's item,
    but still resembles the other version's. That is safe enough where every other item is at its
    old place in both versions.
    """
    few, more = sorted((to_b, to_c), key=lambda to: len(to.pairs))
    size = len(b)
    if few.key or len(c) != size or len(more.pairs) != size:
        return to_b, to_c
    left = more.pairs.keys() - few.pairs.keys()
    if (
        len(left) != 1
        or few.unsafe - left
        or any(i != j for to in (few, more) for i, j in to.pairs.items())
    ):
        return to_b, to_c
    [i] = left
    # Scalars are similar only if they are the same, and those are paired already.
    if _similarity(b[i], c[i]) < _SIMILAR:
        return to_b, to_c
    found = Alignment({**few.pairs, i: i}, {**few.how, i: "similar"}, names=few.names)
    return (found, to_c) if few is to_b else (to_b, found)


def identity_key(items: Sequence[Value], key: str | None = None) -> str | None:
    """The key that names the items of one list: the declared one, or one of WELL_KNOWN, or None."""
    candidates = ((key,) if key else ()) + WELL_KNOWN
    return next((name for name in candidates if items and _identifies(name, (items,))), None)


def _identifies(key: str, versions: Sequence[Sequence[Value]]) -> bool:
    for items in versions:
        seen = set()
        for item in items:
            name = named(item, key)
            several = JOINS in key and isinstance(name, list)
            for part in name if several else (name,):
                if not isinstance(part, (str, int)) or isinstance(part, bool):
                    return False
            seen.add(canonical(name))
        if len(seen) < len(items):
            return False
    return True


def _infer(versions: Sequence[Sequence[Value]]) -> str | None:
    first = next((items[0] for items in versions if items), None)
    if not isinstance(first, dict):
        return None
    safe: list[str] = [key for key in first if _identifies(key, versions)]
    for key in WELL_KNOWN:
        if key in safe:
            return key
    # Any other field is an identity only if all versions have the same values in it: otherwise a
    # changed value would look like a different item.
    for key in safe:
        names = [{canonical(item[key]) for item in items} for items in versions]
        if all(other == names[0] for other in names):
            return key
    return None


def _by_content(a: Sequence[Value], b: Sequence[Value], names: frozenset[str]) -> Alignment:
    texts_a, texts_b = [known_by(x, names) for x in a], [known_by(x, names) for x in b]
    pairs = dict(common(texts_a, texts_b))
    _pair_moved(texts_a, texts_b, pairs)
    how = {i: "name" if texts_a[i][0] == "=" else "equal" for i in pairs}
    unsafe = set(_duplicates(texts_a, texts_b))
    taken = set(pairs.values())
    for run_a, run_b in _runs(len(a), len(b), pairs):
        free_a = [i for i in run_a if i not in pairs]
        free_b = [j for j in run_b if j not in taken]
        unsafe.update(_pair_similar(a, b, free_a, free_b, pairs, how))
    return Alignment(pairs, how, frozenset(unsafe), names=names)


def _pair_moved(texts_a: list[str], texts_b: list[str], pairs: dict[int, int]) -> None:
    """Pair items that are equal, and unique in both lists, wherever they are now."""
    taken = set(pairs.values())
    only_a, only_b = unique(texts_a), unique(texts_b)
    for text, i in only_a.items():
        j = only_b.get(text, -1)
        if i not in pairs and j >= 0 and j not in taken:
            pairs[i] = j


def _duplicates(texts_a: list[str], texts_b: list[str]) -> list[int]:
    """Indices of items that occur several times in a, but not the same number of times in b."""
    in_a, in_b = _counts(texts_a), _counts(texts_b)
    return [i for i, text in enumerate(texts_a) if in_a[text] > 1 and in_b.get(text) != in_a[text]]


def _counts(items: Iterable[T]) -> dict[T, int]:
    counts: dict[T, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return counts


def _runs(n: int, m: int, pairs: dict[int, int]) -> list[tuple[range, range]]:
    """The stretches between pairs that keep their order."""
    found = []
    i = j = 0
    for p, q in [*_ordered(pairs), (n, m)]:
        if i < p and j < q:
            found.append((range(i, p), range(j, q)))
        i, j = p + 1, q + 1
    return found


def _ordered(pairs: dict[int, int]) -> list[tuple[int, int]]:
    chain: list[tuple[int, int]] = []
    for i in sorted(pairs):
        if not chain or pairs[i] > chain[-1][1]:
            chain.append((i, pairs[i]))
    return chain


def _pair_similar(
    a: Sequence[Value],
    b: Sequence[Value],
    free_a: list[int],
    free_b: list[int],
    pairs: dict[int, int],
    how: dict[int, str],
) -> list[int]:
    """Pair items that were changed in place. Returns the indices of a that stay in doubt."""
    if len(free_a) == len(free_b) and not any(
        isinstance(x, (dict, list)) for x in [a[i] for i in free_a] + [b[j] for j in free_b]
    ):
        for i, j in zip(free_a, free_b, strict=True):
            pairs[i], how[i] = j, "similar" if len(free_a) == 1 else "place"
        return []
    parts_a = {i: parts for i in free_a if (parts := _parts(a[i]))}
    parts_b = {j: parts for j in free_b if (parts := _parts(b[j]))}
    if len(parts_a) * len(parts_b) > _COMPARED:
        return list(parts_a)
    near = {
        i: {j: share for j, yours in parts_b.items() if (share := _shared(mine, yours)) > 0}
        for i, mine in parts_a.items()
    }
    best = {i: [j for j, share in found.items() if share >= _SIMILAR] for i, found in near.items()}
    wanted = _counts([j for found in best.values() for j in found])
    doubt = []
    for i, found in best.items():
        if len(found) == 1 and wanted[found[0]] == 1:
            pairs[i], how[i] = found[0], "similar"
        elif near[i]:
            doubt.append(i)
    return doubt


def _similarity(x: Value, y: Value) -> float:
    """The share of members that two containers have in common, 0 to 1."""
    return _shared(_parts(x), _parts(y))


def _parts(value: Value) -> frozenset[str]:
    """The members of a map or the items of a list, each as one text. A scalar has none."""
    if isinstance(value, dict):
        return frozenset("{" + canonical([key, item]) for key, item in value.items())
    if isinstance(value, list):
        return frozenset(map(canonical, value))
    return frozenset()


def _shared(mine: frozenset[str], yours: frozenset[str]) -> float:
    return len(mine & yours) / max(len(mine), len(yours)) if mine and yours else 0.0
