"""Rendering reads decisions: it says what it found, and leaves them as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit import codes
from seedgit.formats.registry import format_of
from seedgit.formats.rules import parse_rules
from seedgit.formats.yaml import FORMAT as YAML
from seedgit.merge.decide import merge
from seedgit.merge.decision import Decision
from seedgit.merge.engine import Result, merge_versions
from seedgit.merge.policy_of_rules import PolicyOfRules
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


def of_rule(strategy: str, *texts: bytes) -> Result:
    """The merge of base, ours and theirs where a rule says whose `/k` counts."""
    rules = f'version: 1\nseeds: [{{files: "**", merge: [{{path: /k, strategy: {strategy}}}]}}]\n'
    rule = parse_rules(rules.encode(), "rules").match("f.yaml")
    assert rule is not None
    base, ours, theirs = texts
    how = PolicyOfRules(rule, local=True)
    return merge_versions((base, ours, theirs, None), YAML, "f.yaml", rules=how)


def test_comments_that_a_rule_says_are_ours_are_told_as_ours() -> None:
    result = of_rule("ours", b"k: 1 # was\n", b"k: 1 # mine\n", b"k: 1 # theirs\n")
    assert (result.clean, result.text) == (True, b"k: 1 # mine\n")
    assert (("k",), "ours", codes.STRATEGY_OURS) in result.decisions.explained()


def test_a_rule_about_comments_takes_no_value_away() -> None:
    result = of_rule("theirs", b"k: 1 # was\n", b"k: 2 # mine\n", b"k: 1 # theirs\n")
    assert not result.clean
    assert [one.conflict.reason for one in result.conflicts] == [codes.BOTH_CHANGED_COMMENTS]
