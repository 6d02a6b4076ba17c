"""What upstream took away and a person keeps: in effect at its pointer, under the same laws."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seedgit import codes
from seedgit.errors import InputError, PatchError
from seedgit.formats.document import Document
from seedgit.overlay.edit import set_value
from seedgit.overlay.keep_here import keep_here
from seedgit.overlay.override import ADD, Override, Parked
from seedgit.overlay.patch import effective_value, patch_of
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record import Record
from seedgit.overlay.record_json import body_of, record_from
from seedgit.overlay.sources import lay, of_seed
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import exists, parse_pointer, resolve
from seedgit.values.value import Value, same
from tests.documents import DOCUMENTS, FORMATS, SCALARS, edited, examples, text_of

ID = "0" * 40
RULE = SeedRule(("**",), keys=(("/**", "id"),))


def overlay(base: Value, **values: Any) -> Record:
    made = Record("f", ID)
    for pointer, value in values.items():
        made = set_value(made, base, parse_pointer(pointer), value, "because")
    return made


def onto(record: Record, base: Value, seed: Value) -> Record:
    found = rebase(record.overrides, base, seed, RULE, parked=record.parked)
    return record._replace(overrides=found.overrides, parked=found.parked)


def keep_all(record: Record, seed: Value) -> Record:
    """All orphans kept that have a place where they were."""
    for parked in record.parked:
        if parked.reason == codes.ORPHANED:
            try:
                record = keep_here(record, seed, parked)
            except PatchError as error:
                assert error.hint or "nothing to keep" in error.message
    return record


def status(record: Record, seed: Value) -> list[str]:
    return [o.status for o in rebase(record.overrides, seed, seed, RULE).outcomes]


BASE = {"name": "x", "disk": {"size": 5, "class": {"name": "fast", "tier": 1}}}


def test_a_value_whose_maps_are_gone_is_kept_with_the_maps_it_needs() -> None:
    made = overlay(BASE, **{"/disk/size": 10, "/disk/class/name": "slow"})
    seed = {"name": "x"}
    kept = keep_all(onto(made, BASE, seed), seed)
    assert kept.parked == ()
    assert effective_value(kept.overrides, seed) == {
        "name": "x",
        "disk": {"size": 10, "class": {"name": "slow"}},
    }
    assert status(kept, seed) == [codes.KEPT_HERE, codes.KEPT_HERE]
    assert [o.why for o in kept.overrides] == ["because", "because"]


def test_what_comes_back_upstream_is_under_it_and_hides_nothing_else() -> None:
    made = overlay(BASE, **{"/disk/size": 10})
    seed = {"name": "x"}
    kept = keep_all(onto(made, BASE, seed), seed)
    back = {"name": "x", "disk": {"size": 7, "new": 1}}
    moved = rebase(kept.overrides, seed, back, RULE)
    assert effective_value(moved.overrides, back)["disk"] == {"size": 10, "new": 1}
    (outcome,) = moved.outcomes
    assert (outcome.status, outcome.override.over, outcome.override.seed) == (
        codes.MOVED_UNDER,
        5,
        7,
    )
    half = {"name": "x", "disk": {"new": 1}}
    assert [o.status for o in rebase(kept.overrides, seed, half, RULE).outcomes] == [
        codes.KEPT_HERE
    ]
    assert effective_value(rebase(kept.overrides, seed, half, RULE).overrides, half) == {
        "name": "x",
        "disk": {"new": 1, "size": 10},
    }


def test_a_field_of_an_item_is_kept_in_that_item_wherever_it_is_now() -> None:
    base = {"steps": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]}
    made = overlay(base, **{"/steps/1/n": 9})
    without = {"steps": [{"id": "a", "n": 1}, {"id": "b"}]}
    parked = onto(made, base, without)
    moved = {"steps": [{"id": "c"}, {"id": "b"}, {"id": "a", "n": 1}]}
    later = onto(parked, without, moved)
    kept = keep_all(later, moved)
    assert effective_value(kept.overrides, moved)["steps"][1] == {"id": "b", "n": 9}
    again = {"steps": [{"id": "b"}, {"id": "c"}]}
    assert effective_value(onto(kept, moved, again).overrides, again) == {
        "steps": [{"id": "b", "n": 9}, {"id": "c"}]
    }
    gone = onto(kept, moved, {"steps": [{"id": "c"}]})
    assert [(p.reason, p.override.value) for p in gone.parked] == [(codes.ORPHANED, 9)]


@pytest.mark.parametrize(
    ("base", "pointer", "seed"),
    [
        ({"steps": [{"id": "a", "n": 1}]}, "/steps/0/n", {"steps": [{"id": "b"}]}),
        ({"steps": [{"id": "a", "n": 1}]}, "/steps/0/n", {}),
        ({"hosts": [["a"], ["b", "c"]]}, "/hosts/1/1", {"hosts": [["a"], ["b"]]}),
        ({"disk": {"size": 1}}, "/disk/size", {"disk": "none"}),
        ({"disk": {"size": {"n": 1}}}, "/disk/size/n", {"disk": ["x"]}),
    ],
)
def test_what_has_no_safe_place_is_refused_and_stays_parked(
    base: Value, pointer: str, seed: Value
) -> None:
    parked = onto(overlay(base, **{pointer: 9}), base, seed)
    (one,) = parked.parked
    with pytest.raises(PatchError) as caught:
        keep_here(parked, seed, one)
    assert "--keep-local" in caught.value.hint


def test_an_orphan_of_an_older_record_has_no_name_and_is_kept_in_maps_alone() -> None:
    old = Override(("a", "b"), "replace", 9, 1, 1)
    seed = {"x": 1}
    record = Record("f", ID, parked=(Parked(old, codes.ORPHANED),))
    assert effective_value(keep_all(record, seed).overrides, seed) == {"x": 1, "a": {"b": 9}}
    item = Override(("steps", "0", "n"), "replace", 9, 1, 1)
    record = Record("f", ID, parked=(Parked(item, codes.ORPHANED),))
    with pytest.raises(PatchError):
        keep_here(record, {"steps": [{"id": "other"}]}, record.parked[0])


def test_what_is_overridden_already_is_not_overwritten() -> None:
    seed = {"x": 1}
    below = Record("f", ID, (Override(("a",), ADD, 1, ABSENT, ABSENT),))
    orphan = Parked(Override(("a", "b"), "replace", 9, 1, 1), codes.ORPHANED)
    for record in (
        below,
        Record("f", ID, (Override(("a", "b", "c"), ADD, 1, ABSENT, 2, missing=2),)),
    ):
        with pytest.raises(PatchError):
            keep_here(record._replace(parked=(orphan,)), seed, orphan)
    inside = Record("f", ID, (Override(("a",), ADD, {"c": 1}, ABSENT, ABSENT),), (orphan,))
    assert effective_value(keep_here(inside, seed, orphan).overrides, seed) == {
        "x": 1,
        "a": {"c": 1, "b": 9},
    }


def test_where_it_comes_from_is_the_override() -> None:
    seed = {"x": 1}
    kept = keep_all(onto(overlay(BASE, **{"/disk/class/name": "slow"}), BASE, seed), seed)
    (own,) = kept.overrides
    root = of_seed(seed)
    lay(root, 0, [(own, own)], seed)
    found = root.at(("disk", "class", "name"))
    assert found is not None and found.override is own
    holder = root.at(("disk",))
    assert holder is not None and (holder.layer, holder.override, holder.maker) == (0, None, own)


# -- the laws ------------------------------------------------------------------------------------


def _members(value: Value, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The pointers of all members of maps, but identities."""
    found = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        here = (*at, str(key))
        found += [here] if isinstance(value, dict) and key != "id" else []
        found += _members(item, here) if isinstance(item, (dict, list)) else []
    return found


