"""Pruning: only what was named, only on consent, and it can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit import codes
from seedgit.operations.prune import prune
from seedgit.operations.workspace import Workspace
from tests.built import prepared
from tests.conftest import Repo
from tests.site import FLOW, PATH, RULES, data, package, seedgit, site_of, statuses

OTHER = "flows/sub/other.yaml"
GONE = "flows/gone.yaml"


@pytest.fixture
@prepared
def site(repo: Repo) -> Repo:
    """One override of each kind, one that stays, and one of a seed that is gone."""
    package(repo)
    repo.commit({OTHER: "paused: false\n", GONE: "paused: false\n"}, "more")
    site = site_of(repo)
    for words in (
        (PATH, "/steps/[id=fetch]/max_items", "1", "--if-seed-is", "50", "--why", "burn-in"),
        (PATH, "/paused", "true"),
        (PATH, "/steps/[id=rank]/mode", "drain"),
        (PATH, "/steps/[id=fetch]/mode", "stop", "--until", "2999-12-01"),
        (OTHER, "/paused", "true"),
        (GONE, "/paused", "true"),
    ):
        assert seedgit(site, "set", *words).status == 0
    new = FLOW.replace("50", "80").replace("paused: false", "paused: true")
    new = new.replace("  - id: rank\n    mode: live\n", "")
    repo("rm", "--quiet", GONE)
    repo.commit({PATH: new, OTHER: "paused: true\n"}, "v2")
    site("pull", "--quiet", "--ff-only")
    return site


EXPIRED_ONE = f"{PATH}/steps/0/max_items"
REDUNDANT = {f"{PATH}/paused", f"{OTHER}/paused"}
ORPHANED = {f"{PATH}/steps/1/mode", f"{GONE}/paused"}
KEPT = f"{PATH}/steps/0/mode"
ALL = {EXPIRED_ONE, *REDUNDANT, *ORPHANED, KEPT}


def tip(site: Repo) -> str:
    return site("rev-parse", "refs/seedgit/overlays/local")


def test_without_a_kind_it_lists_and_says_the_next_command(site: Repo) -> None:
    before = tip(site)
    said = seedgit(site, "prune")
    assert said.status == 0
    for place in ("/steps/[id=fetch]/max_items", OTHER, GONE, "redundant", "expired", "orphaned"):
        assert place in said.out
    assert "seedgit prune --expired --redundant --orphaned\n" in said.out
    assert "/steps/0/mode " not in said.out
    assert tip(site) == before
    found = data(site, "prune")
    assert found["commit"] is None
    assert {o["path"] + o["pointer"] for o in found["overrides"]} == ALL - {KEPT}
    names = {o["pointer"]: o["name"] for o in found["overrides"] if o["path"] == PATH}
    # What is orphaned has no place any more; it is called what it was called there.
    assert names["/steps/0/max_items"] == "/steps/[id=fetch]/max_items"
    assert names["/steps/1/mode"] == "/steps/[id=rank]/mode"


@pytest.mark.parametrize(
    ("kinds", "gone"),
    [
        (("--expired",), {EXPIRED_ONE}),
        (("--redundant",), REDUNDANT),
        (("--orphaned",), ORPHANED),
        (("--expired", "--redundant", "--orphaned"), ALL - {KEPT}),
        (("--redundant", "flows/sub"), {f"{OTHER}/paused"}),
        (("--redundant", PATH), {f"{PATH}/paused"}),
        (("--orphaned", GONE), {f"{GONE}/paused"}),
    ],
)
def test_only_what_was_named_is_retired_and_undo_brings_it_back(
    site: Repo, kinds: tuple[str, ...], gone: set[str]
) -> None:
    before, rendered = tip(site), seedgit(site, "render", PATH).out
    assert set(statuses(site)) == ALL
    dry = seedgit(site, "prune", *kinds, "--dry-run")
    assert f"seedgit prune {' '.join(kinds)}\n" in dry.out
    assert tip(site) == before
    said = seedgit(site, "prune", *kinds)
    assert said.status == 0
    assert set(statuses(site)) == ALL - gone
    assert site("rev-parse", "refs/seedgit/overlays/local~1") == before
    if "--expired" not in kinds:
        assert seedgit(site, "render", PATH).out == rendered
    message = site("log", "-1", "--format=%B", "refs/seedgit/overlays/local")
    for place in gone:
        assert place.rsplit("/", 1)[1] in message
    assert message.count("\n") == len(gone) + 2
    assert seedgit(site, "undo").status == 0
    assert set(statuses(site)) == ALL
    assert seedgit(site, "render", PATH).out == rendered


def test_the_reason_names_what_was_retired(site: Repo) -> None:
    seedgit(site, "prune", "--expired", "--orphaned")
    entry = data(site, "log")[0]
    assert entry["subject"] == "prune: 1 expired, 2 orphaned"
    assert (
        f"expired {PATH} /steps/[id=fetch]/max_items (while the seed is 50; burn-in)"
        in entry["why"]
    )
    assert f"orphaned {GONE} /paused" in entry["why"]
    assert f"\n             orphaned {GONE} /paused\n" in seedgit(site, "log").out
    assert "max_items: 80\n" in seedgit(site, "render", PATH).out


def test_dates_count(site: Repo) -> None:
    workspace = Workspace.open(str(site.path))
    done = prune(workspace, [codes.EXPIRED], [PATH], now=32_600_000_000.0)
    assert [item.override.pointer for item in done.found] == ["/steps/0/max_items", "/steps/0/mode"]
    assert set(statuses(site)) == ALL - {EXPIRED_ONE, KEPT}


def test_what_is_redundant_over_the_seed_but_not_over_a_layer_stays(site: Repo) -> None:
    site("config", "seedgit.overlay", "base")
    assert seedgit(site, "set", OTHER, "/paused", "false").status == 0
    site("config", "--add", "seedgit.overlay", "local")
    rendered = seedgit(site, "render", OTHER).out
    assert seedgit(site, "prune", "--redundant").status == 0
    assert seedgit(site, "render", OTHER).out == rendered == "paused: true\n"
    fields = data(site, "status", "--overlay")["fields"]
    assert ("local", OTHER) in {(f["overlay"], f["path"]) for f in fields}


def test_nothing_to_prune_is_said(site: Repo) -> None:
    seedgit(site, "prune", "--expired", "--redundant", "--orphaned")
    before = tip(site)
    said = seedgit(site, "-v", "prune", "--expired")
    assert "nothing to prune" in said.out
    assert "noop: nothing-to-prune" in said.err
    assert tip(site) == before


@pytest.mark.parametrize("name", ["flows/none.yaml", "docs", ".."])
def test_a_path_without_overrides_is_an_error(site: Repo, name: str) -> None:
    assert seedgit(site, "prune", "--redundant", name).status == 2


def test_a_seed_that_does_not_parse_is_left_alone(site: Repo) -> None:
    site.write({PATH: FLOW + "name: again\n"})
    site("add", PATH)
    assert seedgit(site, "prune", "--redundant").status == 0
    site("restore", "--staged", "--worktree", PATH)
    assert f"{PATH}/paused" in statuses(site)
    assert f"{OTHER}/paused" not in statuses(site)


def test_a_renamed_seed(site: Repo) -> None:
    site.commit({".seedgit.yaml": RULES})
    site("mv", PATH, "flows/renamed.yaml")
    site.commit(message="renamed")
    assert seedgit(site, "prune", "--redundant", "flows/renamed.yaml").status == 0
    found = set(statuses(site))
    assert "flows/renamed.yaml/paused" not in found
    assert "flows/renamed.yaml/steps/0/mode" in found
    assert not {place for place in found if place.startswith(PATH)}


def test_the_last_override_leaves_no_record(site: Repo) -> None:
    seedgit(site, "prune", "--redundant")
    records = site("ls-tree", "--name-only", "refs/seedgit/overlays/local:records")
    assert "flows%2Fsub%2Fother.yaml" not in records.splitlines()
    assert Path(site.path / OTHER).exists()
