"""Merging two versions of a record: what clones make of one state, put together."""

from __future__ import annotations

import pytest

from seedgit import codes
from seedgit.overlay.edit import remove_value, set_value
from seedgit.overlay.override import REPLACE, Override, Parked, Rival
from seedgit.overlay.record import Record
from seedgit.overlay.record_merge import Clash, merge_records
from seedgit.overlay.rivals import decided_against, decided_for, with_rivals
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.value import Secret, Value, same

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


# -- two changes of one record ---------------------------------------------------------------------

SEED: Value = {"a": {"x": 1, "y": 2}, "b": 1, "l": [{"id": "p", "n": 1}, {"id": "q", "n": 2}]}


def made(**values: Value) -> Record:
    """A record with an override for each of these: `a__x` is /a/x, ABSENT takes it away."""
    record = Record("flows/mail.yaml", "0")
    for name, value in values.items():
        tokens = tuple(name.split("__"))
        if value is ABSENT:
            record = remove_value(record, SEED, tokens)
        else:
            record = set_value(record, SEED, tokens, value)
    return record


def values(record: Record) -> dict[str, Value]:
    return {o.pointer: o.local for o in record.overrides}


def both(old: Record, ours: Record, theirs: Record) -> tuple[dict[str, Value], list[Clash]]:
    record, clashes = merge_records(old, ours, theirs, SEED, no_key)
    return values(record), list(clashes)


@pytest.mark.parametrize(
    ("old", "ours", "theirs", "result"),
    [
        ({}, {"b": 2}, {"a__x": 3}, {"/b": 2, "/a/x": 3}),  # each its own
        ({}, {"b": 2}, {"b": 2}, {"/b": 2}),  # the same
        ({"b": 2}, {"b": 2}, {"b": 3}, {"/b": 3}),  # one changed it
        ({"b": 2}, {"b": 3}, {"b": 2}, {"/b": 3}),
        ({"b": 2}, {"b": 2}, {}, {}),  # one took it away
        ({"b": 2}, {}, {"b": 2}, {}),
        ({"b": 2}, {}, {}, {}),  # both did
        ({"b": 2, "a__x": 3}, {"a__x": 3}, {"b": 2}, {}),  # each another one
        ({}, {"b": ABSENT}, {"a__x": ABSENT}, {"/b": ABSENT, "/a/x": ABSENT}),
        ({"b": 1}, {"b": 1.0}, {"b": 1}, {"/b": 1.0}),  # another value, though Python's equal one
        ({}, {"l__0__n": 5}, {"l__1__n": 6}, {"/l/0/n": 5, "/l/1/n": 6}),
    ],
)
def test_law_3_changes_of_other_places_are_all_in_the_result(
    old: dict[str, Value], ours: dict[str, Value], theirs: dict[str, Value], result: Value
) -> None:
    found, clashes = both(made(**old), made(**ours), made(**theirs))
    assert same(found, result) and not clashes
    found, clashes = both(made(**old), made(**theirs), made(**ours))
    assert same(found, result) and not clashes


@pytest.mark.parametrize(
    ("old", "ours", "theirs"),
    [
        ({}, {"b": 2}, {"b": 3}),
        ({}, {"b": 2}, {"b": ABSENT}),
        ({"b": 9}, {"b": 2}, {"b": 3}),
        ({"b": 9}, {}, {"b": 3}),
        ({"b": 9}, {"b": 2}, {}),
    ],
)
def test_law_5_two_changes_of_one_place_clash_and_ours_holds(
    old: dict[str, Value], ours: dict[str, Value], theirs: dict[str, Value]
) -> None:
    for mine, yours in ((ours, theirs), (theirs, ours)):
        found, [clash] = both(made(**old), made(**mine), made(**yours))
        assert same(found, values(made(**mine)))
        sides = [side and side.local for side in (clash.base, clash.ours, clash.theirs)]
        expected = [values(made(**side)).get("/b") for side in (old, mine, yours)]
        assert sides == expected and clash.pointer == "/b"


