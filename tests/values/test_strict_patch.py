"""What jsonpatch alone does not hold: 1 is not 1.0, copies are bounded, nothing is quoted."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import PatchError
from seedgit.values.patch import apply
from seedgit.values.value import same


def test_copies_of_copies_are_bounded() -> None:
    patch = [
        {"op": "copy", "from": "", "path": "/a"},
        {"op": "copy", "from": "", "path": "/b"},
    ] * 25
    with pytest.raises(PatchError, match="copies more"):
        apply(patch, {"x": 1})


def test_copies_of_copies_cost_what_they_say() -> None:
    """A million values, but few maps: what is copied stands at both places."""
    patch = [{"op": "copy", "from": "", "path": f"/{n}"} for n in range(19)]
    result = apply(patch, {"x": 1})
    maps, places = set(), [result]
    while places:
        one = places.pop()
        if isinstance(one, dict) and id(one) not in maps:
            maps.add(id(one))
            places += one.values()
    assert len(maps) < 25


PLACES = st.sampled_from(
    [
        "",
        "/a",
        "/b",
        "/a/a",
        "/a/b",
        "/b/a",
        "/b/b",
        "/a/a/0",
        "/a/a/1",
        "/a/b/-",
        "/b/b/0",
        "/b/a/a",
    ]
)


OPERATIONS = st.one_of(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["copy", "move"]), "from": PLACES, "path": PLACES}
    ),
    st.fixed_dictionaries({"op": st.just("add"), "path": PLACES, "value": st.integers()}),
    st.fixed_dictionaries({"op": st.just("remove"), "path": PLACES}),
)


@given(st.lists(OPERATIONS, max_size=8))
def test_copies_are_apart_afterwards(patch: list[Any]) -> None:
    before = {"a": {"a": [1, {"b": 2}], "b": [[3], 4]}, "b": {"a": {}, "b": [5]}}
    value = copy.deepcopy(before)
    try:
        expected = jsonpatch.apply_patch(value, patch)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        with pytest.raises(PatchError):
            apply(patch, value)
    else:
        assert same(apply(patch, value), expected)
    assert same(value, before)


def test_a_test_tells_types_apart() -> None:
    values = [1, 1.0, True, "1", None, 0.0, -0.0, float("nan")]
    for there in values:
        for tested in values:
            patch = [{"op": "test", "path": "/a/0", "value": tested}]
            if same(there, tested):
                assert same(apply(patch, {"a": [there]}), {"a": [there]})
            else:
                with pytest.raises(PatchError, match="operation 0, at '/a/0'"):
                    apply(patch, {"a": [there]})


def test_a_refusal_says_where_and_quotes_no_document() -> None:
    secret = {"password": "hunter2", "list": [1]}
    for path, op in [("/a/b", "add"), ("/a", "remove"), ("/list/7", "replace"), ("/list/x", "add")]:
        with pytest.raises(PatchError) as caught:
            apply([{"op": op, "path": path, "value": 1}], secret)
        assert path in caught.value.message
        assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ({"op": "test", "path": "/x"}, "test has no value"),
        ({"op": "test", "path": 1, "value": 1}, "."),
        ({"op": "replace", "path": "x", "value": 1}, "."),
        ({"op": "copy", "path": "/y"}, "copy has no from"),
        ({"op": "copy", "path": "/y", "from": 1}, "copy has no from"),
        ({"op": "rename", "path": "/x"}, "Unknown operation"),
        ({"path": "/x", "value": 1}, "does not contain 'op'"),
        ([], "."),
    ],
)
def test_what_is_no_operation_is_refused(operation: Any, told: str) -> None:
    document = {"x": 1}
    with pytest.raises(PatchError, match=told):
        apply([operation], document)
    assert document == {"x": 1}