@st.composite
def shrunk(draw: st.DrawFn, document: Value) -> Value:
    """`document` without some members, anywhere."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        members = _members(result)
        if members:
            place = draw(st.sampled_from(members))
            del resolve(result, place[:-1])[place[-1]]
    return result


@st.composite
def kept_records(draw: st.DrawFn) -> tuple[Value, Record]:
    """A seed, and a record over it with at least one override that is kept here."""
    base = {"top": {"map": {"leaf": 1}, "list": [{"id": "x", "leaf": 2}]}, **draw(DOCUMENTS)}
    members = _members(base)
    record, seed = Record("f", ID), copy.deepcopy(base)
    for tokens in draw(st.lists(st.sampled_from(members), min_size=1, max_size=3, unique=True)):
        with contextlib.suppress(PatchError):
            record = set_value(record, base, tokens, draw(SCALARS))
        lost = draw(st.sampled_from([tokens[:n] for n in range(1, len(tokens) + 1)]))
        if exists(seed, lost) and isinstance(resolve(seed, lost[:-1]), dict) and lost[-1] != "id":
            del resolve(seed, lost[:-1])[lost[-1]]
    record = keep_all(onto(record, base, seed), seed)
    assume(any(o.kept_here for o in record.overrides))
    return seed, record


@given(kept_records())
def test_law_1_its_patch_is_one_for_any_implementation(drawn: Any) -> None:
    seed, record = drawn
    wanted = effective_value(record.overrides, seed)
    assert same(jsonpatch.apply_patch(seed, patch_of(record.overrides)), wanted)
    for override in record.overrides:
        if override.kept_here:
            assert same(resolve(wanted, override.tokens), override.value)


@given(kept_records())
def test_a_record_survives_its_json(drawn: Any) -> None:
    _, record = drawn
    body = body_of(record)
    again = record_from(record.path, record.base, body)
    in_order = sorted(record.overrides, key=lambda o: o.tokens)
    assert sorted(again.overrides, key=lambda o: o.tokens) == in_order
    assert again.parked == record.parked
    assert [p.name for p in again.parked] == [p.name for p in record.parked]
    assert body_of(again) == body_of(record_from(again.path, again.base, body_of(again)))


@given(st.data())
def test_laws_2_and_3_what_is_kept_is_in_effect_or_parked(data: st.DataObject) -> None:
    seed, record = data.draw(kept_records())
    assert rebase(record.overrides, seed, seed, RULE).overrides is record.overrides
    later = data.draw(st.one_of(edited(seed), shrunk(seed)))
    moved = rebase(record.overrides, seed, later, RULE, parked=record.parked)
    wanted = effective_value(moved.overrides, later)
    parked = [p.override.value for p in moved.parked]
    for outcome in moved.outcomes:
        override = outcome.override
        if override.op == "remove":
            continue
        held = exists(wanted, override.tokens) and same(
            resolve(wanted, override.tokens), override.value
        )
        in_list = exists(later, override.tokens[:-1]) and isinstance(
            resolve(later, override.tokens[:-1]), list
        )
        assert held or in_list or any(same(override.value, value) for value in parked)


@given(st.data())
def test_law_4_a_leap_ends_where_the_steps_end(data: st.DataObject) -> None:
    seed, record = data.draw(kept_records())
    middle = data.draw(edited(seed))
    end = data.draw(edited(middle))
    first = rebase(record.overrides, seed, middle, RULE)
    steps = rebase(first.overrides, middle, end, RULE, parked=first.parked)
    leap = rebase(record.overrides, seed, end, RULE)
    calm = (codes.UNCHANGED, codes.MOVED, codes.KEPT_HERE)
    assume(all(o.status in calm for x in (first, steps, leap) for o in x.outcomes))
    assert same(effective_value(steps.overrides, end), effective_value(leap.overrides, end))


@pytest.mark.parametrize("format", FORMATS)
@examples(100)
@given(drawn=kept_records())
def test_laws_6_and_8_only_what_is_kept_is_new_in_the_text(format: str, drawn: Any) -> None:
    seed, record = drawn
    assume(seed)
    kept = tuple(o for o in record.overrides if o.kept_here)
    before = Document.parse(text_of(seed, format), f"f.{format}")
    wanted = effective_value(kept, before.value)
    try:
        after = before.apply(patch_of(kept))
    except PatchError:  # what a format cannot say, such as a null in TOML
        return
    assert same(after.value, wanted)
    assert after.data == before.apply(patch_of(kept)).data
    touched = {token for o in kept for token in o.tokens}
    for line in before.text.splitlines():
        if not any(name in line for name in touched) and '"""' not in before.text:
            assert line in after.text


