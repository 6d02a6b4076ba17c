"""One change of a record: where it goes, what it takes the place of, and what is refused."""

from __future__ import annotations

import pytest

from seedgit.errors import PatchError
from seedgit.overlay.edit import lay, remove_value, set_value
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override
from seedgit.overlay.patch import effective_value
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value, same

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
