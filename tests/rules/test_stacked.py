"""Rules of layers over those of a package: the topmost counts, and what is final stays."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seedgit.rules.ownership import (
    ON_SEED_CHANGE,
    OVERLAY,
    PRESERVE,
    REVIEW,
    SEED,
    YIELD,
    OverlayRule,
    Rules,
    SeedRule,
)
from seedgit.rules.stacked import StackedRules
from seedgit.values.pointer import covers

VALUE = {"a": {"b": 1, "c": [{"id": "x", "n": 1}]}, "d": 2}
PLACES = [("a",), ("a", "b"), ("a", "c"), ("a", "c", "0"), ("a", "c", "0", "n"), ("d",), ()]
PATTERNS = ["/a", "/a/b", "/**/n", "/a/c/[id=x]", "/*/b", "/d", "/a/c/*/n", ""]


def rules(*entries: OverlayRule, **more: Any) -> Rules:
    return Rules((SeedRule(("f",), overlay=entries, **more),))


def test_the_topmost_layer_that_names_a_place_counts() -> None:
    stack = StackedRules(
        rules(OverlayRule("/d", REVIEW), OverlayRule("/a/b", REVIEW)),
        [rules(OverlayRule("/d", YIELD)), rules(OverlayRule("/d"), OverlayRule("/a/c"))],
    )
    rule = stack.match("f")
    assert rule is not None
    assert rule.on_seed_change(("d",), VALUE) == YIELD
    assert rule.on_seed_change(("a", "c"), VALUE) == PRESERVE
    assert rule.on_seed_change(("a", "b"), VALUE) == REVIEW
    assert rule.owner(("a",), VALUE) == SEED
    assert stack.match("f") is rule


def test_keys_strategies_and_renames_of_layers_come_first() -> None:
    more: dict[str, Any] = {"merge": (("/d", "ours"),), "renames": (("/d", "/e"),)}
    package = rules(keys=(("/a/c", "id"), ("/x", "id")), **more)
    layer = rules(keys=(("/a/c", "name"),), merge=(("/d", "theirs"),), live=True)
    rule = StackedRules(package, [layer]).match("f")
    assert rule is not None and rule.live
    assert (rule.key_of(("a", "c")), rule.key_of(("x",))) == ("name", "id")
    assert rule.strategy(("d",), VALUE) == "theirs"
    assert rule.renamed(("d",), VALUE) == "e"


def test_a_layer_may_have_seeds_of_its_own_and_a_policy_for_all() -> None:
    everywhere = (OverlayRule("/d"),)
    layer = Rules((SeedRule(("own",), overlay=(OverlayRule("/x"),)),), everywhere=everywhere)
    stack = StackedRules(rules(OverlayRule("/a")), [layer])
    of_package, own = stack.match("f"), stack.match("own")
    assert of_package is not None and own is not None
    assert of_package.owner(("d",), VALUE) == of_package.owner(("a",), VALUE) == OVERLAY
    assert own.owner(("x",), {"x": 1}) == OVERLAY and own.owner(("d",), VALUE) == SEED
    assert stack.match("other") is None
    assert [rule.files for rule in stack.seeds] == [("own",), ("f",)]


def test_what_is_final_stays_the_packages() -> None:
    stack = StackedRules(
        rules(OverlayRule("/a/b", final=True), OverlayRule("/d")), [rules(OverlayRule(""))]
    )
    rule = stack.match("f")
    assert rule is not None
    assert rule.owner(("a", "b"), VALUE) == SEED
    assert rule.owner(("a",), VALUE) == SEED  # not as a whole
    assert rule.owner(("a", "c"), VALUE) == rule.owner(("d",), VALUE) == OVERLAY
    assert rule.owner(("a",), {"a": {}}) == OVERLAY
    assert rule.on_seed_change(("a", "b"), VALUE) == REVIEW


ENTRIES = st.lists(
    st.builds(
        OverlayRule, st.sampled_from(PATTERNS), st.sampled_from(ON_SEED_CHANGE), st.booleans()
    ),
    max_size=4,
)


@given(ENTRIES, st.lists(ENTRIES, max_size=3))
def test_who_owns_a_place_follows_from_all_rules(
    package: list[OverlayRule], layers: list[list[OverlayRule]]
) -> None:
    layers = [[entry for entry in layer if not entry.final] for layer in layers]
    rule = StackedRules(rules(*package), [rules(*layer) for layer in layers]).match("f")
    assert rule is not None
    for place in PLACES:
        below = [other for other in PLACES if other[: len(place)] == place]
        kept = any(e.final and covers(e.pattern, p, VALUE) for e in package for p in below)
        in_order = [entry for entries in (*layers, package) for entry in entries]
        fits = [e for e in in_order if not e.final and covers(e.pattern, place, VALUE)]
        assert rule.owner(place, VALUE) == (OVERLAY if fits and not kept else SEED)
        counts = fits[0].on_seed_change if fits and not kept else REVIEW
        assert rule.on_seed_change(place, VALUE) == counts