def test_a_change_inside_the_others_change_clashes() -> None:
    """Both kept, they would be a value that nobody has set."""
    whole, part = made(a={"x": 5}), made(a__y=6, b=2)
    found, [clash] = both(made(), whole, part)
    assert found == {"/a": {"x": 5}, "/b": 2}
    assert (clash.ours, clash.theirs) == (whole.overrides[0], part.overrides[0])
    found, [clash] = both(made(), part, whole)
    assert found == {"/a/y": 6, "/b": 2}
    # Nobody changed the outer one: the other's change inside it is no clash.
    assert both(made(a={"x": 5}), made(a={"x": 5}), made(a={"x": 5}, b=2))[1] == []


def test_an_override_that_lost_its_place_was_not_taken_away() -> None:
    old, changed = made(b=2, a__x=3), made(b=4, a__x=3)
    lost = old.without(old.overrides[0])._replace(
        parked=(Parked(old.overrides[0], codes.ORPHANED),)
    )
    for ours, theirs in ((changed, lost), (lost, changed)):
        record, clashes = merge_records(old, ours, theirs, SEED, no_key)
        assert values(record) == {"/b": 4, "/a/x": 3} and not clashes
    # What was parked before says nothing of what is there now.
    before = old._replace(parked=lost.parked)
    _, [clash] = merge_records(before, changed, lost, SEED, no_key)
    assert (clash.ours, clash.theirs) == (changed.overrides[0], None)
    # Where only its place was lost, it is parked, and nothing of it is gone.
    record, clashes = merge_records(old, old, lost, SEED, no_key)
    assert record.parked == lost.parked and not clashes


def test_items_put_into_one_list_are_all_there() -> None:
    new: list[Value] = [{"id": "r", "n": 1}, {"id": "s", "n": 1}]
    one, other = (set_value(made(), SEED, ("l", "-"), item) for item in new)
    record, clashes = merge_records(made(), one, other, SEED, no_key)
    assert [o.value for o in record.overrides] == new and not clashes
    same_item = set_value(made(), SEED, ("l", "-"), new[0])
    assert merge_records(made(), one, same_item, SEED, no_key)[0].overrides == one.overrides


def test_items_without_an_identity_are_told_apart_by_all_they_hold() -> None:
    seed: Value = {"l": [{"n": 1}, {"n": 1}]}
    one, other = (set_value(made(), seed, ("l", "-"), {"n": n}) for n in (2, 3))
    record, clashes = merge_records(made(), one, other, seed, no_key)
    assert [o.value for o in record.overrides] == [{"n": 2}, {"n": 3}] and not clashes
    same_item = set_value(made(), seed, ("l", "-"), {"n": 2})
    assert merge_records(made(), one, same_item, seed, no_key)[0].overrides == one.overrides


def test_a_rival_waits_until_somebody_decides() -> None:
    [wanted] = made(b=7).overrides
    old, changed = (made(b=n)._replace(rivals=(Rival(wanted),)) for n in (2, 3))
    for ours, theirs in ((old, changed), (changed, old)):
        record, clashes = merge_records(old, ours, theirs, SEED, no_key)
        assert values(record) == {"/b": 3} and not clashes
        assert record.rivals == (Rival(wanted),)
    # Two decisions, of which neither knew the other.
    [rival] = old.rivals
    one, other = (
        decided_against(old, rival, wanted.chosen_again, SEED),
        decided_for(old, rival, SEED),
    )
    _, [clash] = merge_records(old, one, other, SEED, no_key)
    assert (clash.ours, clash.theirs) == (wanted.chosen_again, other.overrides[0])
    assert values(one) == {"/b": 7} and values(other) == {"/b": 2}


CLASH = made(b=2)._replace(rivals=(Rival(made(b=7).overrides[0]),))
LEFT = made(b=7)  # once 2 was taken back, and nobody decided for 7
RIVAL = CLASH.rivals[0]


@pytest.mark.parametrize(
    ("theirs", "result"),
    [
        (made()._replace(rivals=(Rival(made(b=2).overrides[0]),)), {}),  # 7 was taken back there
        (made(b=2), {}),
        (made(b=3)._replace(rivals=(Rival(made(b=2).overrides[0]),)), {"/b": 3}),  # or replaced
        (decided_for(CLASH, RIVAL, SEED), {"/b": 2}),  # somebody decided for 2
        (CLASH, {"/b": 7}),  # nothing was done there
    ],
)
def test_what_each_side_took_back_of_a_clash_stays_away(theirs: Record, result: Value) -> None:
    for ours, other in ((LEFT, theirs), (theirs, LEFT)):
        record, clashes = merge_records(CLASH, ours, other, SEED, no_key)
        assert values(record) == result and not clashes and not record.rivals


