"""The story in repositories of every kind that git opens: set, merge, refuse a commit, status."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, override, seedgit, site_of

OURS, THEIRS = FLOW.replace("30", "45"), FLOW.replace("model: small", "model: large")
MERGED = OURS.replace("model: small", "model: large")


def story(upstream: Repo, site: Repo) -> None:
    """What a day looks like, in a clone that has been set up."""
    override(site, "/paused", "true")
    upstream.commit({PATH: THEIRS}, "theirs")
    site.write({PATH: OURS})
    site("commit", "--quiet", "--no-verify", "-am", "ours")
    site("fetch", "--quiet", "origin")
    site("merge", "--quiet", "--no-edit", "origin/main")
    assert site.read(PATH).decode() == MERGED
    site.write({PATH: MERGED.replace("name: wiki", "name: other")})
    site("add", PATH)
    assert '/name: "wiki" -> "other"' in site("commit", "-m", "not the site's", ok=False)
    site("reset", "--quiet", "--hard")
    said = seedgit(site, "status", "--overlay")
    assert said.status == 0, said.err
    assert "/paused  false -> true" in said.out
    assert seedgit(site, "render", PATH).out == MERGED.replace("paused: false", "paused: true")
    assert site("status", "--porcelain") == ""


def settings(*pairs: str) -> Callable[[Repo], object]:
    return lambda site: [site("config", *pair.split("=", 1)) for pair in pairs]


def sparse_index(site: Repo) -> None:
    site("sparse-checkout", "set", "--cone", "--sparse-index", "flows")


def split_index(site: Repo) -> None:
    site("config", "core.splitIndex", "true")
    site("update-index", "--split-index")


def monitored(site: Repo) -> None:
    """A hook that says each time: anything may have changed (githooks(5), fsmonitor-watchman)."""
    hook = site.path.parent / "monitor"
    hook.write_text("#!/bin/sh\nprintf 'token\\0/\\0'\n")
    hook.chmod(0o755)
    site("config", "core.fsmonitor", str(hook))
    site("config", "core.fsmonitorHookVersion", "2")
    site("update-index", "--fsmonitor")


def own_settings(site: Repo) -> None:
    site("config", "extensions.worktreeConfig", "true")
    site("config", "--worktree", "seedgit.mode", "live")


KINDS: dict[str, Callable[[Repo], object]] = {
    "worktreeConfig": own_settings,
    "sparse index": sparse_index,
    "split index": split_index,
    "fsmonitor": monitored,
    "untracked cache": settings("core.untrackedCache=true"),
    "case-insensitive": settings("core.ignoreCase=true"),
    "unicode-normalising": settings("core.precomposeUnicode=true"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_of_the_clone(upstream: Repo, kind: str) -> None:
    site = site_of(upstream, hooks=True)
    KINDS[kind](site)
    story(upstream, site)


def test_objects_of_another_repository(upstream: Repo) -> None:
    place = upstream.path.parent / "shared"
    upstream("clone", "--quiet", "--shared", str(upstream.path), str(place))
    site = Repo(place)
    assert (place / ".git/objects/info/alternates").exists()
    assert seedgit(site, "init").status == 0
    story(upstream, site)


def test_a_submodule_is_a_repository_of_its_own(
    upstream: Repo, make_repo: Callable[..., Repo]
) -> None:
    outer = make_repo("outer")
    outer("submodule", "--quiet", "add", f"file://{upstream.path}", "package")
    site = Repo(outer.path / "package")
    assert (site.path / ".git").is_file()
    assert seedgit(site, "init").status == 0
    story(upstream, site)


def test_the_directory_is_elsewhere(upstream: Repo, tmp_path: Path) -> None:
    site = site_of(upstream, hooks=True)
    (tmp_path / "elsewhere").mkdir()
    there = Repo(tmp_path / "elsewhere")
    env = {"GIT_DIR": str(site.path / ".git"), "GIT_WORK_TREE": str(site.path)}
    said = seedgit(there, "set", str(site.path / PATH), "/paused", "true", env=env)
    assert said.status == 0, said.err
    assert "/paused" in seedgit(there, "status", "--overlay", env=env).out
    story(upstream, site)


def test_a_promisor_that_is_gone(upstream: Repo) -> None:
    upstream("config", "uploadpack.allowFilter", "true")
    upstream.commit({PATH: FLOW.replace("limit: 5", "limit: 6")}, "an older version")
    upstream.commit({PATH: FLOW}, "back")
    place = upstream.path.parent / "partial"
    words = ["git", "clone", "--quiet", "--filter=blob:none", f"file://{upstream.path}", str(place)]
    subprocess.run(words, check=True, env=os.environ)
    site = Repo(place)
    assert seedgit(site, "init").status == 0
    shutil.move(upstream.path, upstream.path.with_name("gone"))
    override(site, "/paused", "true")
    assert "/paused" in seedgit(site, "status", "--overlay").out
    assert "paused: true" in seedgit(site, "render", PATH).out
    site.write({PATH: OURS})
    site("add", PATH)
    assert "/timeout: 30 -> 45" in site("commit", "-m", "not the site's", ok=False)
