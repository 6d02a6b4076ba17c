"""The difference of two values, as a JSON Patch: it makes the other one, and says no more."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import PatchError
from seedgit.values.diff import ABSENT, changes, diff
from seedgit.values.patch import apply
from seedgit.values.value import Key, Opaque, same
from tests.documents import DOCUMENTS, edited


@given(st.data())
def test_a_difference_makes_the_other_value_and_no_less(data: st.DataObject) -> None:
    a = data.draw(DOCUMENTS)
    b = data.draw(st.one_of(edited(a), DOCUMENTS))
    patch = diff(a, b)
    assert same(apply(patch, a), b)
    assert same(jsonpatch.apply_patch(a, patch), b)
    assert diff(a, a) == []
    assert (patch == []) == same(a, b)


def test_the_patch_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from seedgit.values.diff import diff; "
        "print(diff({'a': 1, 'b': [1, 2]}, {'b': [0, 1, 3], 'd': 1, 'c': {'x': 1}}))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_one_true_and_one_point_zero_differ() -> None:
    assert diff([1], [True]) == [{"op": "replace", "path": "/0", "value": True}]
    assert len(diff({"a": 1}, {"a": 1.0})) == 1


def test_an_item_in_front_is_one_operation() -> None:
    assert diff(["a", "b"], ["n", "a", "b"]) == [{"op": "add", "path": "/0", "value": "n"}]


def test_what_json_cannot_say_is_refused() -> None:
    for value in (Opaque("!Ref", "x"), {Key("1"): 2}):
        with pytest.raises(PatchError, match="JSON cannot express"):
            diff({}, {"a": value})


def test_items_in_another_order_are_a_change_of_the_list() -> None:
    a, b = [{"id": "x"}, {"id": "y"}], [{"id": "y"}, {"id": "x", "n": 1}]
    found = [(change.tokens, change.old, change.new) for change in changes({"l": a}, {"l": b})]
    assert found == [(("l", "1", "n"), ABSENT, 1), (("l",), a, b)]
    assert not list(changes(a, a))


def test_there_is_one_absent_also_in_another_process() -> None:
    assert pickle.loads(pickle.dumps([ABSENT])) == [ABSENT]
    assert pickle.loads(pickle.dumps(ABSENT)) is ABSENT
