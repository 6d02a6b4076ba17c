"""Rules that two people changed: what is here holds, what the other made waits for a decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedgit.git.overlay_names import overlay_ref
from tests.conftest import Repo
from tests.operations.test_rules import OWN, give_rules, whose
from tests.site import data, seedgit


def clashing(site: Repo, upstream: Repo, hub: Repo, places: tuple[str, str]) -> tuple[Repo, Repo]:
    """Two clones of one overlay, which have changed the same line of its rules; one has pulled."""
    site("remote", "add", "hub", str(hub.path))
    give_rules(site, OWN)
    seedgit(site, "push", "hub")
    other = upstream.clone("other")
    other("remote", "add", "hub", str(hub.path))
    seedgit(other, "init")
    seedgit(other, "pull", "hub")
    for repo, place in zip((site, other), places, strict=True):
        give_rules(repo, OWN.replace("path: /timeout", f"path: {place}"))
    assert seedgit(site, "push", "hub").status == 0
    said = seedgit(other, "pull", "hub")
    assert (said.status, "local: clashes" in said.out) == (1, True)
    return site, other


@pytest.fixture
def two_rules(site: Repo, upstream: Repo, make_repo: Callable[..., Repo]) -> tuple[Repo, Repo]:
    return clashing(site, upstream, make_repo("hub", "--bare"), ("/name", "/limit"))


def test_a_clash_of_rules_waits_for_a_decision(two_rules: tuple[Repo, Repo]) -> None:
    site, other = two_rules
    (waits,) = data(other, "pending")["rules"]
    assert waits["other"] == {"removed": False, "by": "Sam Site", "on": waits["other"]["on"]}
    assert "local:rules.yaml: two people changed the rules" in seedgit(other, "status").out
    assert seedgit(other, "status", "--exit-code").status == 1
    assert seedgit(other, "resolve", waits["id"], "--take-seed").status == 2
    assert seedgit(other, "approve", str(waits["number"])).status == 2
    assert whose(other, "/name")[0] == "seed"
    said = seedgit(other, "push", "hub")
    assert "undecided: rules.yaml; seedgit pending" in said.out
    said = seedgit(site, "pull", "hub")  # the other side can decide it, too
    assert "nobody has decided: seedgit pending" in said.out
    assert whose(site, "/name")[0] == "seed"  # what the merge has holds everywhere
    number = str(data(site, "pending")["rules"][0]["number"])
    said = seedgit(site, "resolve", number, "--take-other", "--why", "agreed")
    assert "local:rules.yaml  take other" in said.out
    assert whose(site, "/name")[0] == "overlay"
    assert "undecided" not in seedgit(site, "push", "hub").out
    assert seedgit(other, "pull", "hub").status == 0
    assert whose(other, "/name")[0] == "overlay"
    for repo in two_rules:
        assert "nothing waits" in seedgit(repo, "pending").out
        assert not [
            n for n in site("ls-tree", "--name-only", overlay_ref("local")).split() if ".other" in n
        ]
    # A decision is a change like others: it can be taken back.
    assert seedgit(site, "undo").status == 0
    assert whose(site, "/name")[0] == "seed"
    assert len(data(site, "pending")["rules"]) == 1


def test_a_decision_about_rules_is_bound_to_what_was_listed(two_rules: tuple[Repo, Repo]) -> None:
    other = two_rules[1]
    assert "two people changed" in seedgit(other, "pending").out
    give_rules(other, OWN.replace("path: /timeout", "path: /model"))
    said = seedgit(other, "resolve", "1", "--keep-local")
    assert (said.status, "rules changed since item 1" in said.err) == (5, True)
    assert len(data(other, "pending")["rules"]) == 1  # an edit decides nothing
    assert seedgit(other, "resolve", "1", "--keep-local").status == 0
    assert whose(other, "/model")[0] == "overlay"
    assert "nothing waits" in seedgit(other, "pending").out


def test_two_decisions_about_rules_that_did_not_know_of_each_other(
    two_rules: tuple[Repo, Repo],
) -> None:
    site, other = two_rules
    seedgit(other, "push", "hub")
    seedgit(site, "pull", "hub")
    for repo, choice in ((site, "--take-other"), (other, "--keep-local")):
        seedgit(repo, "pending")
        assert seedgit(repo, "resolve", "1", choice).status == 0
    assert seedgit(site, "push", "hub").status == 0
    said = seedgit(other, "pull", "hub")
    assert (said.status, "theirs wait" in said.out) == (1, True)
    assert whose(other, "/limit")[0] == "overlay"
    assert len(data(other, "pending")["rules"]) == 1


def test_rules_that_one_side_took_away_and_another_changed(two_rules: tuple[Repo, Repo]) -> None:
    site, other = two_rules
    seedgit(other, "pending")
    seedgit(other, "resolve", "1", "--keep-local")
    seedgit(other, "push", "hub")
    seedgit(site, "pull", "hub")
    give_rules(site, "")
    seedgit(site, "push", "hub")
    give_rules(other, OWN.replace("path: /timeout", "path: /model"))
    assert seedgit(other, "pull", "hub").status == 1
    assert "took the rules away" in seedgit(other, "pending").out
    assert whose(other, "/model")[0] == "overlay"
    assert seedgit(other, "resolve", "1", "--take-other").status == 0
    assert whose(other, "/model")[0] == "seed"
