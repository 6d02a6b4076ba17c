"""Edits that the site owns, and what waits after a merge, are told where a person looks."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, data, override, package, program_path, seedgit, site_of

EDITED = FLOW.replace("paused: false", "paused: true")


def test_status_and_plan_name_capture(repo: Repo) -> None:
    site = site_of(package(repo, {"flows/b c.yaml": FLOW}))
    assert data(site, "status")["site-edits"] == []
    site.write({PATH: FLOW.replace("timeout: 30", "timeout: 9"), "flows/b c.yaml": EDITED})
    said = seedgit(site, "status").out
    assert "  seedgit capture 'flows/b c.yaml'\n" in said
    assert data(site, "status")["site-edits"] == ["flows/b c.yaml"]
    new = FLOW.replace("limit: 5", "limit: 6")
    repo.commit({PATH: new, "flows/b c.yaml": new}, "v2")
    site("fetch", "--quiet")
    said = seedgit(site, "plan", "origin/main").out
    hint = re.search(r"^hint: (seedgit capture .*)$", said, re.M)
    assert hint, said
    env = {**os.environ, "PATH": program_path()}
    subprocess.run(["bash", "-c", hint[1]], cwd=site.path, env=env, check=True)
    said = seedgit(site, "plan", "origin/main").out
    assert "hint: commit or stash them first" in said
    assert "git would refuse now: uncommitted changes in flows/wiki.yaml\n" in said


def test_what_overrides_were_made_over_is_to_be_committed(repo: Repo) -> None:
    """`adopt` leaves the seed in the working tree: captured, its state would be lost again."""
    site = site_of(package(repo))
    site.commit({PATH: EDITED}, "the site's state in the file")
    assert seedgit(site, "adopt", "--from", "origin/main").status == 0
    assert site.read(PATH) == FLOW.encode()
    assert data(site, "status")["site-edits"] == []
    said = seedgit(site, "capture", PATH)
    assert said.status == 5
    assert f"git add {PATH}" in said.err
    assert "paused: true" in seedgit(site, "render", PATH).out
    site.write({PATH: FLOW.replace("mode: live", "mode: drain")})
    assert data(site, "status")["site-edits"] == [PATH]


def test_in_a_merge_upstreams_changes_are_no_edits(repo: Repo) -> None:
    site = site_of(package(repo))
    repo.commit({PATH: EDITED}, "v2")
    site("pull", "--quiet", "--no-commit", "--no-ff")
    assert data(site, "status")["site-edits"] == []


@pytest.mark.parametrize("how", [("--ff-only",), ("--no-ff",), ("--rebase",)])
def test_after_a_pull_one_line_tells_what_waits(repo: Repo, how: tuple[str, ...]) -> None:
    site = site_of(package(repo), hooks=True)
    override(site, "/steps/[id=fetch]/max_items", "1")
    if how == ("--rebase",):
        site.commit({"other": "1"}, "mine")
    repo.commit({PATH: FLOW.replace("limit: 5", "limit: 6")}, "v2")
    assert "seedgit" not in pulled(site, *how)
    repo.commit({PATH: FLOW.replace("max_items: 50", "max_items: 80")}, "v3")
    lines = [line for line in pulled(site, *how).splitlines() if "seedgit" in line]
    assert lines == ["seedgit: for you to decide: 1 moved under; to see it: seedgit pending"]


def pulled(site: Repo, *how: str) -> str:
    done = subprocess.run(
        ["git", "pull", "--quiet", *how], cwd=site.path, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("mode", ["live", "off"])
def test_a_merge_with_conflicts_says_once_how_to_see_them(repo: Repo, mode: str) -> None:
    site = site_of(package(repo, {"flows/b.yaml": FLOW}))
    new = FLOW.replace("timeout: 30", "timeout: 60")
    repo.commit({PATH: new, "flows/b.yaml": new}, "v2")
    ours = FLOW.replace("timeout: 30", "timeout: 45")
    site.commit({PATH: ours, "flows/b.yaml": ours}, "mine")
    site("fetch", "--quiet")
    for command in (("merge", "origin/main"), ("rebase", "origin/main")):
        said = site(*command, ok=False, env={"SEEDGIT_MODE": mode})
        assert said.count("seedgit conflicts") == (mode == "live")
        site(command[0], "--abort")
    assert seedgit(site, "plan", "origin/main").err == ""
