"""`seedgit sync --watch`: what a program or git changes is in step soon; a stop loses nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer
from typing import TypeAlias

import pytest

from seedgit.operations.sync import TreeSync
from seedgit.operations.watch import watch
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import FLOW, PATH, seedgit

pytestmark = pytest.mark.real_start

PAUSED = FLOW.replace("paused: false", "paused: true")
Rounds: TypeAlias = Iterator[tuple[list[TreeSync], list[str]]]


@pytest.fixture
def app(site: Repo) -> Path:
    """The folder of a program, a live tree."""
    place = site.path.parent / "app"
    assert seedgit(site, "live", str(place)).status == 0
    return place


@pytest.fixture
def rounds(site: Repo, app: Path) -> Iterator[Rounds]:
    """The rounds of a watch, after the first ones; it ends if it sees nothing for long."""
    stop = Event()
    end = Timer(60, stop.set)
    end.start()
    found = watch(Workspace.open(str(site.path)), stop)
    for _ in range(2):  # at once, and when the watcher is there
        assert next(found) is not None
    yield found
    end.cancel()
    stop.set()


def until(rounds: Rounds, path: Path, text: str) -> None:
    """Go on until a file has a text."""
    while not path.exists() or text not in path.read_text():
        next(rounds)


def captured(rounds: Rounds) -> str:
    """Go on until a program's change is in the overlay; returns its pointer."""
    for done, failed in rounds:
        assert not failed
        for taken in (item for one in done for file in one.files for item in file.captured):
            return taken.pointer
    raise AssertionError("nothing was captured")


def test_what_a_program_writes_is_captured(site: Repo, app: Path, rounds: Rounds) -> None:
    (app / PATH).write_text(PAUSED)
    assert captured(rounds) == "/paused"
    assert seedgit(site, "render", PATH).out == PAUSED


def test_what_git_changes_is_written(site: Repo, upstream: Repo, app: Path, rounds: Rounds) -> None:
    upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("pull", "--quiet", "--no-rebase")  # no hook runs here
    until(rounds, app / PATH, "timeout: 60")


def test_a_tree_that_is_new_is_watched_too(site: Repo, app: Path, rounds: Rounds) -> None:
    other = site.path.parent / "other"
    assert seedgit(site, "live", str(other)).status == 0
    for done, _ in rounds:
        if len(done) == 2:
            break
    next(rounds)  # with the new folder
    (other / PATH).write_text(PAUSED)
    assert captured(rounds) == "/paused"


def test_a_folder_that_was_made_anew_is_watched(site: Repo, app: Path, rounds: Rounds) -> None:
    shutil.rmtree(app)
    until(rounds, app / PATH, "paused: false")
    next(rounds)  # with the new folder
    (app / PATH).write_text(PAUSED)
    assert captured(rounds) == "/paused"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(site: Repo, app: Path, number: signal.Signals) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "seedgit", "sync", "--watch"],
        cwd=site.path,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == f"watching {app}; ^C ends it\n"
    running.send_signal(number)
    assert running.wait() == 0


def test_each_round_is_a_line_of_json(site: Repo, app: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "seedgit", "sync", "--watch", "--json"],
        cwd=site.path,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    [first] = json.loads(running.stdout.readline())
    assert (first["directory"], first["files"]) == (str(app), [])
    (app / PATH).write_text(PAUSED)
    [second] = json.loads(running.stdout.readline())
    assert [taking["pointer"] for taking in second["files"][0]["captured"]] == ["/paused"]
    running.send_signal(signal.SIGTERM)
    assert (running.wait(), running.stdout.read()) == (0, "")


def test_a_stop_finishes_the_round_and_takes_what_was_written_last(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Event()
    found = watch(Workspace.open(str(site.path)), stop)
    (app / PATH).write_text(PAUSED)
    stop.set()
    assert captured(found) == "/paused"
    (app / PATH).write_text(PAUSED.replace("limit: 5", "limit: 6"))
    assert captured(found) == "/limit"
    assert list(found) == []
