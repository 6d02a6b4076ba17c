"""seedgit upgrade: fetch, plan, merge; it stops before what needs a person."""

from __future__ import annotations

import pytest

from seedgit.operations.upgrade import STATE
from tests.conftest import Repo
from tests.site import FLOW, PATH, data, override, seedgit


def newer(upstream: Repo, old: str = "model: small", new: str = "model: big") -> str:
    return upstream.commit({PATH: upstream.read(PATH).decode().replace(old, new)}, "v2")


def test_it_fetches_and_merges_as_git_does(upstream: Repo, site: Repo) -> None:
    wanted = newer(upstream)
    found = data(site, "upgrade")
    assert (found["after"], found["stopped"], found["waiting"]) == (wanted, False, 0)
    assert b"model: big" in site.read(PATH)
    again = seedgit(site, "-v", "upgrade")
    assert again.status == 0 and "already up to date" in again.out
    assert "noop: already-up-to-date" in again.err


def test_it_stops_before_what_needs_a_person_and_goes_on(upstream: Repo, site: Repo) -> None:
    override(site, "/timeout", "45", "--why", "slow")
    newer(upstream, "timeout: 30", "timeout: 60")  # nothing says who owns it: it is reviewed
    head = site("rev-parse", "HEAD")
    said = seedgit(site, "upgrade")
    assert said.status == 1 and "stopped before the merge" in said.out
    assert site("rev-parse", "HEAD") == head and b"timeout: 30" in site.read(PATH)
    refused = seedgit(site, "upgrade")
    assert refused.status == 5 and "--continue" in refused.err
    done = data(site, "upgrade", "--continue")
    assert (done["before"], done["waiting"]) == (head, 1)
    assert b"timeout: 60" in site.read(PATH)
    assert not (site.path / ".git" / STATE).exists()


def test_abort_leaves_everything_as_it_was(upstream: Repo, site: Repo) -> None:
    override(site, "/timeout", "45")
    newer(upstream, "timeout: 30", "timeout: 60")

    def state() -> tuple[str, str]:
        return site("for-each-ref", "refs/heads", "refs/seedgit"), site("status", "--porcelain")

    before = state()
    assert seedgit(site, "upgrade").status == 1
    assert "taken back" in seedgit(site, "upgrade", "--abort").out
    assert state() == before
    assert seedgit(site, "upgrade", "--abort").status == 2
    assert seedgit(site, "upgrade", "--continue").status == 2


@pytest.mark.parametrize("way", ["--continue", "--abort"])
def test_conflicts_in_the_merge(upstream: Repo, site: Repo, way: str) -> None:
    head = site.commit({PATH: FLOW.replace("small", "mine")}, "ours")
    newer(upstream)
    assert seedgit(site, "upgrade").status == 1
    said = seedgit(site, "upgrade", "--continue")
    assert said.status == 1 and "1 file in conflict" in said.out
    assert seedgit(site, "upgrade", "--continue").status == 5  # it still is
    if way == "--continue":
        site.write({PATH: FLOW.replace("small", "both")})
        site("add", PATH)
    assert seedgit(site, "upgrade", way).status == 0
    parents = site("log", "-1", "--format=%P").split()
    assert len(parents) == 2 if way == "--continue" else site("rev-parse", "HEAD") == head
    assert not site("status", "--porcelain")


def test_git_merge_instead_is_the_same(upstream: Repo, site: Repo) -> None:
    override(site, "/timeout", "45")
    newer(upstream, "timeout: 30", "timeout: 60")
    assert seedgit(site, "upgrade").status == 1
    site("merge", "--quiet", "--no-edit", "origin/main")
    said = seedgit(site, "upgrade")
    assert "already up to date; 1 decision for you" in said.out
    assert not (site.path / ".git" / STATE).exists()


def test_what_it_refuses(upstream: Repo, site: Repo) -> None:
    newer(upstream)
    assert seedgit(site, "upgrade", "nowhere").status == 2
    assert seedgit(site, "upgrade", "origin/main", "--abort").status == 2
    site.write({PATH: FLOW.replace("limit: 5", "limit: 7")})
    said = seedgit(site, "upgrade")
    assert said.status == 5 and "uncommitted changes" in said.err
    site("checkout", "--", PATH)
    assert seedgit(site, "mode", "dry-run").status == 0
    assert seedgit(site, "upgrade").status == 5
    assert site("rev-parse", "HEAD") != site("rev-parse", "origin/main")


def test_the_clones_that_are_listed(upstream: Repo, site: Repo) -> None:
    other = upstream.clone("other")
    assert seedgit(other, "init").status == 0
    assert "no clone is listed" in seedgit(site, "upgrade", "--all").out
    for place in (site.path, "/nowhere", other.path):
        site("config", "--global", "--add", "seedgit.clone", place)
    wanted = newer(upstream)
    said = seedgit(site, "upgrade", "--all")
    lines = said.out.splitlines()
    assert said.status == 1 and len(lines) == 3
    assert lines[1].startswith("/nowhere: ")
    assert {repo("rev-parse", "HEAD") for repo in (site, other)} == {wanted}
    assert f"-> {wanted[:12]}" in lines[0] and f"-> {wanted[:12]}" in lines[2]


def test_given_again_it_brings_the_live_trees_into_step(upstream: Repo, site: Repo) -> None:
    """As after one that was cut off behind the merge. What the program wrote meanwhile stays."""
    app = site.path.parent / "app"
    assert seedgit(site, "live", str(app)).status == 0
    live = app / PATH
    live.write_text(
        live.read_text().replace("mode: live\n    max_items", "mode: drain\n    max_items")
    )
    newer(upstream)
    site("pull", "--quiet", "--ff-only")  # as git does it, without hooks
    assert "model: small" in live.read_text()
    said = seedgit(site, "upgrade")
    assert said.status == 0 and "already up to date" in said.out
    assert "1 file written" in said.err
    assert "model: big" in live.read_text() and "mode: drain" in live.read_text()
    assert data(site, "why", PATH, "/steps/[id=fetch]/mode")[0]["value"] == "drain"


def test_a_merge_that_git_cannot_make_says_what_to_do(upstream: Repo, site: Repo) -> None:
    wanted = newer(upstream)
    place = site.path / ".git" / "ORIG_HEAD"
    place.unlink(missing_ok=True)
    place.mkdir()
    (place / "x").write_text("")
    said = seedgit(site, "upgrade")
    assert (said.status, "hint: " in said.err, "Traceback" in said.err) == (4, True, False)
    (place / "x").unlink()
    place.rmdir()
    assert data(site, "upgrade")["after"] == wanted
