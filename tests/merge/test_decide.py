"""No intent of either side is lost in a clean merge, and none is invented.

Two edit scripts are applied to one generated document (`tests.scripted`), and what the merge makes
of them is read by other readers than the engine's own (`tests.laws`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_named
from seedgit.merge.version import NotMergeable
from tests import laws
from tests.documents import examples
from tests.scripted import (
    BLOCK,
    DIALECTS,
    LEAF,
    MAP,
    SCALARS,
    Document,
    Node,
    comments,
    format_of,
    generated,
    walk,
)

# A seed cannot be shrunk, but its documents are many and cheap: tests.fuzz shrinks texts by lines.
SEEDS = st.integers(0, 2**64)
EXAMPLES = examples(150)
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


class Versions(NamedTuple):
    base: Document
    ours: Document
    theirs: Document

    def texts(self) -> tuple[bytes, bytes, bytes]:
        return self.base.text(), self.ours.text(), self.theirs.text()


def versions(dialect: str, rng: Random, most: int = 5) -> Versions:
    base = generated(dialect, rng)
    if rng.randrange(4) == 3:  # something both sides did alike
        alike = base.copied(rng, "s")
        alike.edit(1)
    else:
        alike = base
    ours, theirs = alike.copied(rng, "o"), alike.copied(rng, "t")
    for side in (ours, theirs):
        side.edit(rng.randrange(1, most + 1))
    return Versions(base, ours, theirs)


def merged(
    dialect: str, base: bytes, ours: bytes, theirs: bytes, lines: bytes | None = None
) -> bytes | None:
    """The clean result, or None; `lines` is git's, where that is at hand."""
    format = format_of(dialect)
    try:
        result = merge_texts(format_named(format), f"f.{format}", (base, ours, theirs), lines)
    except NotMergeable:
        return None
    return result.text if result.clean else None


def value(dialect: str, text: bytes) -> Any:
    return laws.read(format_of(dialect), text)


# -- a known difference --------------------------------------------------------------------------


def alike(one: Any, other: Any) -> bool:
    """Equal values, but that items of a list may stand in another order: those that replaced others
    are paired with them by their places."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return Counter(laws.leaves(one)) == Counter(laws.leaves(other))
    return bool(one == other)


# -- comments --------------------------------------------------------------------------------------


def lost_comments(case: Versions, result: str) -> list[str]:
    """Comments that a side wrote or took away, where the merge did not follow it."""
    owners = [comments(side.root) for side in case]
    same = [identities(side) for side in case]
    texts = [side.text().decode() for side in case]
    problems = []
    for comment in dict.fromkeys(name for side in owners for name in side):
        b, o, t = (stands(comment, text) for text in texts)
        if o == t:
            wanted = o
        else:
            wanted = t if b == o else o
            chain = next(side[comment] for side in owners if comment in side)
            if any(gone(uid, *same) for uid in chain):
                continue  # who takes an entry away takes what is said about it away
        if stands(comment, result) != wanted:
            problems.append(f"# {comment}: {'lost' if wanted else 'back'}")
        elif wanted and stands(comment, result):
            problems += displaced(comment, case, texts, result)
    return problems


def identities(side: Document) -> dict[int, tuple[Any, ...]]:
    """What has to stay for an entry to be the same one: the list it is in, in a list of scalars
    its value, and in TOML whether it is a line or a table."""
    containers = {id(child.node): child.uid for _, child in walk(side.root)}
    return {
        child.uid: (
            containers.get(id(node)),
            child.node.value if node.kind == SCALARS else "",
            (child.node.kind, child.node.style) if side.dialect == "toml" else "",
        )
        for node, child in walk(side.root)
    }


Identities = dict[int, tuple[Any, ...]]


def gone(uid: int, base: Identities, ours: Identities, theirs: Identities) -> bool:
    return uid in base and not base[uid] == ours.get(uid) == theirs.get(uid)


def stands(comment: str, text: str) -> bool:
    return re.search(rf"{comment}\b", text) is not None


def displaced(comment: str, case: Versions, texts: list[str], result: str) -> list[str]:
    """A comment above an entry of a map stands above that entry, whatever else was done."""
    places = set()
    for side, text in zip(case, texts, strict=True):
        for node, child in walk(side.root):
            if comment in child.above and node.kind == MAP and node.style == BLOCK:
                places.add(following(comment, text))
    found = following(comment, result)
    if places and found not in places:
        return [f"# {comment}: above {found}, not {places}"]
    return []


def following(comment: str, text: str) -> str:
    """The key, or a header's last one, in the first line below a comment that is none."""
    lines = re.split(rf"{comment}\b", text)[1].split("\n")[1:]
    for line in lines:
        if line.strip() and not re.match(r"\s*(#|//)", line):
            found = re.match(r"\[+(?:[\w-]+\.)*([\w-]+)|[\s-]*\"?([\w-]*)", line)
            return (found[1] or found[2]) if found else ""
    return ""


