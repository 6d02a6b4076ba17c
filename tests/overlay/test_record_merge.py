"""Merging two versions of a record: what clones make of one state, put together."""

from __future__ import annotations

import pytest

from seedgit import codes
from seedgit.overlay.override import REPLACE, Override, Parked, Rival
from seedgit.overlay.record import Record
from seedgit.overlay.record_merge import merge_records
from seedgit.values.diff import no_key
from seedgit.values.value import Secret, Value

BASE = {"host": "a"}


def override(value: Value, at: str = "gone") -> Override:
    return Override((at,), REPLACE, value, "x", "x")


def parked(*values: Value) -> Record:
    held = tuple(Parked(override(value), codes.ORPHANED) for value in values)
    return Record("flows/mail.yaml", "0", parked=held)


def merged(old: Record, ours: Record, theirs: Record) -> Record:
    found, clashes = merge_records(old, ours, theirs, BASE, no_key)
    assert clashes == ()
    return found


WAS, HERE, THERE = (Secret(f"age {n}", "k:1", (n,)) for n in "123")
OTHER = Secret("age 4", "k:2", ("4",))


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [
        ([HERE], [THERE], [HERE]),  # both have encrypted it anew
        ([WAS], [THERE], [THERE]),
        ([HERE], [WAS], [HERE]),
        ([HERE], [], []),  # one of them has dropped it
        ([], [THERE], []),
        ([HERE, OTHER], [THERE], [HERE, OTHER]),  # another value stays another one
        ([OTHER], [THERE], [OTHER]),
    ],
)
def test_a_parked_secret_that_was_encrypted_anew_is_kept_once(
    ours: list[Value], theirs: list[Value], kept: list[Value]
) -> None:
    found = merged(parked(WAS), parked(*ours), parked(*theirs))
    assert [each.override.value for each in found.parked] == kept


def test_a_rival_that_was_encrypted_anew_is_the_same_rival() -> None:
    def record(own: Secret, rival: Secret) -> Record:
        rivals = (Rival(override(rival, "host"), by="Ann"),)
        return Record("flows/mail.yaml", "0", (override(own, "host"),), rivals=rivals)

    own = [Secret(f"own {n}", "k:3", (n,)) for n in "123"]
    old, ours, theirs = (record(*pair) for pair in zip(own, (WAS, HERE, THERE), strict=True))
    found = merged(old, ours, theirs)
    assert [rival.override.value for rival in found.rivals] == [HERE]
    assert [each.value for each in found.overrides] in (own[1:2], own[2:])
    # One side has decided.
    assert merged(old, ours, theirs._replace(rivals=())).rivals == ()
