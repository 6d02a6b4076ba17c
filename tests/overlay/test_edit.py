"""One change of a record: where it goes, what it takes the place of, and what is refused."""

from __future__ import annotations

import pytest

from seedgit import codes
from seedgit.errors import PatchError
from seedgit.overlay.edit import differences, distance, lay, remove_value, set_value
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override, Parked, Rival
from seedgit.overlay.patch import effective_value
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.value import Opaque, Value, same

SEED: Value = {"a": {"x": 1, "y": 2}, "l": [1, 2]}
NONE = Record("flows/mail.yaml", "0" * 40)
WHOLE = set_value(NONE, SEED, ("a",), {"x": 5, "z": 6})

REMOVED = Override(("a", "x"), REMOVE, None, 1, 1)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (REMOVED, {"z": 6}),
        (Override(("a", "q"), REMOVE, None, 1, 1), {"x": 5, "z": 6}),  # it is not there anyway
        (Override(("a", "x"), REPLACE, 9, 1, 1), {"x": 9, "z": 6}),
        (Override(("a", "n"), ADD, 9, ABSENT, ABSENT), {"x": 5, "z": 6, "n": 9}),
    ],
)
def test_a_difference_inside_an_override_changes_its_value(made: Override, expected: Value) -> None:
    found = lay(WHOLE, SEED, made)
    assert [(o.pointer, o.value) for o in found.overrides] == [("/a", expected)]


def test_a_difference_elsewhere_is_an_override_of_its_own() -> None:
    assert lay(NONE, SEED, REMOVED).overrides == (REMOVED,)
    found = lay(WHOLE, SEED, Override(("l", "0"), REPLACE, 7, 1, 1))
    assert [o.pointer for o in found.overrides] == ["/a", "/l/0"]


def test_nothing_goes_below_what_was_taken_away_or_into_a_replaced_list() -> None:
    without = remove_value(NONE, SEED, ("a",))
    with pytest.raises(PatchError, match="takes /a away"):
        lay(without, SEED, REMOVED)
    replaced = set_value(NONE, SEED, ("l",), [3, 4, 5])
    with pytest.raises(PatchError, match="is in a list"):
        lay(replaced, SEED, Override(("l", "0"), REPLACE, 7, 1, 1))


def test_items_that_are_put_in_keep_the_order_they_were_put_in() -> None:
    record = NONE
    for item in ("z", "a", "m"):
        made = Override(("l", "1"), ADD, item, ABSENT, ABSENT)
        record = record._replace(overrides=(*record.overrides, made))
    assert effective_value(record.overrides, SEED)["l"] == [1, "z", "a", "m", 2]
    gone = remove_value(record, SEED, ("l", "1"))
    assert effective_value(gone.overrides, SEED)["l"] == [1, "z", "a", "m"]


def test_an_override_of_what_lies_below_goes_with_it() -> None:
    record = set_value(set_value(NONE, SEED, ("a", "x"), 3), SEED, ("l", "0"), 4)
    record = set_value(record, SEED, ("a",), 5)
    assert same(effective_value(record.overrides, SEED), {"a": 5, "l": [4, 2]})
    assert [o.pointer for o in record.overrides] == ["/l/0", "/a"]


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ((), "the whole document cannot be overridden"),
        (("a", "x", "q"), "^/a/x holds a plain value: nothing goes below it"),
        (("l", "4"), "^/l/4: the list has 2 items"),
    ],
)
def test_where_nothing_can_be_set_that_is_told(tokens: tuple[str, ...], told: str) -> None:
    with pytest.raises(PatchError, match=told):
        set_value(NONE, SEED, tokens, 7)


def test_what_is_removed_inside_an_override_goes_from_its_value() -> None:
    found = remove_value(WHOLE, SEED, ("a", "z"))
    assert [(o.pointer, o.value) for o in found.overrides] == [("/a", {"x": 5})]


@pytest.mark.parametrize(
    ("reason", "tokens", "stays"),
    [
        (codes.YIELDED, ("l", "0"), False),
        (codes.ORPHANED, ("l", "0"), True),  # another item may be there now
        (codes.AMBIGUOUS, ("l", "0"), True),
        (codes.ORPHANED, ("a", "x"), False),
        (codes.YIELDED, ("a", "x"), False),
        (codes.ORPHANED, ("a", "y"), True),
    ],
)
def test_who_sets_a_place_anew_does_without_what_is_parked_there(
    reason: str, tokens: tuple[str, ...], stays: bool
) -> None:
    parked = Parked(Override(tokens, REPLACE, 7, 1, 1), reason)
    record = set_value(NONE._replace(parked=(parked,)), SEED, ("l", "0"), 8)
    record = set_value(record, SEED, ("a", "x"), 8)
    assert record.parked == ((parked,) if stays else ())


def test_what_json_cannot_say_of_the_seed_is_told_apart_from_the_value() -> None:
    date = Opaque("date", "2026-12-01")
    with pytest.raises(PatchError, match=r"^of the seed's value, "):
        set_value(NONE, {"a": date}, ("a",), 1)
    with pytest.raises(PatchError, match=r"^(?!of the seed)"):
        set_value(NONE, {"a": 1}, ("a",), date)


@pytest.mark.parametrize("before", [0, 1, 2])
def test_who_sets_what_waits_has_chosen_it_once_more(before: int) -> None:
    own = set_value(NONE, SEED, ("a", "x"), 5)
    waits = Override(("a", "x"), REPLACE, 7, 1, 1, chosen=before)
    other = Override(("a", "y"), REPLACE, 7, 2, 2)
    record = own._replace(rivals=(Rival(waits), Rival(other)))
    found = set_value(record, SEED, ("a", "x"), 7)
    assert [(o.pointer, o.value, o.chosen) for o in found.overrides] == [("/a/x", 7, before + 1)]
    assert [rival.override for rival in found.rivals] == [other]
    assert set_value(record, SEED, ("a", "x"), 8).rivals == record.rivals


STEPS = [{"step": "x", "n": 1}, {"step": "y", "n": 2}]
NAMED = [{"id": "x", "n": 1}]


@pytest.mark.parametrize(
    ("a", "b", "key", "expected"),
    [
        ([1, 2], [1, 3], None, ["/l"]),
        (STEPS, [{**STEPS[0], "n": 9}, STEPS[1]], "step", ["/l/0/n"]),
        (NAMED, [], None, ["/l/0"]),  # those that are there show how they are told apart
        ([], NAMED, None, ["/l/0"]),
        (NAMED, [{"id": "x", "n": 2}], None, ["/l/0/n"]),
    ],
)
def test_a_list_that_is_one_value_is_so_unless_its_items_are_told_apart(
    a: Value, b: Value, key: str | None, expected: list[str]
) -> None:
    made = differences({"l": a}, {"l": b}, (), lambda at: key, lambda at: at == ("l",))
    assert [o.pointer for o in made] == expected
    assert "/l" not in [o.pointer for o in differences({"l": a}, {"l": b})]


def test_a_list_that_got_longer_is_no_further_away_than_one_with_nothing_in_common() -> None:
    now: Value = {"n": 3, "l": [4, 5, 6, 7, 8]}
    assert distance({"n": 2, "l": [3, 4, 5, 6]}, now, no_key) == 2
    assert distance({"n": 1, "l": [0]}, now, no_key) == 2
    assert distance({"l": [{"id": 1, "x": 1}]}, {"l": [{"id": 1, "x": 2}]}, no_key) == 1
