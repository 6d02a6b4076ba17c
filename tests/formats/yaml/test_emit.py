"""New lines of YAML: as one writes them by hand, and every reader takes them for the value."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from seedgit.errors import PatchError
from seedgit.formats.document import Document
from seedgit.formats.yaml.emit import lines
from seedgit.values.pointer import format_pointer
from seedgit.values.value import same
from tests.documents import SCALARS, examples

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


@given(st.text(min_size=1), st.one_of(SCALARS, st.text()))
@examples(300)
def test_a_new_scalar_is_written_as_the_emitter_writes_it(key: str, value: Any) -> None:
    for holder, at, new in (("a: 1\n", key, {key: value}), ("- 1\n", "-", [value])):
        document = Document.parse(holder.encode(), "a.yaml")
        patch = [{"op": "add", "path": format_pointer((at,)), "value": value}]
        if at == "a":
            continue
        try:
            found = document.apply(patch).text
        except PatchError:
            continue
        assert found == holder + "\n".join([*lines(new, 2, 2), ""])


def test_a_new_scalar_needs_no_emitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("seedgit.formats.yaml.emit.lines")
    document = Document.parse(b"a: 1\n", "a.yaml")
    assert document.apply([{"op": "add", "path": "/b", "value": "x"}]).text == "a: 1\nb: x\n"
