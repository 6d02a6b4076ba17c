"""Live trees as a user meets them: what is said, and what the command of a tree may do."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from seedgit.operations import sync
from tests.conftest import Repo
from tests.site import FLOW, PATH, process, seedgit


@pytest.fixture
def app(site: Repo) -> Path:
    """The folder of a program, a live tree."""
    place = site.path.parent / "app"
    assert seedgit(site, "live", str(place)).status == 0
    return place


def test_undo_needs_a_folder(site: Repo, app: Path) -> None:
    said = seedgit(site, "live", "--undo")
    assert (said.status, said.out) == (2, "")
    assert str(app) in seedgit(site, "live").out


@pytest.mark.parametrize("words", [("--exec", "true"), ("--map", f"{PATH}=/srv/wiki.yaml")])
def test_what_belongs_to_a_tree_needs_its_folder(site: Repo, words: tuple[str, ...]) -> None:
    assert seedgit(site, "live", *words).status == 2


# -- the command of a tree ------------------------------------------------------------------------


def test_the_command_runs_at_the_top_and_its_output_is_not_seedgits(site: Repo, app: Path) -> None:
    assert seedgit(site, "live", str(app), "--exec", "pwd; cat").status == 0
    (app / PATH).unlink()
    said = process(site, "-C", "flows", "sync", "--json")
    assert [file["path"] for tree in json.loads(said.out) for file in tree["files"]] == [PATH]
    assert said.err == f"{site.path}\n{app / PATH}\n"


def test_the_command_may_sync_itself(site: Repo, app: Path) -> None:
    """Other syncs do not wait for it."""
    command = f"timeout 20 '{sys.executable}' -m seedgit sync"
    assert seedgit(site, "live", str(app), "--exec", command).status == 0
    (app / PATH).unlink()
    said = process(site, "sync")
    assert (said.status, said.err) == (0, "in step\n")


def test_a_command_that_fails_is_told(site: Repo, app: Path) -> None:
    assert seedgit(site, "live", str(app), "--exec", "exit 3").status == 0
    (app / PATH).unlink()
    said = seedgit(site, "sync")
    warning = f"warning: the command of live tree {app} ended with 3: exit 3\n"
    assert (said.status, said.err) == (1, warning)
    said = seedgit(site, "set", PATH, "/paused", "true")
    assert said.status == 0
    assert warning in said.err


# -- what is in step --------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["read_live", "replace_live"])
def test_what_is_written_just_after_a_look_is_seen_by_the_next_one(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """However long it took from the look to the note of it."""
    real = getattr(sync, call)

    def then_written(repository: Any, place: Path, *data: Any) -> Any:
        found = real(repository, place, *data)
        monkeypatch.setattr(sync, call, real)
        place.write_text(place.read_text().replace("paused: false", "paused: true"))
        os.utime(place, (1, 1))
        return found

    monkeypatch.setattr(sync, call, then_written)
    what = ["set", PATH, "/limit", "6"] if call == "replace_live" else ["sync"]
    assert seedgit(site, *what).status == 0
    assert seedgit(site, "sync").status == 0
    assert "paused: true" in seedgit(site, "render", PATH).out


# -- what waits -----------------------------------------------------------------------------------


def test_status_tells_what_waits_in_a_live_tree(site: Repo, upstream: Repo, app: Path) -> None:
    text = FLOW.replace("timeout: 30", "timeout: 99")
    (app / PATH).write_text(text)
    upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("pull", "--quiet", "--no-rebase")
    said = seedgit(site, "status", "--exit-code")
    assert said.status == 1
    assert "Live files that need you:\n" in said.out
    assert "/timeout is 99 here, 60 in effect: both changed it" in said.out
    assert f"seedgit sync --restore {PATH}" in said.out
    assert said.out.endswith("0 overrides active, 1 live file left alone\n")
    (app / PATH).write_text("{")
    said = seedgit(site, "status")
    assert "not valid YAML" in said.out
    assert "nothing needs you" not in said.out
    assert seedgit(site, "sync", "--restore", PATH).out.endswith("correct it, or move it away\n")
