"""Arrays of requirements: who bumps, adds or removes one leaves the others to the other side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit import codes
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_named
from seedgit.merge.decide_list import ListMerge
from seedgit.merge.engine import Result
from seedgit.merge.tree import Entry
from tests import laws

NAMES = [f"pkg-{letter}" for letter in "abcdefgh"]
Gap = int
Edit = tuple[dict[str, int], set[str], dict[Gap, str]]  # bumps, removals, insertions
every_format = pytest.mark.parametrize("format", ["yaml", "json", "toml"])


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[list[str], Edit, Edit]:
    """A list of names, and what each side does: to other names, and at other gaps."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, unique=True))
    whose = [draw(st.sampled_from(["ours", "theirs", ""])) for _ in names]
    gaps = [draw(st.sampled_from(["ours", "theirs", "", ""])) for _ in range(len(names) + 1)]
    sides = []
    for side in ("ours", "theirs"):
        own = [name for name, owner in zip(names, whose, strict=True) if owner == side]
        gone = {name for name in own if draw(st.integers(0, 3)) == 3}
        new = {gap: f"{side}-{gap}" for gap, owner in enumerate(gaps) if owner == side}
        sides.append(({name: 2 for name in own if name not in gone}, gone, new))
    return names, sides[0], sides[1]


def edited(names: list[str], *edits: Edit) -> list[str]:
    return list(_edited(names, edits))


def _edited(names: list[str], edits: tuple[Edit, ...]) -> Iterator[str]:
    for gap in range(len(names) + 1):
        for _, _, new in edits:
            if gap in new:
                yield f"{new[gap]}>=1"
        if gap < len(names) and not any(names[gap] in gone for _, gone, _ in edits):
            yield f"{names[gap]}>={max([1, *(b.get(names[gap], 1) for b, _, _ in edits)])}"


def text_of(format: str, items: list[str]) -> bytes:
    lines = ",\n".join(f"    {json.dumps(item)}" for item in items)
    whole = {
        "yaml": "deps:\n" + "".join(f"  - {item}\n" for item in items) + "end: 1\n",
        "json": f'{{\n  "deps": [\n{lines}\n  ]\n}}\n',
        "toml": f"deps = [\n{lines},\n]\n",
    }
    return whole[format].encode()


def result(format: str, *versions: list[str]) -> list[str] | None:
    texts = [text_of(format, items) for items in versions]
    merged = merge_texts(format_named(format), f"f.{format}", texts)
    if not merged.clean:
        return None
    read = [laws.read(format, text) for text in (*texts, merged.text)]
    assert not laws.broken(format, *read)
    return [text for _, text in read[-1]["deps"]]


@every_format
@given(two_sides())
def test_changes_of_different_requirements_are_no_conflict(
    format: str, sides: tuple[list[str], Edit, Edit]
) -> None:
    names, ours, theirs = sides
    versions = [edited(names), edited(names, ours), edited(names, theirs)]
    if not all(versions):
        return
    found = result(format, *versions)
    swapped = result(format, versions[0], versions[2], versions[1])
    assert found == swapped
    if _apart(names, ours, theirs):
        assert found == edited(names, ours, theirs)
    else:
        assert found in (None, edited(names, ours, theirs))


def _apart(names: list[str], ours: Edit, theirs: Edit) -> bool:
    """Whether neither side took away what the other one put something beside: where that then
    stands is a guess if both did so."""
    return not ours[1] and not theirs[1]


@every_format
@given(two_sides(), st.data())
def test_two_bumps_of_one_are_a_conflict(
    format: str, sides: tuple[list[str], Edit, Edit], data: st.DataObject
) -> None:
    names, ours, theirs = sides
    name = data.draw(st.sampled_from(names))
    for bound, (bumps, gone, _) in enumerate((ours, theirs), 3):
        bumps[name] = bound
        gone.discard(name)
    assert result(format, edited(names), edited(names, ours), edited(names, theirs)) is None


