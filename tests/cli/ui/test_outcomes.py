"""What waits is told apart wherever one decision does not fit all of it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from seedgit import codes
from seedgit.cli.terminal import SIDE, WHOLE, side
from seedgit.cli.ui.outcomes import brief, differences, outcome
from seedgit.operations.pending import Item
from seedgit.operations.waiting.listing import Ids
from seedgit.overlay.decisions import Question
from seedgit.overlay.override import Override
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

IDS = Ids("", "", "")


def item(base: Value, seed: Value, local: Value, overlay: str = "local") -> Item:
    made = Override(("timeout",), "replace", local, seed, base)
    asked = Question("/timeout", base, seed, local)
    return Item(overlay, "flows/a.yaml", codes.MOVED_UNDER, made, "/timeout", asked, IDS)


def headings(items: list[Item]) -> list[str]:
    """What the page says above each group of these."""
    apart = differences({outcome(one): one for one in items})
    more = [", ".join(map(" ".join, apart.get(outcome(one), []))) for one in items]
    return [
        f"{brief(one.shown.local)} {text}".strip() for one, text in zip(items, more, strict=True)
    ]


def test_only_what_differs_is_said_and_only_of_headings_that_are_equal() -> None:
    assert headings([item(30, 60, 45), item(20, 60, 45), item(30, 60, 46)]) == [
        *("45 base 30", "45 base 20", "46"),
    ]
    assert headings([item(30, 60, 45), item(30, ABSENT, 45)]) == [
        *("45 upstream 60", "45 upstream (absent)"),
    ]
    assert headings([item(30, 60, 45), item(20, 60, 45, "fleet")]) == [
        *("45 base 30, layer local", "45 base 20, layer fleet"),
    ]
    assert headings([item(30, 60, 45), item(30, 60, 45)._replace(reason=codes.YIELDED)]) == [
        *("45", "45"),  # the words below are others
    ]


def test_of_long_values_the_part_is_said_that_differs() -> None:
    long = "a rather long note about all that was agreed, "
    assert headings([item(0, f"{long}first", 1), item(0, f"{long}second", 1)]) == [
        *('1 upstream …agreed, first"', '1 upstream …agreed, second"'),
    ]
    assert headings([item(0, 9, f"{long}first"), item(0, 9, f"{long}second")]) == [
        '"a rather long note about all that was… local …agreed, first"',
        '"a rather long note about all that was… local …agreed, second"',
    ]


WORD = st.sampled_from(("a-team", "registry", "mirror", "4711", "wiki", "/", " ", '"', "x" * 50))
SMALL = st.one_of(st.integers(0, 2), st.booleans(), st.none(), st.just(1.0))
LONG = st.lists(WORD, min_size=12, max_size=20).map("".join)
VALUES = st.one_of(SMALL, LONG, st.lists(LONG, min_size=1, max_size=3))


@st.composite
def alike(draw: st.DrawFn) -> list[Item]:
    """Items of few values, so that many of them differ in one thing alone."""
    few = st.sampled_from(draw(st.lists(VALUES, min_size=2, max_size=4)))
    overlays = st.sampled_from(("local", "fleet"))
    return draw(st.lists(st.builds(item, few, few, few, overlays), min_size=2, max_size=12))


@given(alike())
def test_no_two_outcomes_have_one_heading(items: list[Item]) -> None:
    found = headings(items)
    assert len(set(found)) == len({outcome(one) for one in items})
    apart = differences({outcome(one): one for one in items})
    assert all(len(text) <= SIDE for told in apart.values() for _, text in told)
    for one in items:
        whole, short = side(one.local, WHOLE), brief(one.local).removesuffix("…")
        assert whole.startswith(short) and len(short) <= SIDE
        if re.match(r"\w\w", whole[len(short) - 1 : len(short) + 1]):  # inside of a word
            assert re.fullmatch(r"\W*\w+", short[SIDE // 2 :])


def test_a_short_value_ends_with_a_word_of_it() -> None:
    image = "registry.example.com/mirror/wiki-fetcher-with-a-long-name"
    assert brief(image) == '"registry.example.com/mirror/wiki…'
    assert brief("x" * 60) == '"' + "x" * (SIDE - 2) + "…"  # one word: there is no end to take
    assert brief("word " * 7) == '"word word word word word word word "'
    assert brief(ABSENT) == "(absent)"
