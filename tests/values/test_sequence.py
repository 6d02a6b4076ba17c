"""Common subsequences and the merge of lines."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from seedgit.values import sequence
from seedgit.values.sequence import common, merge_lines, split_lines, unique

LINES = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(LINES, LINES)
def test_common_pairs_ascend_and_are_equal(a: list[str], b: list[str]) -> None:
    pairs = common(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(p[0] < q[0] and p[1] < q[1] for p, q in itertools.pairwise(pairs))


@given(LINES)
def test_a_sequence_has_all_of_itself_in_common(a: list[str]) -> None:
    assert common(a, a) == [(i, i) for i in range(len(a))]


def test_large_sequences_are_anchored_on_unique_elements() -> None:
    a = [f"line {n}" for n in range(2000)]
    b = ["new", *a[:700], *a[900:], "end"]
    b[300] = "changed"
    pairs = dict(common(a, b))
    assert (len(a) * len(b)) > sequence._TABLE_LIMIT
    assert pairs[0] == 1
    assert 299 not in pairs
    assert 800 not in pairs
    assert pairs[1999] == len(b) - 2


def test_unique_knows_what_stands_once() -> None:
    assert unique(["a", "b", "a", "c"]) == {"b": 1, "c": 3}


def test_only_a_line_feed_ends_a_line() -> None:
    assert split_lines("a\x85b\u2028c\r\nd") == ["a\x85b\u2028c\r\n", "d"]
    assert split_lines("") == []
    assert split_lines("a\n") == ["a\n"]


@given(LINES, LINES)
def test_one_side_unchanged_is_the_other_side(a: list[str], b: list[str]) -> None:
    assert merge_lines(a, b, a) == b
    assert merge_lines(a, a, b) == b
    assert merge_lines(a, b, b) == b


@given(LINES, LINES, LINES)
def test_merging_lines_is_symmetric(a: list[str], b: list[str], c: list[str]) -> None:
    one, other = merge_lines(a, b, c), merge_lines(a, c, b)
    assert (one is None) == (other is None)
    assert one == other


def test_touching_changes_conflict() -> None:
    assert merge_lines(list("abc"), list("axc"), list("aby")) is None
    assert merge_lines(list("abcd"), list("xbcd"), list("abcy")) == list("xbcy")


def test_large_sequences_without_a_unique_element_have_their_ends_in_common() -> None:
    a, b = list("ab" * 2000), list("ba" * 2000)
    for one, other in ((a, b), (a, a[:-1]), (a, ["c", "c", *a])):
        pairs = common(one, other)
        assert all(one[i] == other[j] for i, j in pairs)
        assert all(p[0] < q[0] and p[1] < q[1] for p, q in itertools.pairwise(pairs))
    assert len(common(a, a[:-1])) == len(a) - 1
