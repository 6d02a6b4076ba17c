"""An entry for a place comes before others of its file, once."""

from __future__ import annotations

import pytest

from seedgit.errors import InputError
from seedgit.formats.rules import parse_rules
from seedgit.operations.edits.rules_entry import with_entry
from seedgit.rules import SITE_RULES

PATH = "flows/[a].yaml"


def test_an_entry_is_the_first_of_its_file_and_joins_the_one_of_its_place() -> None:
    made = with_entry(None, PATH, {"path": "/a", "secret": True})
    made = with_entry(made, PATH, {"path": "/b"})
    made = with_entry(made, PATH, {"path": "/a", "on-seed-change": "review"})
    made = with_entry(made, "x.yaml", {"path": "/c"})
    rules = parse_rules(made, SITE_RULES, of_site=True)
    rule = rules.match(PATH)
    assert rule is not None and rules.match("flows/a.yaml") is None
    told = [(entry.path, entry.secret, entry.on_seed_change) for entry in rule.overlay]
    assert told == [("/b", None, "preserve"), ("/a", True, "review")]
    assert len(rules.seeds) == 2


def test_rules_that_are_not_valid_are_refused() -> None:
    with pytest.raises(InputError):
        with_entry(b"version: 1\nseeds: 3\n", PATH, {"path": "/a"})
