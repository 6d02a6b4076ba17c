"""What doctor says of remotes, submodules, and locks that were left."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.git.lock_owners import blind, holder
from seedgit.operations.audit.findings import NOTE
from tests.conftest import Repo
from tests.operations.audit.examined import (
    fix,
    of,
    provokes,
    wrong,
)
from tests.site import PATH, seedgit


@provokes(codes.PARTIAL_CLONE)
def test_a_partial_clone(upstream: Repo) -> None:
    upstream("config", "uploadpack.allowFilter", "true")
    site = upstream.clone("site", "--filter=blob:none")
    assert seedgit(site, "init").status == 0
    assert seedgit(site, "set", PATH, "/limit", "9").status == 0
    found = of(site, codes.PARTIAL_CLONE)
    assert found.level == NOTE and "the overlays' own are here" in found.detail
    assert wrong(site) == set()


@provokes(codes.SUBMODULE)
def test_a_submodule(site: Repo, upstream: Repo) -> None:
    site("submodule", "--quiet", "add", str(upstream.path), "vendor")
    found = of(site, codes.SUBMODULE)
    assert found.level == NOTE and found.detail.startswith("vendor: ")


@provokes(codes.REMOTE_FETCH, codes.REMOTE_MIRROR)
def test_refspecs_that_destroy(site: Repo) -> None:
    site("config", "--add", "remote.origin.fetch", "+refs/*:refs/*")
    site("config", "remote.origin.mirror", "true")
    before = (site.path / ".git" / "config").read_bytes()
    assert "+refs/*:refs/*" in of(site, codes.REMOTE_FETCH).detail
    assert wrong(site) == {codes.REMOTE_FETCH, codes.REMOTE_MIRROR}
    assert fix(site) == {}
    assert (site.path / ".git" / "config").read_bytes() == before


@provokes(codes.REF_LOCK)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.usefixtures("in_a_container")
def test_a_lock_that_was_left_behind(site: Repo) -> None:
    place = site.path / ".git" / "refs" / "seedgit" / "overlays"
    place.mkdir(parents=True)
    old, young = place / "local.lock", place / "other.lock"
    for lock, age in ((old, 4000), (young, 600)):
        lock.touch()
        os.utime(lock, (time.time() - age,) * 2)
    assert "there for 40" in of(site, codes.REF_LOCK).detail
    assert fix(site) == {str(old): "removed", str(young): "left"}
    assert young.exists() and not old.exists()


def test_a_lock_whose_process_is_certainly_gone(site: Repo) -> None:
    lock = site.path / ".git" / "refs" / "seedgit" / "x.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    if blind(lock):
        pytest.skip(blind(lock))
    assert wrong(site) == set()
    os.utime(lock, (time.time() - 60,) * 2)
    assert fix(site) == {str(lock): "removed"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_lock_that_a_process_holds(site: Repo) -> None:
    lock = site.path / ".git" / "refs" / "seedgit" / "x.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    os.utime(lock, (time.time() - 4000,) * 2)
    with lock.open("rb") as held, subprocess.Popen(["sleep", "60"], stdin=held) as sleeping:
        assert fix(site) == {str(lock): "left"}
        sleeping.kill()
    assert lock.exists()
    with subprocess.Popen(["git", "hash-object", "--stdin"], cwd=site.path, stdin=-1) as git:
        assert fix(site) == {str(lock): "left"}
        git.kill()
    assert fix(site) == {str(lock): "removed"}


def test_where_processes_are_not_known_somebody_holds_it(tmp_path: Path) -> None:
    assert holder(tmp_path / "x.lock", [tmp_path], tmp_path) != ""


@provokes(codes.INDEX_LOCK)
def test_the_index_lock_is_gits(site: Repo) -> None:
    lock = site.path / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    assert of(site, codes.INDEX_LOCK).level == NOTE
    assert fix(site) == {}
    assert lock.exists()
