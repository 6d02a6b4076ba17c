"""A record keeps the paths that its seed had, and loses no override but the one that is named."""

from __future__ import annotations

from seedgit.overlay.override import ADD, Override
from seedgit.overlay.record import PATHS_KEPT, Record
from seedgit.values.diff import ABSENT

ONE, OTHER = (Override((key,), ADD, 1, ABSENT, ABSENT) for key in "ab")


def test_the_old_path_is_kept_once() -> None:
    record = Record("a", "0" * 40).at("b").at("c")
    assert (record.path, record.was) == ("c", ("a", "b"))
    assert record.at("c") is record
    back = record.at("a")
    assert (back.path, back.was) == ("a", ("b", "c"))


def test_only_the_newest_paths_are_kept() -> None:
    record = Record("p0", "0" * 40)
    for n in range(1, 50):
        record = record.at(f"p{n}")
    assert record.was == tuple(f"p{n}" for n in range(49 - PATHS_KEPT, 49))


def test_an_override_is_taken_out_by_itself() -> None:
    record = Record("a", "0" * 40, (ONE, OTHER))
    assert record.without(ONE).overrides == (OTHER,)
    assert not record.empty
    assert record.without(ONE).without(OTHER).empty
