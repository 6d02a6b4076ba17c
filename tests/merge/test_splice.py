"""Parts of a text are replaced, and the rest stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seedgit.merge.splice import Splice, difference, spliced


@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))))
def test_every_part_is_replaced_whatever_their_order(parts: list[tuple[str, str, str]]) -> None:
    text, wanted, splices = "", "", []
    for kept, old, new in parts:
        text += kept
        splices.append(Splice(len(text), len(text) + len(old), new))
        text += old
        wanted += kept + new
    distinct = [s for s in splices if s.start != s.end]
    if len(distinct) == len(splices):  # several insertions at one place have no order
        assert spliced(text, splices) == wanted
        assert spliced(text, reversed(splices)) == wanted


def test_an_insertion_goes_before_what_is_replaced_there() -> None:
    splices = [Splice(1, 2, "B"), Splice(1, 1, "+")]
    assert spliced("abc", splices) == spliced("abc", splices[::-1]) == "a+Bc"


@given(st.text(), st.text())
def test_one_splice_turns_a_text_into_another(before: str, after: str) -> None:
    found = difference(before, after)
    assert spliced(before, found) == after
    assert len(found) == (before != after)
