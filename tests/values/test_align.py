"""Which item is which: by key, by equality, by similarity, or not at all."""

from __future__ import annotations

import pytest

from seedgit.values import align as module
from seedgit.values.align import align, bridged, identity_key
from seedgit.values.diff import changes, diff
from seedgit.values.value import ATOMIC, JOINS, SET, Value


def test_a_declared_key_follows_items_through_a_reorder() -> None:
    a = [{"step": "x", "n": 1}, {"step": "y", "n": 2}]
    b = [{"step": "y", "n": 9}, {"step": "z", "n": 1}, {"step": "x", "n": 8}]
    found = align(a, b, "step")
    assert found.pairs == {0: 2, 1: 0}
    assert found.key == "step"


def test_a_well_known_key_is_inferred_where_it_is_unique_everywhere() -> None:
    a = [{"id": "x", "n": 1}, {"id": "y", "n": 2}]
    assert align(a, a[::-1]).key == "id"
    assert align(a, a, also=[[{"id": "x"}, {"id": "x"}]]).key is None


def test_a_field_with_the_same_values_in_all_versions_tells_items_apart() -> None:
    a = [{"port": 80, "n": 1}, {"port": 81, "n": 2}]
    b = [{"port": 81, "n": 3}, {"port": 80, "n": 2}]
    found = align(a, b)
    assert (found.key, found.pairs) == ("port", {0: 1, 1: 0})
    assert align(a, b, also=[[*a, {"port": 82, "n": 4}]]).key is None  # which one was 82?
    assert align(a, []).key is align([], a).key is None


def test_an_item_is_known_through_the_other_version() -> None:
    first, last = {"a": 1}, {"b": 1, "c": 1, "d": 1}
    ours, theirs = {"b": 1, "c": 1, "d": 2, "e": 2}, {"c": 3, "d": 2, "e": 2}

    def pairs(b: list[Value], c: list[Value]) -> tuple[dict[int, int], dict[int, int]]:
        to_b, to_c = align([first, last], b), align([first, last], c)
        assert (to_b.pairs, to_c.pairs) == ({0: 0, 1: 1}, {0: 0})
        found = bridged(b, c, to_b, to_c)
        swapped = bridged(c, b, to_c, to_b)
        assert [one.pairs for one in swapped[::-1]] == [one.pairs for one in found]
        return found[0].pairs, found[1].pairs

    assert pairs([first, ours], [first, theirs]) == ({0: 0, 1: 1}, {0: 0, 1: 1})
    # Where another item came, or nothing is alike, it may be one as well as the other.
    assert pairs([first, ours], [first, theirs, {"f": 1}]) == ({0: 0, 1: 1}, {0: 0})
    assert pairs([first, ours], [first, {"d": 2}]) == ({0: 0, 1: 1}, {0: 0})
    one, other = {"f": 1, "g": 1}, {"h": 1, "i": 1}
    assert pairs([first, ours, one], [first, theirs, other]) == ({0: 0, 1: 1}, {0: 0})


def test_a_changed_value_does_not_pass_for_an_identity() -> None:
    a = [{"url": "u", "n": 1}, {"port": 1, "n": 2}]
    b = [{"url": "u", "n": 1}, {"port": 1, "n": 3}]
    found = align(a, b)
    assert found.key is None
    assert found.pairs == {0: 0, 1: 1}
    assert found.how == {0: "equal", 1: "similar"}


def test_one_true_and_one_are_different_items() -> None:
    assert align([1, True, 1.0], [True, 1.0, 1]).pairs == {0: 2, 1: 0, 2: 1}


def test_replaced_scalars_pair_by_place() -> None:
    found = align(["a", "b", "c"], ["a", "x", "c"])
    assert found.pairs == {0: 0, 1: 1, 2: 2}
    assert found.how[1] == "similar"


def test_duplicates_that_lost_a_twin_are_in_doubt() -> None:
    assert align(["a", "a", "b"], ["a", "b"]).unsafe == frozenset({0, 1})
    assert align(["a", "a", "b"], ["a", "a"]).unsafe == frozenset()


def test_items_like_several_others_are_in_doubt() -> None:
    a = [{"kind": "x", "n": 1}]
    b = [{"kind": "x", "n": 2}, {"kind": "x", "n": 3}]
    found = align(a, b)
    assert found.pairs == {}
    assert found.unsafe == frozenset({0})


def test_an_item_like_no_other_is_gone_and_not_in_doubt() -> None:
    found = align([{"a": 1}, {"b": 1}], [{"c": 1}])
    assert (found.pairs, found.unsafe) == ({}, frozenset())


PORTS = [
    {"port": 53, "protocol": "UDP", "n": 1},
    {"port": 53, "protocol": "TCP", "n": 1},
    {"port": "53", "protocol": "TCP", "n": 1},
]
BOTH = JOINS.join(("port", "protocol"))


def test_several_members_tell_items_apart_together() -> None:
    changed = [{**PORTS[1], "n": 2}, PORTS[2], PORTS[0], {"port": 80, "protocol": "TCP"}]
    found = align(PORTS, changed, BOTH)
    assert (found.pairs, found.key) == ({0: 2, 1: 0, 2: 1}, BOTH)
    assert identity_key(PORTS, BOTH) == BOTH
    assert align(PORTS, [{"port": 53}], BOTH).key is None  # one lacks a member
    assert align([{"port": [1]}], [{"port": [1]}], "port").key is None


def test_the_items_of_a_set_are_the_same_or_not() -> None:
    found = align(["a", "b", "c"], ["c", "x", "a"], SET)
    assert found.pairs == {0: 2, 2: 0} and not found.unsafe
    assert changes(["a", "b"], ["x", "a"], lambda _: SET)[0].old == "b"


def test_a_requirement_is_known_by_its_name_whatever_its_bound() -> None:
    found = align(["b>=1", "plain text", "a>=1"], ["a>=2", "plain text", "b>=1"])
    assert found.pairs == {0: 2, 1: 1, 2: 0}
    assert found.how == {0: "name", 1: "equal", 2: "name"}


def test_with_too_many_to_compare_all_are_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    a = [{"x": 1, "y": 2, "n": 1}, {"x": 3, "y": 4, "n": 1}]
    b = [{"x": 3, "y": 4, "n": 2}, {"x": 1, "y": 2, "n": 3}, {"x": 5, "y": 6, "n": 1}]
    assert align(a, b).pairs == {0: 1, 1: 0}
    monkeypatch.setattr(module, "_COMPARED", 5)
    found = align(a, b)
    assert (found.pairs, found.unsafe) == ({}, {0, 1})


def test_an_atomic_list_is_one_value() -> None:
    assert align(["a", "b"], ["a", "b"], ATOMIC).pairs == {0: 0, 1: 1}
    found = align(["a", "b"], ["a", "c"], ATOMIC)
    assert (found.pairs, found.unsafe) == ({}, {0, 1})
    (change,) = changes({"l": ["a"]}, {"l": ["a", "b"]}, lambda _: ATOMIC)
    assert (change.tokens, change.new) == (("l",), ["a", "b"])
    assert diff({"l": [1]}, {"l": [2]}, lambda _: ATOMIC) == [
        {"op": "replace", "path": "/l", "value": [2]}
    ]
