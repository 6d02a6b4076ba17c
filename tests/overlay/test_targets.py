"""What a selector names under an overlay: places of the seed, and what overrides put there."""

from __future__ import annotations

from typing import Any

import pytest

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.overlay.edit import remove_value, set_value
from seedgit.overlay.override import ADD, REPLACE, Override, Parked
from seedgit.overlay.patch import effective_value
from seedgit.overlay.record import Record
from seedgit.overlay.targets import overridden, places, remove_places, set_places
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import parse_selector
from seedgit.values.value import Value

SEED: Value = {
    "map": {"x": 1, "y": 2, "z": 3},
    "list": [{"id": "a", "n": 1}, {"id": "b", "n": 2}],
    "plain": ["p", "q"],
    "text": "t",
}
NONE = Record("f", "0" * 40)


def record() -> Record:
    """Overrides that change, add, remove and put in."""
    made = set_value(NONE, SEED, ("map", "x"), 10)
    made = set_value(made, SEED, ("map", "new"), {"in": 1})
    made = remove_value(made, SEED, ("map", "z"))
    made = set_value(made, SEED, ("list", "-"), {"id": "c", "n": 3})
    return set_value(made, SEED, ("plain", "-"), "r")


def key_of(at: tuple[str, ...]) -> str | None:
    return "id" if at == ("list",) else None


def named(selector: str, held: Record | None = None) -> list[tuple[str, bool]]:
    steps = parse_selector(selector)
    found = places(record() if held is None else held, SEED, steps, key_of)
    return [(place.label, place.there) for place in found]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("/map/*", [("/map/x", True), ("/map/y", True), ("/map/new", True)]),
        ("/map/z", [("/map/z", False)]),  # only who names it gets what is taken away
        ("/map/other", [("/map/other", False)]),
        ("/map/new/in", [("/map/new/in", True)]),
        ("/map/new/*", [("/map/new/in", True)]),
        ("/map/new/more", [("/map/new/more", False)]),
        ("/map/other/deeper", []),
        ("/list/*/n", [("/list/0/n", True), ("/list/1/n", True), ("/list/[id=c]/n", True)]),
        ("/list/[id=c]", [("/list/[id=c]", True)]),
        ("/list/[id=c]/m", [("/list/[id=c]/m", False)]),
        ("/list/[id=d]", []),
        ("/list/-", [("/list/2", False)]),
        ("/list/-/n", []),
        (
            "/list/3",
            [("/list/2", False)],
        ),  # at the end of the effective list: in a patch, the seed's
        ("/list/7", []),
        ("/plain/2", [("/plain/2", True)]),
        ("/text/x", []),
        ("/text/0", []),
    ],
)
def test_what_a_selector_names(selector: str, expected: list[tuple[str, bool]]) -> None:
    assert named(selector) == expected


def test_what_is_set_at_every_place_is_set_nowhere_else() -> None:
    held = record()
    changed = set_places(held, SEED, places(held, SEED, parse_selector("/list/*/n"), key_of), 9)
    value = effective_value(changed.overrides, SEED)
    assert [item["n"] for item in value["list"]] == [9, 9, 9]
    assert value["map"] == {"x": 10, "y": 2, "new": {"in": 1}}
    seeds = [
        p for p in places(held, SEED, parse_selector("/map/*"), key_of) if p.label != "/map/new"
    ]
    removed = remove_places(held, SEED, seeds)
    assert effective_value(removed.overrides, SEED)["map"] == {"new": {"in": 1}}
    gone = remove_places(held, SEED, places(held, SEED, parse_selector("/list/*/id"), key_of))
    assert effective_value(gone.overrides, SEED)["list"] == [{"n": 1}, {"n": 2}, {"n": 3}]


KEPT = Override(("disk", "size"), ADD, {"now": 5}, ABSENT, 1, missing=1)


def test_a_kept_override_is_named_although_the_seed_lacks_its_maps() -> None:
    held = NONE._replace(overrides=(KEPT,))
    assert named("/disk/size", held) == [("/disk/size", True)]
    assert named("/disk/size/now", held) == [("/disk/size/now", True)]
    assert named("/disk/other", held) == []
    found = places(held, SEED, ("disk", "size", "now"))
    assert effective_value(set_places(held, SEED, found, 7).overrides, SEED)["disk"] == {
        "size": {"now": 7}
    }


def names(selector: str, held: Record) -> list[str]:
    return sorted(name for _, name in overridden(held, SEED, parse_selector(selector), key_of))


def test_the_overrides_at_a_place_and_below_it() -> None:
    held = record()
    assert names("/map", held) == ["/map/new", "/map/x", "/map/z"]
    assert names("/map/x", held) == ["/map/x"]
    assert names("/map/new/in", held) == []
    assert names("/list", held) == ["/list/[id=c]"]
    assert names("/list/*", held) == ["/list/[id=c]"]
    assert names("/list/[id=c]", held) == ["/list/[id=c]"]
    assert names("/list/[id=a]", held) == []
    assert names("/plain/2", held) == names("/plain", held) == ["/plain/2"]
    assert names("/", held) == [] and len(names("", held)) == 5


def parked(reason: str, *tokens: str, value: Any = 1) -> Parked:
    return Parked(Override(tokens, REPLACE, value, 0, 0), reason)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("/gone", ["/gone/x"]),
        ("/gone/x", ["/gone/x"]),
        ("/gone/x/deeper", []),
        ("/list/0", ["/list/0/n"]),  # it yielded, so it still has its place
        ("/old/3", ["/old/3/n"]),
        ("/old/*", ["/old/3/n"]),
        ("/old/3/n/deeper", []),
        ("/old/4", []),
    ],
)
def test_what_is_parked_is_named_by_its_old_pointer(selector: str, expected: list[str]) -> None:
    held = NONE._replace(
        parked=(
            parked(codes.ORPHANED, "gone", "x"),
            parked(codes.YIELDED, "list", "0", "n"),
            parked(codes.ORPHANED, "old", "3", "n"),
        )
    )
    assert names(selector, held) == expected


def test_an_index_that_means_what_is_there_and_what_is_gone_is_refused() -> None:
    held = set_value(NONE, SEED, ("list", "0", "n"), 5)
    held = held._replace(parked=(parked(codes.ORPHANED, "list", "0", "n"),))
    with pytest.raises(UsageError, match="is the pointer of an item that is gone"):
        names("/list/0", held)
    assert names("/list/[id=a]", held) == ["/list/0/n"]