# -- records of others ---------------------------------------------------------------------------


KEPT = {"path": "/a/b", "missing": 1}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/a", "value": {"b": 1}, "kept": 1},
        {"op": "add", "path": "/a", "value": {"b": 1}, "kept": {"path": "/a/b"}},
        {"op": "add", "path": "/a", "value": {"b": 1}, "kept": {"path": "/a/b", "missing": 2}},
        {"op": "add", "path": "/a", "value": {"b": 1}, "kept": {"path": "/a/b", "missing": True}},
        {"op": "add", "path": "/a", "value": {"b": 1}, "kept": {"path": "/c/b", "missing": 1}},
        {
            "op": "add",
            "path": "/a",
            "value": {"b": 1, "c": 2},
            "kept": {"path": "/a/b", "missing": 1},
        },
        {"op": "add", "path": "/a", "value": 1, "kept": {"path": "/a/b", "missing": 1}},
        {"op": "add", "path": "/a", "value": 1, "kept": {"path": 1, "missing": 1}},
        {"op": "add", "path": "/a", "value": 1, "kept": {"path": "/a" * 200, "missing": 199}},
        {"op": "remove", "path": "/a", "kept": {"path": "/a/b", "missing": 1}},
    ],
)
def test_a_record_that_says_nonsense_of_what_is_kept_is_unusable(operation: Any) -> None:
    with pytest.raises(InputError):
        record_from("f", ID, {"patch": [operation]})


@pytest.mark.parametrize("name", [1, "no pointer", "/a" * 200, "/[x=", "x" * 20_000])
def test_a_name_has_its_bounds(name: Any) -> None:
    entry = {"reason": "orphaned", "op": "replace", "path": "/a", "value": 1, "name": name}
    body = {"parked": [{**entry, "seed": {"absent": True}, "over": {"absent": True}}]}
    with pytest.raises(InputError):
        record_from("f", ID, body)
