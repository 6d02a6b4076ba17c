"""Whether a result has every change of either side, and nothing else.

The rule at each place: what both sides agree on stands in the result; what only one side changed
stands there as it has it. Where both changed one place in different ways, maps and lists are looked
at inside, and anything else is left undecided, because the rules of a site may choose a side.

What is claimed: values, their types, tags and anchors; the keys of maps and the items of lists, and
their order; the comments, by their texts. What is not: layout, quoting, and where a comment stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from seedgit.certify.moved import moved_places, removes, touches
from seedgit.certify.order import order_problem
from seedgit.certify.tree import Keyed, Node, ReadText, Scalar, Sequenced
from seedgit.codes import PROVEN, REFUTED, UNDECIDED

_WORD: Final = re.compile(r"\w+|\W")
_WORST: Final = (PROVEN, UNDECIDED, REFUTED)

Pointer = tuple[str, ...]
_Four = tuple[Node | None, Node | None, Node | None, Node | None]


class Objection(NamedTuple):
    """What keeps a result from being proven: UNDECIDED or REFUTED, where, and why."""

    verdict: str
    pointer: Pointer
    reason: str


class Certificate(NamedTuple):
    """The verdict on a result, and each thing that speaks against it."""

    verdict: str
    objections: tuple[Objection, ...]


def certificate(objections: Sequence[Objection]) -> Certificate:
    """The verdict that some objections add up to."""
    worst = max((_WORST.index(objection.verdict) for objection in objections), default=0)
    return Certificate(_WORST[worst], tuple(objections))


def check(base: ReadText, ours: ReadText, theirs: ReadText, result: ReadText) -> Certificate:
    """The certificate of a result."""
    readings = (base, ours, theirs, result)
    counts = {len(reading.documents) for reading in readings}
    if len(counts) > 1:
        objection = Objection(UNDECIDED, (), "the versions have different numbers of documents")
        return certificate([objection])
    found: list[Objection] = []
    changed_places = False
    for number, four in enumerate(zip(*(reading.documents for reading in readings), strict=True)):
        at = () if len(base.documents) == 1 else (f"document {number + 1}",)
        found += _unless_moved([*_places(four, at)], four, len(at))
        changed_places = changed_places or any(removes(four[0], side) for side in four[1:3])
    if any(_reordered(base.documents, side.documents) for side in (ours, theirs)):
        found = [_doubted(objection, "documents may have moved") for objection in found]
    found += _comments(*(reading.comments for reading in readings), lost=changed_places)
    return certificate(found)


def _unless_moved(
    found: list[Objection], four: tuple[Node, Node, Node, Node], above: int
) -> Iterator[Objection]:
    """The objections; those where a side may have moved something are left undecided."""
    places = set()
    if any(objection.verdict == REFUTED for objection in found):
        places = moved_places(four[0], four[1]) | moved_places(four[0], four[2])
    for objection in found:
        moved = touches(objection.pointer[above:], places)
        yield _doubted(objection, "a side may have moved or renamed it") if moved else objection


def _doubted(objection: Objection, why: str) -> Objection:
    if objection.verdict != REFUTED:
        return objection
    return objection._replace(verdict=UNDECIDED, reason=f"{objection.reason}; {why}")


def _reordered(before: Sequence[Node], after: Sequence[Node]) -> bool:
    """Whether some document stands at another place."""
    kept = [document for document in before if document in after]
    return any(after.index(document) != before.index(document) for document in kept)


def _places(four: _Four, at: Pointer) -> Iterator[Objection]:
    """What is wrong at one place, and below it."""
    base, ours, theirs, result = four
    if ours == theirs or base in (ours, theirs):
        wanted = theirs if base == ours else ours
        if result == wanted:
            return
        inside = [*_inside(four, at)]
        if _has_refuted(inside):
            yield from inside
        else:
            yield Objection(REFUTED, at, _difference(wanted, result, agreed=ours == theirs))
        return
    whole = _filled(four)
    inside = [] if whole is None else [*_inside(whole, at)]
    if whole is not None and not (_is_text(four) and _has_refuted(inside)):
        yield from inside
    elif result in (ours, theirs):
        yield Objection(UNDECIDED, at, "both sides changed it, and the result has one of the two")
    elif _is_of_parts(four):
        reason = "each side changed a part of it, and the result has both"
        yield Objection(UNDECIDED, at, reason)
    else:
        yield Objection(REFUTED, at, "both sides changed it, and the result is neither")


def _has_refuted(found: Sequence[Objection]) -> bool:
    return any(objection.verdict == REFUTED for objection in found)


def _difference(wanted: Node | None, result: Node | None, *, agreed: bool) -> str:
    if result is None:
        return "it is missing from the result"
    if wanted is None:
        return "it is in the result, and should not be"
    return "both sides have something else" if agreed else "one side's change is not in the result"


def _filled(four: _Four) -> _Four | None:
    """Four nodes of one kind, an empty one for a base that is not there; None if they are not."""
    base, ours, theirs, result = four
    if isinstance(base, Scalar) and _is_text(four):
        return tuple(_lines(node) for node in four)  # type: ignore[return-value, arg-type]
    for kind, empty in ((Keyed, Keyed(())), (Sequenced, Sequenced(()))):
        if all(isinstance(node, kind) for node in (ours, theirs, result)):
            if isinstance(base, kind):
                return four
            if base is None or (isinstance(base, Scalar) and base.kind == "null"):
                return (empty, ours, theirs, result)
    return None


def _is_text(four: _Four) -> bool:
    """Whether all four are strings of several lines, which merge line by line."""
    return all(isinstance(n, Scalar) and n.kind == "str" and "\n" in n.text for n in four)


def _is_of_parts(four: _Four) -> bool:
    """Whether all four are strings, and the result has the words that each side changed."""
    if not all(isinstance(node, Scalar) and node.kind == "str" for node in four):
        return False
    rows = [tuple(Scalar("str", part) for part in _WORD.findall(node.text)) for node in four]  # type: ignore[union-attr]
    return not _has_refuted([*_items(rows, ())])


def _lines(node: Scalar) -> Sequenced:
    return Sequenced(tuple(Scalar("str", line) for line in node.text.split("\n")), node.mark)


def _inside(four: _Four, at: Pointer) -> Iterator[Objection]:
    whole = _filled(four)
    if whole is None:
        return
    marks = [node.mark for node in whole if node is not None]
    if len(marks) == 4 and not _is_merged(*marks):
        yield Objection(REFUTED, at, "its tag or anchor is not what the sides have")
    if isinstance(whole[1], Keyed):
        yield from _entries([dict(node.entries) for node in whole], at)  # type: ignore[union-attr]
    else:
        yield from _items([node.items for node in whole], at)  # type: ignore[union-attr]


def _is_merged(base: object, ours: object, theirs: object, result: object) -> bool:
    if ours == theirs or theirs == base:
        return result == ours
    return result == theirs if ours == base else result in (ours, theirs)


def _entries(maps: Sequence[dict[str, Node]], at: Pointer) -> Iterator[Objection]:
    base, ours, theirs, result = maps
    for key in dict.fromkeys([*base, *ours, *theirs, *result]):
        four = (base.get(key), ours.get(key), theirs.get(key), result.get(key))
        yield from _places(four, (*at, key))
    yield from _order([list(each) for each in maps], at)


def _order(lists: Sequence[Sequence[str]], at: Pointer) -> Iterator[Objection]:
    problem = order_problem(*lists)
    if problem:
        yield Objection(UNDECIDED if problem.both else REFUTED, at, problem.reason)


# -- lists -----------------------------------------------------------------------------------------


def _items(lists: Sequence[tuple[Node, ...]], at: Pointer) -> Iterator[Objection]:
    field = _identity(lists)
    if field:
        named = [_by_field(items, field) for items in lists]
        renamed = {name for side in named[1:3] for name in _renamed(named[0], side)}
        for objection in _entries(named, at):
            doubtful = (
                objection.pointer[len(at) : len(at) + 1] and objection.pointer[len(at)] in renamed
            )
            yield _doubted(objection, "a side may have renamed it") if doubtful else objection
        return
    found = None if any(map(_repeated, lists)) else _by_value(lists, at)
    if found is not None:
        yield from found
    elif len({len(items) for items in lists}) == 1:
        for number, four in enumerate(zip(*lists, strict=True)):
            yield from _places(four, (*at, str(number)))
    else:
        yield from _counted(lists, at)


def _identity(lists: Sequence[tuple[Node, ...]]) -> str | None:
    """A field by which the items of each list are told apart, the one that pairs most of them."""
    fields: set[str] | None = None
    for items in lists:
        for item in items:
            if not isinstance(item, Keyed):
                return None
            here = {key for key, held in item.entries if isinstance(held, Scalar)}
            fields = here if fields is None else fields & here
    best, most = None, 0
    for field in sorted(fields or ()):
        named = [_by_field(items, field) for items in lists]
        if any(len(names) != len(items) for names, items in zip(named, lists, strict=True)):
            continue
        paired = sum(one.get(key) == held for one in named[1:] for key, held in named[0].items())
        shared = len(set(named[0]) & set(named[1]) & set(named[2]))
        if paired + shared > most:
            best, most = field, paired + shared
    return best


def _renamed(before: Mapping[str, Node], after: Mapping[str, Node]) -> set[str]:
    """What may be one item under two names: one is gone, and another is new."""
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    return gone | new if gone and new else set()


def _by_field(items: tuple[Node, ...], field: str) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for item in items:
        assert isinstance(item, Keyed)
        found[repr(dict(item.entries)[field])] = item
    return found


def _repeated(items: tuple[Node, ...]) -> bool:
    return len(set(items)) != len(items)


def _by_value(lists: Sequence[tuple[Node, ...]], at: Pointer) -> list[Objection] | None:
    """As a set in order; None if some item was changed in both, so that it is another one."""
    found = [*_counted(lists, at)]
    if any(objection.verdict == REFUTED for objection in found):
        if len({len(items) for items in lists}) == 1:
            return None
    else:
        names = [[repr(item) for item in items] for items in lists]
        found += _order(names, at)
    return found


def _counted(lists: Sequence[tuple[Node, ...]], at: Pointer) -> Iterator[Objection]:
    """Each item as often as the sides' changes make it."""
    base, ours, theirs, result = (Counter(items) for items in lists)
    wrong = [
        item
        for item in result | base | ours | theirs
        if not _is_sum(base[item], ours[item], theirs[item], result[item])
    ]
    replaced = any(base[item] and not (ours[item] or theirs[item]) for item in base)
    composite = replaced or any(not isinstance(item, Scalar) for item in wrong)
    for item in wrong:
        verdict = UNDECIDED if composite else REFUTED
        lost = result[item] < max(ours[item], theirs[item])
        what = "is lost" if lost else "is there too often, or should not be there"
        yield Objection(verdict, at, f"an item {what}: {_short(item)}")
    if any(_repeated(items) for items in lists) and not wrong:
        same = [[repr(item) for item in items] for items in lists]
        if result != Counter(lists[1]) or same[3] not in (same[1], same[2]):
            yield Objection(UNDECIDED, at, "its items cannot be told apart")


def _is_sum(base: int, ours: int, theirs: int, result: int) -> bool:
    if ours == theirs or theirs == base:
        return result == ours
    return result == theirs if ours == base else result == ours + theirs - base


def _short(item: Node) -> str:
    text = item.text if isinstance(item, Scalar) else repr(item)
    return text if len(text) <= 60 else f"{text[:60]}..."


# -- comments --------------------------------------------------------------------------------------


def _comments(
    base: Counter[str],
    ours: Counter[str],
    theirs: Counter[str],
    result: Counter[str],
    *,
    lost: bool,
) -> Iterator[Objection]:
    """`lost`: whether a side took something away, with the comments on it."""
    for text in sorted(base | ours | theirs | result):
        counts = (base[text], ours[text], theirs[text], result[text])
        if _is_sum(*counts):
            continue
        both = len({*counts[:3]}) > 1 and (lost or counts[0] not in counts[1:3])
        reason = f"a comment {'is lost' if counts[3] < max(counts[1:3]) else 'is new'}: {text[:60]}"
        yield Objection(UNDECIDED if both else REFUTED, (), reason)
