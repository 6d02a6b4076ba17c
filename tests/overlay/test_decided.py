"""What a decision makes of a record."""

from __future__ import annotations

import pytest

from seedgit.errors import Refused, UsageError
from seedgit.overlay.decided import decided
from seedgit.overlay.decisions import (
    KEEP_LOCAL,
    TAKE_SEED,
    VALUE,
    StoredDecision,
    question_of,
    question_of_parked,
)
from seedgit.overlay.override import REPLACE, Override, Parked
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT

SEED = {"limit": 8, "pause": 1}
MOVED = Override(("limit",), REPLACE, 9, 8, 5, "burn-in")  # the seed had 5
GONE = Parked(Override(("old",), REPLACE, 9, 5, 5, "burn-in"), "orphaned", "/old")
RECORD = Record("a.yaml", "0" * 40, (MOVED,), (GONE,))


def values(record: Record) -> dict[str, object]:
    return {override.pointer: override.value for override in record.overrides}


@pytest.mark.parametrize(
    ("choice", "value", "expected"),
    [(TAKE_SEED, None, {}), (KEEP_LOCAL, None, {"/limit": 9}), (VALUE, 7, {"/limit": 7})],
)
def test_an_override_moved_under(choice: str, value: object, expected: object) -> None:
    decision = StoredDecision(question_of(MOVED), choice, value, "seen")
    found = decided(RECORD, SEED, [decision])
    assert values(found) == expected
    assert not any(override.moved_under for override in found.overrides)
    assert found.decisions == (decision,)
    assert found.parked == RECORD.parked


def test_an_orphan_goes_stays_or_gets_another_place() -> None:
    asked = question_of_parked(GONE)
    assert decided(RECORD, SEED, [StoredDecision(asked, TAKE_SEED)]).parked == ()
    assert decided(RECORD, SEED, [StoredDecision(asked, KEEP_LOCAL)]).parked == (GONE,)
    moved = decided(RECORD, SEED, [StoredDecision(asked, KEEP_LOCAL, at="/pause")])
    assert (values(moved), moved.parked) == ({"/limit": 9, "/pause": 9}, ())


def test_of_a_seed_that_is_gone_what_is_kept_stays_as_it_is() -> None:
    found = decided(RECORD, ABSENT, [StoredDecision(question_of(MOVED), KEEP_LOCAL)])
    assert found.overrides == (MOVED,)


def test_what_cannot_be_done_is_refused() -> None:
    asked = question_of_parked(GONE)
    with pytest.raises(UsageError, match="names nothing"):
        decided(RECORD, SEED, [StoredDecision(asked, KEEP_LOCAL, at="/nowhere/x")])
    done = decided(RECORD, SEED, [StoredDecision(asked, TAKE_SEED)])
    with pytest.raises(Refused, match="waits"):
        decided(done, SEED, [StoredDecision(asked, TAKE_SEED)])
