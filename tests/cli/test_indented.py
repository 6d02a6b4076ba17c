"""JSON with indents is what `json.dumps` writes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from seedgit.cli.indented import indented


class Pair(NamedTuple):
    one: Any
    two: Any


class Unsayable:
    pass


def said(value: Any) -> Any:
    assert isinstance(value, Unsayable)
    return {"un": ["sayable"]}


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars | st.builds(Unsayable),
    lambda inner: (
        st.lists(inner)
        | st.lists(st.integers())
        | st.lists(st.text())
        | st.tuples(inner)
        | st.builds(Pair, inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.integers() | st.text() | st.none(), inner)
    ),
)


@given(values)
@example([1, True])
@example({"a": [], "b": {}, "c": [[], [1, 2]], "d": [{"e\n\x7f\ud800é": "\n"}]})
@example([Unsayable(), {"a": Unsayable(), "b": {1: [Unsayable()]}}])
def test_it_is_what_the_library_writes(value: Any) -> None:
    assert indented(value, said) == json.dumps(value, indent=2, ensure_ascii=True, default=said)
