"""Rendering reads decisions: it says what it found, and leaves them as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit import codes
from seedgit.formats.registry import format_of
from seedgit.merge.decide import merge
from seedgit.merge.decision import Decision
from seedgit.merge.render import render
from seedgit.merge.rendered import Inseparable
from seedgit.merge.version import NotMergeable, Version, prepared
from seedgit.merge.write_markers import Markers

ROOT = Path(__file__).parents[1] / "cases"
CASES = sorted(path.parent for path in ROOT.glob("*/base.*"))


def decided(case: Path) -> Decision | None:
    """What is decided of a case's versions; None where these cannot be merged."""
    names = [next(case.glob(f"{side}.*")) for side in ("base", "ours", "theirs")]
    format = format_of(names[0].name)
    assert format is not None
    try:
        versions = [Version.parsed(name.read_bytes(), name.name, format) for name in names]
        prepared(versions)
    except NotMergeable:
        return None
    return merge(*(version.root for version in versions))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_tree_is_rendered_twice_to_the_same(case: Path) -> None:
    decisions = decided(case)
    if decisions is None:
        return
    before = list(decisions.explained())
    try:
        first, second = (render(decisions, Markers(), lambda _: None) for _ in range(2))
    except Inseparable:
        return
    finally:
        assert list(decisions.explained()) == before
    assert first.text == second.text
    assert list(first.decisions.explained()) == list(second.decisions.explained())
    assert [one.texts for one in first.conflicts] == [one.texts for one in second.conflicts]
    found = [one for one in first.decisions.walk() if one.source == codes.CONFLICT]
    assert {id(one) for one in found} == {id(one.conflict) for one in first.conflicts}
