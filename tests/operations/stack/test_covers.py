from __future__ import annotations

from seedgit import codes
from seedgit.operations.stack.covers import with_covers
from seedgit.operations.status import Field
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

NAMES = ["fleet", "group", "site"]


def field(overlay: str, pointer: str, path: str = "a.yaml", *, seed: Value = 1) -> Field:
    place = overlay, path, pointer, pointer
    return Field(*place, codes.UNCHANGED, seed, 2, 1, "", False)


def covers(*fields: Field, names: list[str] = NAMES) -> list[str]:
    return [found.covered_by for found in with_covers(fields, names)]


def test_the_highest_at_a_place_or_above_it_covers() -> None:
    assert covers(field("fleet", "/a"), field("group", "/a"), field("site", "/a")) == [
        "site",
        "site",
        "",
    ]
    assert covers(field("fleet", "/a/b"), field("group", "/a"), field("site", "/c")) == [
        "group",
        "",
        "",
    ]


def test_a_part_of_a_value_does_not_cover_the_whole() -> None:
    assert covers(field("fleet", "/a"), field("site", "/a/b")) == ["", ""]
    assert covers(field("fleet", "/ab"), field("site", "/a")) == ["", ""]


def test_another_file_covers_nothing() -> None:
    assert covers(field("fleet", "/a"), field("site", "/a", "b.yaml")) == ["", ""]


def test_what_has_no_place_neither_covers_nor_is_covered() -> None:
    parked = field("site", "/a")._replace(parked=True)
    committed = field("", "/a")
    assert covers(field("fleet", "/a"), parked, committed) == ["", "", ""]
    added = field("site", "/list/1", seed=ABSENT)
    assert covers(field("fleet", "/list/1"), added) == ["", ""]


def test_one_layer_covers_nothing() -> None:
    assert covers(field("site", "/a"), field("site", "/a/b"), names=["site"]) == ["", ""]
