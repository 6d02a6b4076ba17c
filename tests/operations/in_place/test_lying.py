"""What lies over a seed in place is named by the ids of its records."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from seedgit.operations.in_place.lying import Lying
from seedgit.overlay.record import Record

LONG = "a%%" + "0" * 32  # only the record says whose it is


def workspace(
    overlays: dict[str, dict[str, dict[str, str]]],
    homes: dict[str, str | None] | None = None,
    rules: str = "rules",
) -> Any:
    """overlays: the entries and ids of each seed's records; homes: where seeds went, if they did"""

    def overlay(name: str) -> Any:
        named = {path: list(ids) for path, ids in overlays[name].items()}
        every = [pair for ids in overlays[name].values() for pair in ids.items()]
        held = {entry: SimpleNamespace(id=id) for entry, id in every}
        return SimpleNamespace(records=SimpleNamespace(named=named, held=held))

    went = {path: SimpleNamespace(path=home) for path, home in (homes or {}).items()}
    return SimpleNamespace(
        names=list(overlays), rules_id=rules, overlay=overlay, moved=lambda _: went
    )


def test_a_key_has_the_records_of_the_seed_and_of_no_other() -> None:
    lying = Lying(workspace({"site": {"a": {"a": "1"}, "b": {"b": "2"}}}))
    assert [lying.over(path) for path in "abc"] == [True, True, False]
    assert lying.key("a", "seed").startswith("seed rules ")
    assert lying.key("a", "seed").endswith(" site 1")
    assert lying.key("b", "seed").endswith(" site 2")
    assert lying.key("c", "seed") == lying.key("a", "seed").removesuffix(" site 1")


def test_whatever_lies_over_a_seed_makes_another_key() -> None:
    one = {"a": {"a": "1"}}
    worlds = [
        workspace({"site": one}),
        workspace({"site": one}, rules="others"),
        workspace({"site": {"a": {"a": "2"}}}),
        workspace({"other": one}),
        workspace({"site": one, "team": one}),
        workspace({"team": one, "site": one}),
        workspace({"site": {"a": {"a": "1", "A": "2"}}}),
        workspace({}),
    ]
    keys = {Lying(world).key("a", seed) for world in worlds for seed in ("seed", "newer")}
    assert len(keys) == 2 * len(worlds)


def test_the_record_of_a_seed_that_moved_lies_over_its_new_path() -> None:
    lying = Lying(workspace({"site": {"a": {"a": "1"}, "c": {"c": "3"}}}, {"a": "b"}))
    assert [lying.over(path) for path in "abc"] == [False, True, True]
    assert lying.key("b", "seed").endswith(" site 1")
    gone = Lying(workspace({"site": {"a": {"a": "1"}}}, {"a": None}))
    assert [gone.over(path) for path in "ab"] == [True, False]


def test_records_whose_names_do_not_say_whose_they_are_are_read() -> None:
    world = workspace({"site": {"z": {"z": "1"}, "a": {LONG: "2"}}})
    stored = SimpleNamespace(path="b", record=Record("b", "base"))
    world.stored = lambda _: [stored]
    lying = Lying(world)
    assert [lying.over(path) for path in "abz"] == [False, True, False]
    assert lying.key("b", "seed") != lying.key("z", "seed")
