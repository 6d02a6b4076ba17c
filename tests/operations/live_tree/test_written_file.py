"""How an edited file is split: which override an edit replaces, and who wins at one place."""

from __future__ import annotations

from typing import Any

import pytest

from seedgit.errors import Refused
from seedgit.operations.live_tree.written_file import _moved, _overridden, _with_others
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

BASE: Value = {"a": {"x": 1, "y": 2}, "l": [1, 2], "s": [{"id": "p", "v": 0}], "none": []}


def put(pointer: str, value: Any) -> Override:
    """A new item of a list."""
    return Override(tuple(pointer.split("/")), ADD, value, ABSENT, ABSENT)


def over(pointer: str, value: Any) -> Override:
    return Override(tuple(pointer.split("/")), REPLACE, value, 0, 0)


def gone(pointer: str) -> Override:
    return Override(tuple(pointer.split("/")), REMOVE, None, 0, 0)


def replaced(made: Override, *held: Override, key: str | None = None) -> Override | None:
    return _overridden(Record("p", "b", held), BASE, made, key)


# -- which override an edit replaces ---------------------------------------------------------------


def test_an_edit_replaces_the_override_of_its_place() -> None:
    others = over("a/y", 7), gone("l/1"), put("l/1", 9)
    for held in (over("a/x", 5), gone("a/x")):
        assert replaced(over("a/x", 6), *others, held) is held
    assert replaced(over("a/x", 6), *others) is None
    assert replaced(gone("l/0"), *others, over("l/0", 3)) == over("l/0", 3)


def test_an_edit_of_an_item_replaces_none_that_was_put_in_front_of_it() -> None:
    assert replaced(over("l/0", 9), put("l/0", 9)) is None
    assert replaced(gone("l/0"), put("l/0", 9)) is None
    assert replaced(put("l/0", 9), over("l/0", 9)) is None
    assert replaced(put("l/0", 9), put("l/0", 8), over("l/0", 9), put("l/1", 9)) == put("l/1", 9)


@pytest.mark.parametrize(
    ("made", "held", "one"),
    [
        (put("l/0", 7), put("l/2", 7), True),  # the same value, elsewhere in the list
        (put("l/0", 7), put("l/0", 8), False),
        (put("l/0", 7), put("none/0", 7), False),  # in another list
        (put("none/0", 7), put("none/0", 7), True),
        (put("s/1", {"id": "q", "v": 2}), put("s/0", {"id": "q", "v": 1}), True),
        (put("s/1", {"id": "q", "v": 2}), put("s/1", {"id": "r", "v": 2}), False),
        (put("s/1", {"id": "q", "v": 2}), put("s/1", {"v": 2}), False),  # it has no identity
        (put("s/1", {"id": "p", "v": 2}), put("s/1", {"id": "p", "v": 3}), False),  # twice there
        (put("none/0", {"id": "q"}), put("none/0", {"id": "q", "v": 1}), True),
        (put("none/0", {"id": None}), put("none/0", {"v": 1}), False),
    ],
)
def test_a_new_item_replaces_one_of_the_same_identity_or_value(
    made: Override, held: Override, one: bool
) -> None:
    assert replaced(made, put("l/1", 0), held) is (held if one else None)


def test_a_declared_key_says_which_items_are_one() -> None:
    made = put("none/0", {"id": 1, "code": "a"})
    by_id, by_code = put("none/0", {"id": 1, "code": "b"}), put("none/0", {"id": 2, "code": "a"})
    assert replaced(made, by_id, by_code, key="code") is by_code
    assert replaced(made, by_code, by_id) is by_id


# -- what somebody has set meanwhile ---------------------------------------------------------------


def test_what_was_set_meanwhile_wins_where_both_meet() -> None:
    known = over("a/y", 7), over("l", [0])
    new = over("a/x", 5)
    both = over("a/y", 7), over("l", [0]), over("a/z", 1)
    assert _with_others((*known, over("a/z", 1)), (*known, new), known) == (*both, new)
    for mine in (over("a/x", 6), over("a", {}), over("a/x/deep", 6), new):
        assert _with_others((mine, *known), (*known, new), known) == (*known, new)


def test_what_was_unset_meanwhile_is_not_set_again() -> None:
    known = over("a/x", 5), over("a/y", 7)
    assert _with_others(known, known[1:], known) == known[1:]
    changed = over("a/x", 6)  # by the file: somebody else has taken back what it was
    assert _with_others((changed, known[1]), known[1:], known) == (changed, known[1])


# -- another version of the seed -------------------------------------------------------------------


def test_overrides_keep_their_places_in_another_version() -> None:
    rule = SeedRule(("**",))
    held = (Override(("l", "1"), REPLACE, 5, 2, 2),)
    assert _moved("p", held, BASE, BASE, rule) is held
    longer: Value = {**BASE, "l": [0, 1, 2]}
    assert [o.tokens for o in _moved("p", held, BASE, longer, rule)] == [("l", "2")]
    lost = (Override(("a", "x"), REPLACE, 5, 1, 1),)
    with pytest.raises(Refused, match="cannot be told apart") as raised:
        _moved("p", lost, BASE, {"l": [1, 2]}, rule)
    assert raised.value.where == "p"
