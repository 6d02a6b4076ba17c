"""Marker blocks, as git and the driver write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.formats.read_markers import marker_size, read_markers
from seedgit.merge.write_markers import Markers
from tests.documents import examples

LINES = st.lists(st.sampled_from(["a\n", "b\n", "======\n", "<<<<<<<<< x\n", "\n"]), max_size=4)


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@examples(100)
@given(sides=st.tuples(LINES, LINES, LINES), size=st.sampled_from([7, 5, 30]))
def test_reading_is_the_inverse_of_marking(
    style: str, sides: tuple[list[str], list[str], list[str]], size: int
) -> None:
    markers = Markers(size, style, "one of us", "old", "a/b")
    texts = ["".join(side) for side in sides]
    head, base, ours, theirs, tail = markers.shortened(*texts)
    marked = read_markers("before\n" + markers.mark(*texts) + "after\n", size)
    (block,) = marked.blocks
    assert (block.ours, block.theirs) == (ours, theirs)
    assert block.base == (None if style == "merge" else base)
    assert (block.label_ours, block.label_theirs) == ("one of us", "a/b")
    assert marked.lines[: block.start] == ["before\n", *head]
    assert marked.lines[block.end :] == [*tail, "after\n"]
    assert block.clear
    assert not marked.stray


def test_the_size_is_gits_own_or_a_larger_one() -> None:
    seven, nine, four = (Markers(size).mark("", "a\n", "b\n") for size in (7, 9, 4))
    assert [marker_size(text) for text in (nine + seven, nine, four)] == [7, 9, 7]
    assert marker_size("<<<<<<<<< not a block\n") == 7


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("<<<<<<< a\nx\n", [0]),
        ("x\n>>>>>>> b\n", [1]),
        ("<<<<<<< a\nx\n>>>>>>> b\n", [0, 2]),
        ("<<<<<<< a\nx\n<<<<<<< a\ny\n=======\nz\n>>>>>>> b\n", [0]),
        ("=======\n||||||| c\n", []),
        ("<<<<<<<\n=======\n>>>>>>>", []),
    ],
)
def test_markers_without_their_block(text: str, stray: list[int]) -> None:
    assert read_markers(text).stray == stray


def test_line_ends_are_kept_and_a_second_divider_is_doubt() -> None:
    marked = read_markers("<<<<<<< a\r\nx\r\n=======\r\n=======\r\n>>>>>>> b\r\n")
    (block,) = marked.blocks
    assert block.ours == ["x\r\n"]
    assert block.theirs == ["=======\r\n"]
    assert block.label_theirs == "b"
    assert not block.clear
