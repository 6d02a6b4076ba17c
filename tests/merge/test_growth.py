"""Four times the entries are about four times the work, whatever the shape and the changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.shapes import MORE, SHAPES, WAYS, sides
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_of
from seedgit.merge import moved, renamed
from seedgit.merge.version import NotMergeable
from seedgit.values import align, sequence
from tests.documents import examples
from tests.steps import steps, too_many

FEW = 40


@pytest.fixture(autouse=True, scope="module")
def bounds_are_met() -> Iterator[None]:
    """What is compared with each other only while it is little is too much here already."""
    patched = pytest.MonkeyPatch()
    for module, name in (
        (sequence, "_TABLE_LIMIT"),
        (align, "_COMPARED"),
        (renamed, "_COMPARED"),
    ):
        patched.setattr(module, name, 40)
    patched.setattr(moved, "MOST_ALIKE", 4)
    yield
    patched.undo()


def work(shape: str, way: str, count: int) -> tuple[str, Counter[str]]:
    """How a merge ends, and what it takes."""
    format = format_of(shape)
    assert format is not None
    versions, ends = sides(shape, count, count // 4, way), []

    def merge() -> None:
        try:
            ends.append("clean" if merge_texts(format, shape, versions).clean else "conflict")
        except NotMergeable as problem:
            ends.append(problem.reason)

    found = steps(merge)
    return ends[0], found


@given(shape=st.sampled_from([*SHAPES, *MORE]), way=st.sampled_from([*WAYS]))
@example("items with id.yaml", "replaces")
@example("items with id.yaml", "both add in one place")
@example("maps without id.yaml", "both add in one place")
@example("texts that repeat.yaml", "both replace")
@example("nested.yaml", "both replace")
@example("anchors.yaml", "both replace")
@example("items in brackets.yaml", "both replace")
@example("keys in brackets.yaml", "reorders")
@example("nested tables.toml", "edits and deletes")
@examples(20)
def test_the_work_grows_with_the_file(shape: str, way: str) -> None:
    (ends, few), (ends_too, many) = (work(shape, way, count) for count in (FEW, 4 * FEW))
    assert few
    assert ends != ends_too or not too_many(few, many)