def test_what_was_taken_back_beside_another_value_leaves_that() -> None:
    """The other one was not set instead of it: both were set at once."""
    old, gone = made(b=7), made()
    for ours, theirs in ((gone, CLASH), (CLASH, gone)):
        record, clashes = merge_records(old, ours, theirs, SEED, no_key)
        assert values(record) == {"/b": 2} and not clashes and not record.rivals


TAKEN = decided_against(CLASH, RIVAL, made(b=7).overrides[0].chosen_again, SEED)


@pytest.mark.parametrize(
    ("old", "chosen"),
    [
        (made(b=7), TAKEN),  # a decision for what the other one had set
        (made(b=7), set_value(CLASH, SEED, ("b",), 7)),  # it was set here too
        (made(b=2), decided_for(CLASH, RIVAL, SEED)),  # a decision for what was set here
    ],
)
def test_what_somebody_chose_is_not_taken_back_with_what_was_set(
    old: Record, chosen: Record
) -> None:
    """Who took back what was set has not seen that it was chosen meanwhile."""
    for ours, theirs in ((made(), chosen), (chosen, made())):
        _, [clash] = merge_records(old, ours, theirs, SEED, no_key)
        assert {clash.ours, clash.theirs} == {None, chosen.overrides[0]}


def test_what_wants_what_a_record_has_does_not_wait() -> None:
    seven, parts = made(b=7), made(a__x=3, a__y=4)
    [wanted], [whole] = seven.overrides, made(a={"x": 3}).overrides
    for record, rival in (
        (seven, Rival(wanted)),  # they want the same
        (made(), Rival(wanted, gone=True)),  # they took away what is not here either
    ):
        assert not with_rivals(record, [rival], SEED).rivals
    for record, rival in (
        (made(), Rival(wanted)),
        (made(b=2), Rival(wanted)),
        (seven, Rival(wanted, gone=True)),
        (parts, Rival(whole)),  # against both of them
        (parts, Rival(parts.overrides[0]._replace(tokens=("a",)))),
    ):
        assert with_rivals(record, [rival], SEED).rivals == (rival,)


def test_who_sets_what_waits_has_chosen_it() -> None:
    record = set_value(CLASH, SEED, ("b",), 7)
    assert values(record) == {"/b": 7} and not record.rivals
    assert [o.chosen for o in record.overrides] == [1]
    assert [o.chosen for o in set_value(CLASH, SEED, ("b",), 3).overrides] == [0]


def test_what_was_taken_away_does_not_wait_again() -> None:
    old, new = made(b=2), made(b=5)
    waiting = new._replace(rivals=(Rival(old.overrides[0]),))
    for ours, theirs in ((waiting, new), (new, waiting)):
        record, clashes = merge_records(old, ours, theirs, SEED, no_key)
        assert values(record) == {"/b": 5} and not clashes and not record.rivals
    # The same where the place is gone since, and all of it is parked.
    states = [parked(2), parked(5)._replace(rivals=(Rival(override(2), lost=True),)), parked(7)]
    for ours, theirs in (states[1:], states[:0:-1]):
        record, clashes = merge_records(states[0], ours, theirs, BASE, no_key)
        assert {p.override.value for p in record.parked} == {5, 7}
        assert not clashes and not record.rivals
    # Another value that waits at its place stays.
    other = new._replace(rivals=(Rival(made(b=6).overrides[0]),))
    assert merge_records(old, new, other, SEED, no_key)[0].rivals == other.rivals


@pytest.mark.parametrize("gone", [False, True])
def test_a_secret_that_one_side_encrypted_anew_is_not_changed_there(gone: bool) -> None:
    """Whatever the other side did with it holds: another value, or none."""

    def record(*values: Secret) -> Record:
        return Record("flows/mail.yaml", "0", tuple(override(v, "host") for v in values))

    other = record() if gone else record(OTHER)
    for ours, theirs in ((record(HERE), other), (other, record(HERE))):
        assert merged(record(WAS), ours, theirs).overrides == other.overrides