# -- the properties --------------------------------------------------------------------------------


@every_dialect
@EXAMPLES
@given(seed=SEEDS)
def test_no_intent_is_lost_and_none_invented(dialect: str, seed: int) -> None:
    rng = Random(seed)
    case = versions(dialect, rng)
    base, ours, theirs = case.texts()
    result = merged(dialect, base, ours, theirs)
    event("conflict" if result is None else "clean")
    if result is None:
        return
    problems = laws.broken(
        format_of(dialect), *(value(dialect, text) for text in (base, ours, theirs, result))
    )
    assert not problems
    assert not lost_comments(case, result.decode())


@every_dialect
@EXAMPLES
@given(seed=SEEDS)
def test_the_sides_may_be_swapped(dialect: str, seed: int) -> None:
    rng = Random(seed)
    case = versions(dialect, rng)
    base, ours, theirs = case.texts()
    one, other = merged(dialect, base, ours, theirs), merged(dialect, base, theirs, ours)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert value(dialect, one) == value(dialect, other)


@every_dialect
@EXAMPLES
@given(seed=SEEDS)
def test_merging_again_never_gives_something_else(dialect: str, seed: int) -> None:
    base, ours, theirs = versions(dialect, Random(seed)).texts()
    result = merged(dialect, base, ours, theirs)
    if result is None:
        return
    for side in (ours, theirs):
        for again in (merged(dialect, base, result, side), merged(dialect, base, side, result)):
            event(
                "the same" if again == result else "conflict" if again is None else "another text"
            )
            if again is not None:
                assert alike(value(dialect, result), value(dialect, again))


@every_dialect
@EXAMPLES
@given(seed=SEEDS)
def test_three_sides_merge_alike_in_any_grouping(dialect: str, seed: int) -> None:
    rng = Random(seed)
    case = versions(dialect, rng, most=2)
    third = case.base.copied(rng, "u")
    third.edit(rng.randrange(1, 3))
    base, one, two = case.texts()
    three = third.text()
    first, last = merged(dialect, base, one, two), merged(dialect, base, two, three)
    if first is None or last is None:
        return
    left, right = merged(dialect, base, first, three), merged(dialect, base, one, last)
    if left is not None and right is not None:
        assert alike(value(dialect, left), value(dialect, right))


@every_dialect
@EXAMPLES
@given(seed=SEEDS)
def test_edits_of_different_entries_do_not_conflict(dialect: str, seed: int) -> None:
    rng = Random(seed)
    base = generated(dialect, rng)
    case = Versions(base, base.copied(rng, "o"), base.copied(rng, "t"))
    owner = dict(owners(base.root, rng))
    for number, side in enumerate(case):
        if number:
            edit_own(side, {uid for uid, whose in owner.items() if whose == number}, side.root)
    result = merged(dialect, *case.texts())
    assert result is not None
    assert not laws.broken(
        format_of(dialect), *(value(dialect, text) for text in (*case.texts(), result))
    )
    assert not lost_comments(case, result.decode())


def owners(node: Node, rng: Random) -> Iterator[tuple[int, int]]:
    """(entry, side that may edit it): an entry whole, what is below it, or nobody's."""
    for child in node.children:
        whose = rng.randrange(1, 4) if node.kind == MAP and child.key != "id" else 3
        if whose < 3:
            yield child.uid, whose
        else:
            yield from owners(child.node, rng)


def edit_own(side: Document, own: set[int], node: Node) -> None:
    """Edits entries that are this side's; what is below an entry is edited with it."""
    for child in list(node.children):
        if child.uid not in own:
            edit_own(side, own, child.node)
            continue
        what = side.rng.randrange(4)
        if what == 0 and child.node.kind == LEAF:
            child.node.value = side.word()
        elif what == 1 and len(node.children) > 2:
            # One entry stays, whatever the other side takes away: an emptied map is another matter.
            if child is not node.children[0]:
                side.delete(node, child)
        elif what == 2:
            side.insert(node, node.children.index(child) + 1, key=side.word())
        elif node.style == BLOCK:
            side.comment(node, child)


@every_dialect
def test_most_merges_are_clean_and_the_same_again(dialect: str) -> None:
    """The properties hold of nothing where everything conflicts: these shares may only grow."""
    counts: Counter[str] = Counter()
    for seed in range(300):
        base, ours, theirs = versions(dialect, Random(seed)).texts()
        result = merged(dialect, base, ours, theirs)
        counts["clean"] += result is not None
        if result is not None:
            again = [merged(dialect, base, result, side) for side in (ours, theirs)]
            counts["value"] += all(a and value(dialect, a) == value(dialect, result) for a in again)
            counts["bytes"] += again == [result, result]
    # What is not the same again is a conflict: a moved item against the list it was merged into.
    assert counts["clean"] >= 210, counts
    assert counts["value"] >= 0.93 * counts["clean"], counts
    assert counts["bytes"] >= 0.92 * counts["clean"], counts