def test_items_that_one_side_adds_are_not_compared_with_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    known_by = ListMerge.known_by

    def counted(self: ListMerge, entries: list[Entry], items: list[int]) -> list[str]:
        looked.extend(items)
        return known_by(self, entries, items)

    monkeypatch.setattr(ListMerge, "known_by", counted)
    base = [{"id": f"i{n}", "n": n} for n in range(60)]
    ours = [{"id": item["id"], "n": f"changed {n}"} for n, item in enumerate(base)]
    theirs = [item for n, old in enumerate(base) for item in (old, {"id": f"new-{n}", "n": n})]
    versions = [json.dumps(side, indent=1).encode() for side in (base, ours, theirs)]
    result = merge_texts(format_named("json"), "a.json", (versions[0], versions[1], versions[2]))
    assert result.clean
    assert len(looked) <= 2 * len(theirs)


@every_format
@given(data=st.data())
def test_what_one_side_puts_into_a_list_keeps_its_neighbours_where_the_other_reordered_it(
    format: str, data: st.DataObject
) -> None:
    base = list("abcdefgh"[: data.draw(st.integers(2, 8))])
    size = data.draw(st.integers(1, len(base)))
    pieces = [base[n : n + size] for n in range(0, len(base), size)]
    ours = [item for piece in data.draw(st.permutations(pieces)) for item in piece]
    gaps = data.draw(st.sets(st.integers(0, len(base)), min_size=1))
    theirs = list(base)
    for gap in sorted(gaps, reverse=True):
        theirs.insert(gap, f"new {gap}")
    texts = [text_of(format, side) for side in (base, ours, theirs)]
    merged = merge_texts(format_named(format), f"f.{format}", (texts[0], texts[1], texts[2]))
    if not merged.clean:
        return
    found = ["", *(text for _, text in laws.read(format, merged.text)["deps"]), ""]
    assert [item for item in found if item in ours] == ours
    for gap in gaps:
        at = found.index(f"new {gap}")
        assert found[at - 1] == ["", *base][gap]
        assert found[at + 1] == [*base, ""][gap]


@every_format
def test_many_items_that_both_sides_add_at_one_place_are_there_once(format: str) -> None:
    many = [f"new-{n}>=1" for n in range(300)]  # more than Python keeps one object each of
    first, last = "pkg-a>=1", "pkg-b>=1"
    ours, theirs = [first, *many, last], [first, *many, "own>=1", last]
    assert result(format, [first, last], ours, theirs) == theirs
    assert result(format, [first, last], theirs, ours) == theirs


def merged_lists(*sides: list[Any]) -> Result:
    base, ours, theirs = (json.dumps(side, indent=1).encode() for side in sides)
    return merge_texts(format_named("json"), "a.json", (base, ours, theirs))


def reasons(*sides: list[Any]) -> list[str]:
    """Why there are conflicts, which is the same with the sides swapped."""
    base, ours, theirs = sides
    found, swapped = (
        [one.conflict.reason for one in result.conflicts]
        for result in (merged_lists(base, ours, theirs), merged_lists(base, theirs, ours))
    )
    assert found == swapped
    return found


def test_what_only_one_side_puts_between_items_that_the_other_changed_is_a_conflict() -> None:
    """Also where it stands beside an item that both sides put there."""
    low, high = {"u": 1, "v": 1, "w": 0}, {"u": 2, "v": 2, "w": 0}
    both, own = {"new": 1, "for": "all"}, {"mine": 1, "too": True}
    base, ours = [low, high], [low, both, own, high]
    theirs = [{**low, "w": 5}, both, {**high, "w": 5}]

    assert reasons(base, ours, theirs) == [codes.LIST_ORDER]
    assert not reasons(base, [low, both, high], theirs)
    assert not reasons(base, ours, [low, both, high])


def test_an_item_that_both_sides_add_several_times_is_there_as_often_or_a_conflict() -> None:
    once, twice = ["p", "x", "q"], ["p", "x", "x", "q"]
    assert json.loads(merged_lists(["p", "q"], twice, twice).text) == twice
    assert reasons(["p", "q"], once, twice) == [codes.LIST_ORDER]
    assert not reasons(["p", "q"], once, ["p", "x", "y", "q"])


def test_an_item_with_a_new_name_is_told_from_one_that_is_gone() -> None:
    first, last = {"id": "a", "n": 1, "k": 0}, {"id": "b", "n": 2, "k": 5}
    changed = [{**first, "n": 9}, last]
    assert reasons([first, last], [{**first, "id": "z"}, last], changed) == [codes.LIST_IDENTITY]
    assert reasons([first, last], [last], changed) == [codes.MODIFY_DELETE]
