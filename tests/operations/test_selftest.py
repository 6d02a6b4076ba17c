"""`seedgit selftest`: it says what holds here, and notices what does not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from seedgit.operations.selftest import checks, run
from seedgit.operations.selftest.model import LIMITED, SAFE, UNSAFE, NotKept, Trust
from seedgit.operations.selftest.scratch import Scratch
from tests.conftest import Repo
from tests.site import seedgit

pytestmark = pytest.mark.real_start


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    place = tmp_path / "scratch"
    place.mkdir()
    return Scratch(place)


def test_here(tmp_path: Path, repo: Repo) -> None:
    """All of it, with real programs: this is what users run."""
    place = tmp_path / "there"
    place.mkdir()
    said = seedgit(repo, "selftest", "--in", str(place), "--json")
    found = json.loads(said.out)
    assert [(each["part"], each["verdict"]) for each in found] == [
        (part, SAFE) for part, _ in checks.CHECKS
    ], found
    assert said.status == 0
    assert list(place.iterdir()) == []


def test_without_driver_or_hooks(scratch: Scratch) -> None:
    scratch.git(scratch.site, "config", "merge.seedgit.driver", "false")
    scratch.git(scratch.site, "config", "core.hooksPath", "/dev/null")
    with pytest.raises(NotKept):
        checks.merges(scratch)
    scratch.git(scratch.site, "reset", "-q", "--hard")
    with pytest.raises(NotKept, match="git runs no hook here"):
        checks.hooks(scratch)


def test_a_file_system_with_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(95, "not supported")

    here = cast(Any, SimpleNamespace(folder=tmp_path))
    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr(os, "fsync", refuse)
    monkeypatch.setattr(checks, "_step", lambda place: 2.0)
    found = checks.file_system(here)
    assert found.verdict == LIMITED
    for words in ("no symbolic links", "fsync fails", "times of files are coarse"):
        assert words in found.detail


def test_what_is_unsafe_is_said(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> Trust:
        raise NotKept("it lost a change")

    monkeypatch.setattr(run, "Scratch", lambda place: None)
    monkeypatch.setattr(run, "CHECKS", (("overlays", fails),))
    said = seedgit(repo, "selftest", "--in", str(tmp_path))
    assert said.status == 1
    assert "overlays  it lost a change" in said.out
    assert "Do not rely here on: overlays" in said.out
    monkeypatch.setattr(run, "Scratch", fails)
    found = run.selftest(tmp_path)
    assert found == [Trust("set-up", UNSAFE, "it lost a change")]


def test_a_folder_that_is_not_there(repo: Repo) -> None:
    said = seedgit(repo, "selftest", "--in", "nowhere")
    assert said.status == 4 and "no folder can be made here" in said.err
