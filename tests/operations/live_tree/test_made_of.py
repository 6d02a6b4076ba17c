"""While the key of a seed is the same, so is its effective document."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from seedgit.operations.live_tree.made_of import MadeOf
from seedgit.operations.workspace import Stored
from seedgit.overlay.override import REPLACE, Override
from seedgit.overlay.record import Record
from seedgit.values.value import Value

Lying = dict[str, list[Stored]]


def lies(path: str | None, value: Value = True, base: str = "base") -> Stored:
    """A record with one override."""
    made = Override(("paused",), REPLACE, value, False, False)
    return Stored("site", Record("was", base, (made,)), path)


def workspace(lying: Lying, rules: str = "rules", **seeds: str) -> Any:
    """lying: the records of each overlay; seeds: the blobs of other seeds than a and b"""
    tracked = {path: SimpleNamespace(id=id) for path, id in ({"a": "A", "b": "B"} | seeds).items()}

    def of(name: str, path: str) -> Stored | None:
        return next((item for item in lying[name] if item.path == path), None)

    return SimpleNamespace(
        names=list(lying),
        rules_id=rules,
        tracked=tracked,
        stored=lying.__getitem__,
        overlay=str,
        lying=of,
    )


def test_the_keys_of_a_few_seeds_are_as_those_of_all() -> None:
    world = workspace({"site": [lies("a"), lies("b", 1), lies(None)], "team": [lies("a", 2)]})
    every, few = MadeOf(world), MadeOf(world, ["a"])
    assert every.key("a") == few.key("a")
    assert few.has_records("a") and not few.has_records("b")
    assert every.has_records("b") and not every.has_records("c")
    assert every.key("b") != few.key("b") == MadeOf(world, []).key("b")


def test_a_key_is_of_the_staged_version_or_of_another_one() -> None:
    made_of = MadeOf(workspace({"site": [lies("a")]}))
    for path in "ab":
        assert made_of.key(path) == made_of.key(path, path.upper())
        assert made_of.key(path) != made_of.key(path, "other")
        assert made_of.key(path).startswith(f"{path.upper()} ")
    assert made_of.key("b", "A") != made_of.key("a")  # nothing lies over it


def test_whatever_it_is_made_of_makes_another_key() -> None:
    worlds = [
        workspace({}),
        workspace({"site": [lies("a")]}),
        workspace({"site": [lies("a", 1)]}),  # to Python 1 is True
        workspace({"site": [lies("a", base="other")]}),
        workspace({"team": [lies("a")]}),
        workspace({"site": [lies("a")], "team": [lies("a")]}),
        workspace({"team": [lies("a")], "site": [lies("a")]}),
        workspace({"site": [lies("a")]}, rules="others"),
        workspace({"site": [lies("a")]}, a="newer"),
    ]
    assert len({MadeOf(world).key("a") for world in worlds}) == len(worlds)


def test_the_key_depends_on_no_order_within_a_value() -> None:
    one, other = ({"x": 1, "y": 2}, {"y": 2, "x": 1})
    keys = {MadeOf(workspace({"site": [lies("a", value)]})).key("a") for value in (one, other)}
    assert len(keys) == 1


def test_an_overlay_that_has_changed_is_read_again() -> None:
    lying: Lying = {"site": [lies("a")]}
    made_of = MadeOf(workspace(lying))
    before = made_of.key("a")
    lying["site"] = [lies("a", 5), lies("b")]
    assert made_of.key("a") == before and not made_of.has_records("b")
    made_of.again()
    assert made_of.key("a") != before and made_of.has_records("b")


def test_a_value_that_is_no_text_has_a_key() -> None:
    made_of = MadeOf(workspace({"site": [lies("a", "\udcff")]}))
    assert made_of.key("a") != MadeOf(workspace({"site": [lies("a", "?")]})).key("a")
