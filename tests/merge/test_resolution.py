"""What a resolution may change, and what it may not."""

from __future__ import annotations

import pytest

from seedgit.merge.resolution import places, strays
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value

A, B, C = ({"id": name, "x": 1} for name in "abc")


@pytest.mark.parametrize(
    ("ours", "theirs", "found", "pointers"),
    [
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 1}, []),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"b": 1}, []),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 2}, ["/b"]),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 1, "c": 1}, ["/c"]),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, "x", [""]),
        ({"a": 1}, {}, {"a": {"b": 2}}, []),
        ({"m": {"a": 1, "b": 1}}, {"m": {"a": 2, "b": 1}}, {}, ["/m"]),
        ({"m": {"a": 1}}, {"m": {"a": 2}}, {"m": {"a": 1.5}}, []),
        ([A, B], [A, {**B, "x": 2}], [A, {**B, "x": 3}], []),
        ([A, B], [A, {**B, "x": 2}], [{**A, "x": 9}, {**B, "x": 3}], ["/0/x"]),
        ([A, B], [A, {**B, "x": 2}], [{**B, "x": 3}], ["/0"]),
        ([A, B], [A, {**B, "x": 2}], [A, B, C], ["/2"]),
        ([A, B], [A, {**B, "x": 2}], [B, A], [""]),
        ([A, B], [A, C], [A, C, B], []),
        ([A, B], [A, C], [B, C], ["/0"]),
        ([1, 2], [1, 3], [1, 4], []),
    ],
)
def test_strays(ours: Value, theirs: Value, found: Value, pointers: list[str]) -> None:
    assert [format_pointer(change.tokens) for change in strays([ours, theirs], found)] == pointers


def test_a_place_in_conflict_as_a_whole_is_free() -> None:
    from seedgit.values.value import canonical

    free = {(canonical([1, 2]), canonical([1, 3]))}
    assert strays([{"a": [1, 2]}, {"a": [1, 3]}], {"a": "x"}, free=free) == []


def test_base_is_a_choice_too() -> None:
    assert strays([[A, B], [A, B, C], [A]], [A]) == []
    assert [c.tokens for c in strays([[A, B], [A, B, C]], [A])] == [("1",)]


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ((), [()]),
        (("l", "0", "x"), [("l", "0", "x"), ("l", "1", "x")]),  # any item may be the one
        (("l", "7", "y"), [("l", "1", "y")]),
        (("l", "0", "z"), []),
        (("m", "x"), [("m", "x")]),
        (("m", "x", "deeper"), []),
        (("gone",), []),
    ],
)
def test_what_a_pointer_may_mean_once_items_came_and_went(
    pointer: tuple[str, ...], expected: list[tuple[str, ...]]
) -> None:
    document = {"l": [{"x": 1}, {"x": 2, "y": 3}], "m": {"x": 4}}
    assert list(places(document, pointer)) == expected


def test_what_no_side_has_as_a_map_or_list_is_not_put_there() -> None:
    one, other = {"m": {"a": 1}}, {"m": {"b": 2}}
    assert strays([one, other], {"m": "x"}) == []  # they share nothing that could be lost
    assert [c.tokens for c in strays([{"l": [A, B]}, {"l": [A, C]}], {"l": "x"})] == [("l",)]
    assert strays([{"l": [A]}, {"l": [C]}], {"l": "x"}) == []
