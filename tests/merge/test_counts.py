from __future__ import annotations

from typing import Any

import pytest

from seedgit.merge.counts import adds_up


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged", "right"),
    [
        (["a"], ["a", "x"], ["a", "y"], ["a", "x", "y"], True),
        (["a"], ["a", "x"], ["a", "y"], ["a", "y"], False),  # ours is lost
        (["a"], ["a", "x"], ["x", "a"], ["x", "a", "x"], False),  # what both added, twice
        (["a"], ["a", "x"], ["x", "a"], ["x", "a"], True),
        (["up", "up"], ["up", "up", "up"], ["up", "up", "up"], ["up"] * 4, True),  # commands
        (
            [],
            [{"id": 1, "n": 5}],
            [{"id": 2, "n": 5}],
            [{"id": 1, "n": 5}, {"id": 2, "n": 5}],
            True,
        ),
        ([], [{"id": 1}], [{"id": 1}], [{"id": 1}, {"id": 1}], False),
        ([{"id": 1}], [{"id": 1}] * 2, [{"id": 1}] * 2, [{"id": 1}] * 3, False),
        ([{"p": 1}], [{"p": 1}] * 2, [{"p": 1}] * 2, [{"p": 1}] * 3, False),
        (["a", "b"], ["a"], ["b"], [], True),
        (["a", "b"], ["a"], ["b"], ["a"], False),  # theirs took it away
        ([True], [1], [True], [1], True),
        ([True], [True, 1], [True], [True, True], False),
        # What both added under one name, twice.
        (["a>=1"], ["a>=1", "x>=1"], ["x>=2", "a>=1"], ["x>=2", "a>=1", "x>=1"], False),
        (["a>=1"], ["a>=2"], ["a>=1", "x"], ["a>=2", "x"], True),
        (["a\nb\nc"], ["x\nb\nc"], ["a\nb\ny"], ["x\nb\ny"], True),  # texts are merged by line
    ],
)
def test_counts(base: Any, ours: Any, theirs: Any, merged: Any, right: bool) -> None:
    for mine, yours in ((ours, theirs), (theirs, ours)):
        assert adds_up({"list": base}, {"list": mine}, {"list": yours}, {"list": merged}) == right
