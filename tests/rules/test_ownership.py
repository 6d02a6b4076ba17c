"""Who may change what: the first entry that covers a pointer counts."""

from __future__ import annotations

from seedgit.rules.ownership import (
    OVERLAY,
    PRESERVE,
    REVIEW,
    SEED,
    YIELD,
    OverlayRule,
    Rules,
    SeedRule,
)

VALUE = {"steps": [{"id": "a", "mode": "live"}], "limit": 5}
RULE = SeedRule(
    ("flows/**", "one.yaml"),
    keys=(("/steps", "id"),),
    overlay=(OverlayRule("/limit", YIELD), OverlayRule("/steps/*/mode"), OverlayRule("/limit")),
    merge=(("/steps", "union"), ("/**", "ours")),
    renames=(("/limit", "/most"),),
)


def test_an_entry_covers_what_is_below_it() -> None:
    assert RULE.owner(("steps", "0", "mode"), VALUE) == OVERLAY
    assert RULE.owner(("steps", "0", "mode", "x"), VALUE) == OVERLAY
    assert RULE.owner(("steps", "0"), VALUE) == SEED


def test_the_first_entry_counts() -> None:
    assert RULE.on_seed_change(("limit",), VALUE) == YIELD
    assert RULE.on_seed_change(("steps", "0", "mode"), VALUE) == PRESERVE
    assert RULE.on_seed_change(("steps", "0", "id"), VALUE) == REVIEW
    assert RULE.strategy(("steps",), VALUE) == "union"
    assert RULE.strategy(("limit",), VALUE) == "ours"


def test_any_entry_makes_a_place_secret() -> None:
    rule = SeedRule(("a",), overlay=(OverlayRule("/db"), OverlayRule("/db/*/key", secret=True)))
    assert rule.secret(("db", "main", "key"), {})
    assert rule.secret(("db", "main", "key", "below"), {})
    assert not rule.secret(("db", "main"), {})
    assert not rule.secret(("db", "main", "name"), {})


def test_keys_and_renames_are_of_one_place() -> None:
    assert RULE.key_of(("steps",)) == "id"
    assert RULE.key_of(("steps", "0")) is None
    assert RULE.renamed(("limit",), VALUE) == "most"
    assert RULE.renamed(("steps",), VALUE) is None


def test_the_first_rule_that_matches_a_file_counts() -> None:
    rules = Rules((RULE, SeedRule(("**/*.json",))))
    assert rules.match("flows/a/b.json") is RULE
    assert rules.match("one.yaml") is RULE
    assert rules.match("a.json") is rules.seeds[1]
    assert rules.match("a.yaml") is None


def test_the_folders_that_hold_every_seed() -> None:
    assert Rules((SeedRule(("flows/**", "more/a.yaml")),)).folders() == ("flows", "more")
    assert Rules((RULE,)).folders() == ()
    assert Rules().folders() == ()
