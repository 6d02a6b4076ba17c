"""One text per value, as `json.dumps` would write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.values.value import Key, Opaque, Secret, canonical

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(
    value=st.recursive(
        PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
    )
)
def test_plain_values_are_written_as_json_writes_them(value: Any) -> None:
    assert canonical(value) == json.dumps(value, sort_keys=True, ensure_ascii=False)


def test_what_json_cannot_say_differs_from_all_that_it_can() -> None:
    values = [1, 1.0, True, "1", [1], {"1": 1}, {Key("1"): 1}, Opaque("!t", "1"), None, "null"]
    assert len({canonical(value) for value in values}) == len(values)
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1})
    with pytest.raises(TypeError):
        canonical(object())


def test_secrets_differ_from_all_else_and_are_known_by_what_is_stored() -> None:
    bare, told = Secret(plain="p", bare=True), Secret("age", "k:1", ("r",))
    values = ["p", bare, told, Secret(digest="k:1"), Secret(plain="q", bare=True)]
    assert len({canonical(value) for value in values}) == len(values)
    assert canonical(bare) == canonical(Secret(plain="p", bare=True))
    assert "p" not in canonical(bare).replace("\\u0000bare", "")  # it may be told
    with pytest.raises(TypeError):
        canonical(Secret(plain="new"))


def test_equal_values_have_one_hash() -> None:
    dates = [Opaque("date", "2026-12-01") for _ in range(2)]
    secrets = [Secret("age", "k:1", ("r",)) for _ in range(2)]
    assert len({*dates, *secrets, Opaque("date", "2026-12-02"), Secret("age", "k:2")}) == 4
