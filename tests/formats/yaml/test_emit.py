"""New lines of YAML: as one writes them by hand, and every reader takes them for the value."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from seedgit.formats.document import Document
from seedgit.formats.yaml.emit import lines
from seedgit.values.value import same

VALUE = {"a": [1, [2, [3]], {"b": [4], "c": {}}], "text": "x\ny\n", "017": "on"}


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (0, "a:\n- 1\n- - 2\n  - - 3\n- b:\n  - 4\n  c: {}\n"),
        (2, "a:\n  - 1\n  - - 2\n    - - 3\n  - b:\n      - 4\n    c: {}\n"),
        (4, "a:\n    - 1\n    - - 2\n      - - 3\n    - b:\n          - 4\n      c: {}\n"),
    ],
)
def test_lists_stand_as_far_right_as_the_others(step: int, text: str) -> None:
    assert lines(VALUE, 2, step) == [*text.splitlines(), "text: |", "  x", "  y", '"017": "on"']


def test_a_long_key_stands_before_its_colon() -> None:
    assert lines({"k" * 500: 1, "a\nb": 2}, 2, 2) == ["k" * 500 + ": 1", '"a\\nb": 2']


TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.text(st.sampled_from("ab: -#\n'\"|>%&*!?,[]{}"), max_size=8),
    st.sampled_from(["yes", "017", "1:30", "~", "2026-01-01", "---\nx\n", "x\n\n\n", "a\n b\n"]),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=10,
)


@given(
    st.one_of(st.lists(VALUES, min_size=1), st.dictionaries(TEXTS, VALUES, min_size=1)),
    st.sampled_from([0, 1, 2, 4]),
)
def test_every_reader_takes_them_for_the_value(value: Any, step: int) -> None:
    text = "\n".join(lines(value, 2, step)) + "\n"
    assert same(Document.parse(text.encode(), "f.yaml").value, value)
    assert yaml.safe_load(text) == value
    assert YAML(typ="safe").load(text) == value
