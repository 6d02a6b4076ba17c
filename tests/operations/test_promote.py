"""Promote: an override becomes one commit on a branch that starts at upstream."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, SEEDS, TOML, data, package, seedgit, statuses

BRANCH = "seedgit/promote-wiki-timeout"


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    return package(repo, SEEDS)


def state(site: Repo) -> tuple[str, bytes]:
    return site("status", "--porcelain"), (site.path / ".git" / "index").read_bytes()


@pytest.mark.parametrize("path", SEEDS)
def test_it_is_one_commit_with_the_minimal_edit(site: Repo, path: str) -> None:
    seedgit(site, "set", path, "/timeout", "45", "--why", "slow network")
    site.write({path: SEEDS[path] + "\n", "other.txt": "x"})
    before = state(site)
    said = seedgit(site, "promote", path, "/timeout", "--branch", "longer")
    assert said.status == 0, said.err
    assert state(site) == before
    assert site("rev-parse", "longer^") == site("rev-parse", "origin/main")
    assert site("diff", "--name-only", "origin/main", "longer") == path
    assert site("show", f"longer:{path}") + "\n" == SEEDS[path].replace("30", "45")
    message = site("log", "-1", "--format=%B", "longer")
    assert message.startswith(f"{path}: change /timeout\n\nslow network\n")
    assert "Seed-Change: slow network" in message
    assert site("branch", "--show-current") == "main"
    assert statuses(site) == {f"{path}/timeout": "unchanged"}


def test_the_override_is_redundant_once_the_seed_comes_back(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/timeout", "45")
    assert data(site, "promote", PATH, "/timeout", "--keep")["branch"] == BRANCH
    site("push", "--quiet", "origin", BRANCH)
    upstream("merge", "--quiet", BRANCH)
    site("pull", "--quiet", "--ff-only")
    assert statuses(site) == {f"{PATH}/timeout": "redundant"}
    again = data(site, "promote", PATH, "/timeout", "--branch", "again")
    assert (again["commit"], again["branch"]) == (None, None)
    assert "again" not in site("branch")


def test_drop_takes_the_override_away(site: Repo) -> None:
    seedgit(site, "set", PATH, "/timeout", "45")
    assert data(site, "promote", PATH, "/timeout", "--drop")["dropped"]
    assert statuses(site) == {}
    assert seedgit(site, "promote", PATH, "/timeout", "--keep", "--drop").status == 2


def test_it_goes_where_the_place_is_upstream(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/steps/[id=rank]/mode", "drain")
    upstream("mv", PATH, "flows/renamed.yaml")
    new = FLOW.replace("steps:\n", "steps:\n  - id: new\n    mode: live\n")
    upstream.commit({"flows/renamed.yaml": new}, "v2")
    site("fetch", "--quiet")
    done = data(site, "promote", PATH, "/steps/[id=rank]/mode")
    assert done["target"] == "flows/renamed.yaml"
    made = site("show", f"{done['branch']}:flows/renamed.yaml") + "\n"
    assert made == new.replace("rank\n    mode: live", "rank\n    mode: drain")
    assert done["branch"] == "seedgit/promote-wiki-steps-id-rank-mode"


def test_removals_additions_and_what_lies_below(site: Repo) -> None:
    seedgit(site, "set", TOML, "/steps/[id=fetch]/max_items", "--delete")
    seedgit(site, "set", "--new", TOML, "/steps/[id=fetch]/note", "x")
    seedgit(site, "set", TOML, "/steps/[id=rank]/mode", "off")
    done = data(site, "promote", TOML, "/steps/[id=fetch]", "--branch", "b")
    assert len(done["overrides"]) == 2
    expected = SEEDS[TOML].replace("max_items = 50\n", 'note = "x"\n')
    assert site("show", f"b:{TOML}") + "\n" == expected


def test_what_it_refuses(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/timeout", "45")
    site("branch", BRANCH)
    at = site("rev-parse", BRANCH)
    assert seedgit(site, "promote", PATH, "/timeout").status == 5
    assert site("rev-parse", BRANCH) == at
    assert seedgit(site, "promote", PATH, "/limit").status == 2
    assert seedgit(site, "promote", PATH, "/timeout", "--branch", "a..b").status == 2
    assert seedgit(site, "promote", PATH, "/timeout", "--from", "nowhere").status == 2
    upstream.commit({PATH: FLOW.replace("timeout: 30\n", "")}, "v2")
    site("fetch", "--quiet")
    assert seedgit(site, "promote", PATH, "/timeout", "--branch", "c").status == 5
    upstream("rm", "--quiet", PATH)
    upstream.commit(message="gone")
    site("fetch", "--quiet")
    assert seedgit(site, "promote", PATH, "/timeout", "--branch", "c").status == 4
    assert "c" not in site("branch", "--format=%(refname:short)").split()


def test_what_upstream_changed_meanwhile_is_promoted_still(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/limit", "1")  # its rule yields to upstream
    upstream.commit({PATH: FLOW.replace("limit: 5", "limit: 9")}, "v2")
    site("fetch", "--quiet")
    assert data(site, "promote", PATH, "/limit", "--branch", "b")["overrides"][0]["seed"] == 9
    assert site("show", f"b:{PATH}") + "\n" == FLOW.replace("limit: 5", "limit: 1")


def test_dry_run_mode_makes_no_branch(site: Repo) -> None:
    seedgit(site, "set", PATH, "/timeout", "45")
    seedgit(site, "mode", "dry-run")
    said = seedgit(site, "promote", PATH, "/timeout", "--drop")
    assert (said.status, BRANCH in said.err) == (0, True)
    assert "seedgit" not in site("branch")
    assert statuses(site) == {f"{PATH}/timeout": "unchanged"}
