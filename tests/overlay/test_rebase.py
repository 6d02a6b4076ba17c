"""Laws 2, 3 and 4, and what becomes of an override."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit import codes
from seedgit.errors import InputError
from seedgit.overlay import rebase as r
from seedgit.overlay.edit import from_difference, lay, remove_value, set_value
from seedgit.overlay.override import ADD, DATE, SEED_IS, VERSION, Override, Until
from seedgit.overlay.patch import effective_value, patch_of
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record import Record
from seedgit.overlay.record_json import body_of, record_from
from seedgit.rules.ownership import OverlayRule, SeedRule
from seedgit.values.diff import ABSENT
from seedgit.values.patch import apply
from seedgit.values.pointer import exists, parse_pointer, resolve
from seedgit.values.value import ATOMIC, JOINS, SET, same
from tests.documents import DOCUMENTS, edited

BASE = {
    "queue": {"mode": "live"},
    "steps": [{"id": "fetch", "max_items": 50}, {"id": "rank", "top": 5}],
    "hosts": ["a", "b"],
}
RULE = SeedRule(
    ("*",),
    keys=(("/steps", "id"),),
    overlay=(
        OverlayRule("/steps/*/max_items", "review"),
        OverlayRule("/steps/*/top", "yield"),
        OverlayRule("/queue"),
    ),
)


def record(**values: Any) -> Record:
    made = Record("f", "0" * 40)
    for pointer, value in values.items():
        made = set_value(made, BASE, parse_pointer(pointer), value, "because")
    return made


def one(pointer: str, value: Any, seed: Any) -> r.Outcome:
    made = set_value(Record("f", "0" * 40), BASE, parse_pointer(pointer), value)
    found = rebase(made.overrides, BASE, seed, RULE)
    assert len(found.outcomes) == 1
    return found.outcomes[0]


def test_an_override_follows_its_item() -> None:
    seed = {**BASE, "steps": [{"id": "new"}, BASE["steps"][1], BASE["steps"][0]]}
    found = one("/steps/0/max_items", 1, seed)
    assert (found.status, found.override.pointer) == (codes.MOVED, "/steps/2/max_items")


def test_a_seed_change_under_an_override_is_told() -> None:
    seed = {**BASE, "steps": [{"id": "fetch", "max_items": 80}, BASE["steps"][1]]}
    found = one("/steps/0/max_items", 1, seed)
    assert (found.status, found.override.over, found.override.seed) == (codes.MOVED_UNDER, 50, 80)
    assert found.needs_person


def test_yield_takes_the_seeds_value_and_keeps_ours_parked() -> None:
    seed = {**BASE, "steps": [BASE["steps"][0], {"id": "rank", "top": 9}]}
    made = set_value(Record("f", "0" * 40), BASE, parse_pointer("/steps/1/top"), 1)
    found = rebase(made.overrides, BASE, seed, RULE)
    assert found.overrides == ()
    assert [(p.reason, p.override.value) for p in found.parked] == [(codes.YIELDED, 1)]


def test_a_parked_override_that_yielded_follows_its_item() -> None:
    rule = SeedRule(("**",), (("/steps", "id"),), (OverlayRule("/steps/*/n", "yield"),))
    old, new, last = (
        {"steps": [{"id": i, "n": n} for i, n in items]}
        for items in ([("a", 1), ("b", 1)], [("a", 1), ("b", 2)], [("c", 0), ("b", 3)])
    )
    record = set_value(Record("f", "1" * 40), old, ("steps", "1", "n"), 9)
    first = rebase(record.overrides, old, new, rule)
    moved = rebase(first.overrides, new, last, rule, parked=first.parked)
    (parked,) = moved.parked
    assert (parked.reason, parked.override.pointer) == (codes.YIELDED, "/steps/1/n")
    assert (parked.override.value, parked.override.seed) == (9, 3)
    front = rebase((), last, {"steps": [{"id": "b", "n": 3}]}, rule, parked=moved.parked)
    assert front.parked[0].override.pointer == "/steps/0/n"
    gone = rebase((), last, {"steps": []}, rule, parked=moved.parked)
    assert [(p.reason, p.override.value) for p in gone.parked] == [(codes.ORPHANED, 9)]


def test_what_the_seed_took_over_is_redundant_and_kept() -> None:
    found = one("/queue/mode", "drain", {**BASE, "queue": {"mode": "drain"}})
    assert found.status == codes.REDUNDANT
    assert found.override.value == "drain"


def test_a_dropped_item_orphans_its_override_and_gives_it_back() -> None:
    without = {**BASE, "steps": BASE["steps"][1:]}
    made = set_value(Record("f", "0" * 40), BASE, parse_pointer("/queue/mode"), "drain")
    gone = rebase(made.overrides, BASE, {**BASE, "queue": {}}, RULE)
    assert [(p.reason, p.override.value) for p in gone.parked] == [(codes.ORPHANED, "drain")]
    back = rebase(gone.overrides, {**BASE, "queue": {}}, BASE, RULE, parked=gone.parked)
    assert back.parked == ()
    assert effective_value(back.overrides, BASE)["queue"] == {"mode": "drain"}
    assert one("/steps/0/max_items", 1, without).status == codes.ORPHANED


def test_what_the_site_removed_stays_removed() -> None:
    made = remove_value(Record("f", "0" * 40), BASE, ("queue",))
    seed = {**BASE, "queue": {"mode": "bulk"}}
    found = rebase(made.overrides, BASE, seed, RULE)
    assert "queue" not in effective_value(found.overrides, seed)
    assert found.outcomes[0].status == codes.MOVED_UNDER


def test_a_seed_that_turns_from_zero_to_false_did_change() -> None:
    made = set_value(Record("f", "0" * 40), {"a": 0}, ("a",), False)
    found = rebase(made.overrides, {"a": 0}, {"a": False})
    assert found.outcomes[0].status == codes.REDUNDANT
    assert apply(patch_of(found.overrides), {"a": False}) == {"a": False}


def test_items_that_cannot_be_told_apart_are_not_guessed() -> None:
    base = {"jobs": [{"kind": "x", "n": 1}]}
    seed = {"jobs": [{"kind": "x", "n": 2}, {"kind": "x", "n": 3}]}
    made = set_value(Record("f", "0" * 40), base, ("jobs", "0", "n"), 9)
    found = rebase(made.overrides, base, seed)
    assert [(p.reason, p.override.value) for p in found.parked] == [(codes.AMBIGUOUS, 9)]


def test_a_record_survives_its_json() -> None:
    made = record(**{"/queue/mode": "drain", "/steps/0/max_items": 1, "/hosts/-": "c"})
    moved = rebase(made.overrides, BASE, {**BASE, "queue": {"mode": "bulk"}}, RULE)
    stored = Record("f", "1" * 40, moved.overrides, moved.parked)
    again = record_from("f", "1" * 40, body_of(stored))
    assert body_of(again) == body_of(stored)
    assert set(map(repr, again.overrides)) == set(map(repr, stored.overrides))


def test_setting_below_an_overridden_value_changes_that_value() -> None:
    made = record(**{"/queue": {"mode": "drain"}})
    made = set_value(made, BASE, ("queue", "name"), "bulk")
    assert effective_value(made.overrides, BASE)["queue"] == {"mode": "drain", "name": "bulk"}
    assert made.without(made.overrides[0]).empty


@st.composite
def local(draw: st.DrawFn) -> tuple[dict[str, Any], Record]:
    base = draw(DOCUMENTS)
    changed = draw(edited(base))
    return base, from_difference(Record("f", "0" * 40), base, changed)


@given(st.data())
def test_a_difference_becomes_a_patch_any_implementation_can_apply(data: st.DataObject) -> None:
    import jsonpatch

    base = data.draw(DOCUMENTS)
    changed = data.draw(edited(base))
    made = from_difference(Record("f", "0" * 40), base, changed)
    assert same(effective_value(made.overrides, base), changed)
    assert same(jsonpatch.apply_patch(base, patch_of(made.overrides)), changed)


@given(local())
def test_rebasing_onto_the_same_seed_changes_nothing(versions: Any) -> None:
    base, made = versions
    assert rebase(made.overrides, base, base, RULE).overrides is made.overrides


@given(st.data())
def test_a_local_value_is_never_lost(data: st.DataObject) -> None:
    base, made = data.draw(local())
    seed = data.draw(edited(base))
    found = rebase(made.overrides, base, seed)
    result = effective_value(found.overrides, seed)
    parked = [p.override.value for p in found.parked]
    for outcome in found.outcomes:
        override = outcome.override
        if override.op == "remove":
            continue
        held = exists(result, override.tokens) and _holds(result, override)
        assert held or any(same(override.value, value) for value in parked)
    assert len(found.outcomes) == len(made.overrides)


def _holds(result: Any, override: Override) -> bool:
    at = override.tokens[:-1]
    holder = resolve(result, at)
    items = holder if isinstance(holder, list) else [resolve(result, override.tokens)]
    return any(same(item, override.value) for item in items)


@given(st.data())
def test_two_rebases_are_one(data: st.DataObject) -> None:
    base, made = data.draw(local())
    middle = data.draw(edited(base))
    end = data.draw(edited(middle))
    first = rebase(made.overrides, base, middle)
    twice = rebase(first.overrides, middle, end, parked=first.parked)
    once = rebase(made.overrides, base, end)
    if any(
        o.status not in (codes.UNCHANGED, codes.MOVED)
        for x in (first, twice, once)
        for o in x.outcomes
    ):
        return
    assert same(effective_value(twice.overrides, end), effective_value(once.overrides, end))


def test_the_patch_of_a_record_passes_its_own_tests() -> None:
    made = record(**{"/queue/mode": "drain", "/hosts/-": "c"})
    made = remove_value(made, BASE, ("hosts", "0"))
    made = set_value(made, BASE, ("hosts", "1"), "B")
    assert apply(patch_of(made.overrides), BASE)["hosts"] == ["B", "c"]


def renaming(*renames: tuple[str, str]) -> SeedRule:
    return SeedRule(("**",), keys=(("/steps", "id"),), renames=renames)


@pytest.mark.parametrize(
    ("old", "new", "pointer", "there"),
    [
        ("/throttle", "/limit", "/throttle/max", "/limit/max"),
        ("/steps/*/max", "/steps/*/max_items", "/steps/0/max", "/steps/1/max_items"),
        ("/steps/[id=a]", "/steps/[id=c]", "/steps/0/max", "/steps/2/max"),
    ],
)
def test_an_override_follows_a_declared_rename(
    old: str, new: str, pointer: str, there: str
) -> None:
    base = {"throttle": {"max": 5}, "steps": [{"id": "a", "max": 5}, {"id": "b", "max": 6}]}
    seed = {
        "/throttle": {"limit": {"max": 5}, "steps": base["steps"]},
        "/steps/*/max": {
            "throttle": {"max": 5},
            "steps": [{"id": "b", "max_items": 6}, {"id": "a", "max_items": 5}],
        },
        "/steps/[id=a]": {
            "throttle": {"max": 5},
            "steps": [{"id": "x", "on": True}, {"id": "b", "max": 6}, {"id": "c", "max": 5}],
        },
    }[old]
    tokens = parse_pointer(pointer)
    made = set_value(Record("f.yaml", ""), base, tokens, 1).overrides
    moved = rebase(made, base, seed, renaming((old, new)))
    assert [o.pointer for o in moved.overrides] == [there]
    assert [o.status for o in moved.outcomes] == ["moved"]
    assert rebase(made, base, seed, renaming()).parked


def test_an_end_is_kept_wherever_an_override_goes() -> None:
    made = Record("f", "0" * 40)
    ends = [Until(DATE, "2999-12-01"), Until(VERSION, "v2"), Until(SEED_IS, 50)]
    made = set_value(made, BASE, ("queue", "mode"), "drain", "", ends[0])
    made = remove_value(made, BASE, ("hosts", "0"), "", ends[1])
    made = set_value(made, BASE, ("steps", "0", "max_items"), 1, "", ends[2])
    seed = {**BASE, "steps": [{"id": "new"}], "hosts": ["b"]}
    moved = rebase(made.overrides, BASE, seed, RULE)
    assert [o.until for o in moved.overrides] == ends[:2]
    assert [p.override.until for p in moved.parked] == ends[2:]
    after = Record("f", "0" * 40, moved.overrides, moved.parked)
    for held in (made, after):
        again = record_from("f", "0" * 40, body_of(held))
        assert set(again.overrides) == set(held.overrides)
        assert again.parked == held.parked
    assert same(apply(patch_of(made.overrides), BASE), effective_value(made.overrides, BASE))
    inside = set_value(made, BASE, ("queue", "mode"), {"a": 1}, "", ends[0])
    inside = set_value(inside, BASE, ("queue", "mode", "a"), 2)
    assert inside.overrides[-1].until == ends[0]
    assert Until(SEED_IS, 0) != Until(SEED_IS, False)


def test_an_edit_inside_a_value_keeps_its_reason_unless_it_has_another() -> None:
    made = [set_value(Record("f", "0" * 40), BASE, ("queue", "mode"), {"a": 1}, "first")]
    for why in ("", "second", ""):
        made.append(set_value(made[-1], BASE, ("queue", "mode", "a"), len(made), why))
    assert [r.overrides[-1].why for r in made] == ["first", "first", "second", "second"]
    without = set_value(Record("f", "0" * 40), BASE, ("queue", "mode"), {"a": 1})
    assert set_value(without, BASE, ("queue", "mode", "a"), 3).overrides[-1].why == ""


def test_that_it_was_chosen_is_kept_wherever_an_override_goes() -> None:
    made = record(**{"/queue/mode": "drain", "/steps/0/max_items": 1, "/hosts/-": "c"})
    made = made.changed(lambda o: o.chosen_again.chosen_again)
    moved = rebase(made.overrides, BASE, {**BASE, "steps": [{"id": "new"}]}, RULE)
    after = made._replace(overrides=moved.overrides, parked=moved.parked)
    assert [o.chosen for o in (*after.overrides, *(p.override for p in after.parked))] == [2, 2, 2]
    for held in (made, after):
        again = record_from("f", "0" * 40, body_of(held))
        assert set(again.overrides) == set(held.overrides) and again.parked == held.parked
    for odd in (-1, True, "1", 1.0, None):
        body = body_of(made)
        body["patch"][-1]["chosen"] = odd
        with pytest.raises(InputError, match="`chosen` is not how often"):
            record_from("f", "0" * 40, body)


def test_an_orphan_is_not_laid_over_the_item_that_has_its_index_now() -> None:
    base = {"steps": [{"id": "a", "mode": "live"}, {"id": "rank", "mode": "live"}]}
    made = set_value(Record("f", ""), base, ("steps", "1", "mode"), "drain")
    gone = {"steps": base["steps"][:1]}
    moved = rebase(made.overrides, base, gone, RULE)
    other = {"steps": [*gone["steps"], {"id": "other", "mode": "live"}]}
    again = rebase(moved.overrides, gone, other, RULE, parked=moved.parked)
    assert not again.overrides
    assert [p.reason for p in again.parked] == ["orphaned"]
    record = Record("f", "", again.overrides, again.parked)
    record = set_value(record, other, ("steps", "1", "mode"), "off")
    assert [p.override.value for p in record.parked] == ["drain"]


def test_an_orphan_comes_back_with_its_map() -> None:
    base = {"queue": {"mode": "live"}, "a": 1}
    made = set_value(Record("f", ""), base, ("queue", "mode"), "drain")
    moved = rebase(made.overrides, base, {"a": 1}, RULE)
    again = rebase(moved.overrides, {"a": 1}, base, RULE, parked=moved.parked)
    assert [o.value for o in again.overrides] == ["drain"]


def test_an_orphan_comes_back_with_the_item_that_it_was_in() -> None:
    base = {"steps": [{"id": "a", "mode": "live"}, {"id": "rank", "mode": "live"}]}
    gone = {"steps": base["steps"][:1]}
    back = {"steps": [{"id": "new", "mode": "live"}, {"id": "rank", "mode": "on"}]}
    made = set_value(Record("f", ""), base, ("steps", "1", "mode"), "drain")
    moved = rebase(made.overrides, base, gone, RULE)
    again = rebase(moved.overrides, gone, back, RULE, parked=moved.parked)
    assert not again.parked
    assert again.overrides == rebase(made.overrides, base, back, RULE).overrides
    twice = {"steps": [*back["steps"], {"id": "rank", "mode": "live"}]}
    assert rebase(moved.overrides, gone, twice, RULE, parked=moved.parked).parked


def test_an_orphan_does_not_come_back_into_what_is_overridden_since() -> None:
    base = {"queue": {"mode": "live"}, "a": 1}
    made = set_value(Record("f", ""), base, ("queue", "mode"), "drain")
    moved = rebase(made.overrides, base, {"a": 1}, RULE)
    another = set_value(Record("f", ""), {"a": 1}, ("queue",), {"mode": "off"})
    again = rebase(another.overrides, {"a": 1}, base, RULE, parked=moved.parked)
    assert [o.value for o in again.overrides] == [{"mode": "off"}]
    assert [p.override.value for p in again.parked] == ["drain"]


def test_an_item_that_is_put_in_holds_nothing_of_the_item_at_its_index() -> None:
    zero = Override(("steps", "0"), ADD, {"id": "zero"}, ABSENT, ABSENT)
    made = lay(Record("f", ""), BASE, zero)
    made = set_value(made, BASE, ("steps", "0", "max_items"), 1)
    made = remove_value(made, BASE, ("steps", "1", "top"))
    steps = effective_value(made.overrides, BASE)["steps"]
    assert steps == [{"id": "zero"}, {"id": "fetch", "max_items": 1}, {"id": "rank"}]


def test_a_member_called_by_digits_is_no_item_of_a_list() -> None:
    base = {"ports": {"22": "ssh"}}
    made = set_value(Record("f", ""), base, ("ports", "80"), "a")
    made = set_value(made, base, ("ports", "80"), "http")
    assert [o.value for o in made.overrides] == ["http"]
    moved = rebase(made.overrides, base, {"ports": {"22": "ssh", "443": "https"}}, RULE)
    assert [(o.pointer, o.value) for o in moved.overrides] == [("/ports/80", "http")]


@pytest.mark.parametrize(
    ("base", "put", "seed", "expected", "statuses"),
    [
        ([], ["x"], ["x"], ["x"], [codes.REDUNDANT]),
        (["a"], ["x"], ["a", "x"], ["a", "x"], [codes.REDUNDANT]),
        ([], ["x", "y"], ["x"], ["x", "y"], [codes.REDUNDANT, codes.MOVED]),
        ([], ["x", "x"], ["x"], ["x", "x"], [codes.REDUNDANT, codes.MOVED]),
        (["x"], ["x"], ["x", "b"], ["x", "b", "x"], [codes.MOVED]),
        ([{"id": 1}], [{"id": 2, "m": 1}], [{"id": 1}, {"id": 2, "m": 1}], None, [codes.REDUNDANT]),
        (
            [{"id": 1}],
            [{"id": 2, "m": 1}],
            [{"id": 1}, {"id": 2, "m": 3}],
            [{"id": 1}, {"id": 2, "m": 1}],
            [codes.MOVED_UNDER],
        ),
    ],
)
def test_an_item_that_the_seed_has_by_now_stands_once(
    base: list[Any],
    put: list[Any],
    seed: list[Any],
    expected: list[Any] | None,
    statuses: list[str],
) -> None:
    if expected is None:
        expected = seed
    record = Record("f", "", ())
    for item in put:
        record = set_value(record, {"q": base}, ("q", "-"), item)
    done = rebase(record.overrides, {"q": base}, {"q": seed})
    assert effective_value(done.overrides, {"q": seed}) == {"q": expected}
    assert sorted(o.status for o in done.outcomes) == sorted(statuses)


PORTS = [{"port": 53, "protocol": "UDP", "n": 1}, {"port": 53, "protocol": "TCP", "n": 1}]
LISTS = {"ports": PORTS, "args": ["a", "b"], "tags": ["x", "y"]}
KINDS = SeedRule(
    ("*",),
    keys=(
        ("/ports", JOINS.join(("port", "protocol"))),
        ("/args", ATOMIC),
        ("/tags", SET),
    ),
)


def rebased(pointer: str, value: Any, seed: Any) -> Any:
    made = set_value(Record("f", "0" * 40), LISTS, parse_pointer(pointer), value)
    return rebase(made.overrides, LISTS, seed, KINDS)


def test_an_override_follows_an_item_that_several_members_name() -> None:
    changed = [{**port, "n": 7} for port in PORTS[::-1]]
    found = rebased("/ports/1/n", 5, {**LISTS, "ports": changed})
    assert [o.pointer for o in found.overrides] == ["/ports/0/n"]


def test_a_part_of_an_atomic_list_is_parked_once_the_list_changes() -> None:
    assert len(rebased("/args/0", "z", {**LISTS, "n": 1}).overrides) == 1
    found = rebased("/args/0", "z", {**LISTS, "args": ["a", "b", "c"]})
    assert (found.overrides, len(found.parked)) == ((), 1)
    found = rebased("/args", ["z"], {**LISTS, "args": ["a", "b", "c"]})
    assert [o.value for o in found.overrides] == [["z"]]


def test_a_change_of_an_atomic_list_is_one_override() -> None:
    local = {**LISTS, "args": ["b", "c"], "tags": ["y", "z"]}
    made = from_difference(Record("f", "0" * 40), LISTS, local, key_of=KINDS.key_of)
    assert [(o.op, o.pointer) for o in made.overrides] == [
        ("replace", "/args"),
        ("remove", "/tags/0"),
        ("add", "/tags/2"),
    ]


def test_what_upstream_puts_into_a_set_too_is_redundant() -> None:
    local = {**LISTS, "tags": ["x", "y", "z"]}
    made = from_difference(Record("f", "0" * 40), LISTS, local, key_of=KINDS.key_of)
    found = rebase(made.overrides, LISTS, {**LISTS, "tags": ["z", "y"]}, KINDS)
    assert [outcome.status for outcome in found.outcomes] == [codes.REDUNDANT]


LETTERS = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("gap", "seed", "there"),
    [
        (1, ["x", "a", "b", "c", "d"], 2),  # behind the item that it was behind
        (1, ["b", "c", "d"], 0),  # that one is gone: before the one that it was before
        (0, ["x", "a", "b", "c", "d"], 1),
        (0, ["c", "d"], 0),  # at the front as before
        (2, ["a", "d"], None),  # both its neighbours are gone
        (4, ["a", "d"], 2),  # at the end as before
        (9, ["a", "d"], 2),  # a record of another hand
        (2, {"a": 1}, None),  # no list any more
    ],
)
def test_an_item_that_was_put_in_stays_beside_its_neighbours(
    gap: int, seed: Any, there: int | None
) -> None:
    made = Override(("l", str(gap)), ADD, "new", ABSENT, ABSENT)
    found = rebase((made,), {"l": LETTERS}, {"l": seed})
    assert [o.pointer for o in found.overrides] == ([] if there is None else [f"/l/{there}"])
    assert [p.override.value for p in found.parked] == (["new"] if there is None else [])


def test_a_place_is_followed_or_lost() -> None:
    seed = {"steps": [{"id": "new"}, BASE["steps"][0]]}
    assert r.followed(("steps", "0", "max_items"), BASE, seed, RULE) == ("steps", "1", "max_items")
    assert r.followed(("steps", "1", "top"), BASE, seed, RULE) is None
    assert r.followed(("queue",), BASE, seed, RULE) is None


def test_on_the_same_seed_nothing_has_moved() -> None:
    made = record(**{"/queue/mode": "drain", "/hosts/-": "c"}).overrides
    assert [o.status for o in rebase(made, BASE, BASE, RULE).outcomes] == [codes.UNCHANGED] * 2


def test_a_parked_override_that_is_back_at_its_place_is_one_as_before() -> None:
    made = set_value(Record("f", "0" * 40), BASE, parse_pointer("/steps/1/top"), 1)
    gone = {**BASE, "steps": BASE["steps"][:1]}
    parked = rebase(made.overrides, BASE, gone, RULE).parked
    back = rebase((), gone, BASE, RULE, parked=parked)
    assert [o.status for o in back.outcomes] == [codes.UNCHANGED]
    assert back.overrides == made.overrides and back.parked == ()
