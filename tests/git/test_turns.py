"""Writers take turns; whoever is stopped, killed or slow stops nobody; who reads never waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedgit.git import turns
from seedgit.git.turns import turn
from tests.conftest import Repo
from tests.counting import command_of
from tests.git.overlay_helpers import bodies, put, record, store, update
from tests.site import PATH, seedgit

HOLDER = """
import sys, time
from seedgit.git.repository import Repository
from seedgit.git.turns import turn
with turn(Repository.discover()) as alone:
    print(alone, flush=True)
    sys.stdin.readline()
"""


def another(repo: Repo) -> subprocess.Popen[str]:
    """A process that says when its turn has come, and has it until it is sent a line."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def holder(repo: Repo) -> Iterator[subprocess.Popen[str]]:
    """Another process, whose turn it is."""
    held = another(repo)
    assert held.stdout is not None
    assert held.stdout.readline() == "True\n"
    yield held
    held.kill()
    held.communicate()


def test_who_reads_does_not_wait(repo: Repo, holder: subprocess.Popen[str]) -> None:
    assert store(repo).read("local").commit is None
    assert store(repo).log("local") == []


def test_the_next_one_waits(repo: Repo, holder: subprocess.Popen[str]) -> None:
    new = record(repo, v=1)
    waiting = another(repo)
    time.sleep(0.3)
    assert waiting.poll() is None
    holder.communicate("\n")
    assert waiting.communicate("\n", timeout=60)[0] == "True\n"
    put(repo, new)


def test_one_that_is_killed(repo: Repo, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with turn(repo.open()) as alone:
        assert alone


def test_one_that_is_stopped(repo: Repo, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGSTOP)
    repository = repo.open()
    with turn(repository) as alone:
        assert not alone
    (said,) = repository.notices
    assert f"process {holder.pid} is stopped" in said
    assert f"kill -CONT {holder.pid}" in said
    put(repo, record(repo, v=1))
    holder.send_signal(signal.SIGCONT)
    holder.communicate("\n")
    assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 1}}


def test_one_that_takes_long(
    repo: Repo, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.1)
    repository = repo.open()
    with turn(repository) as alone:
        assert not alone
    assert f"process {holder.pid} on " in repository.notices[0]


def test_it_is_said(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0)
    with turn(site.open()):
        said = seedgit(site, "set", PATH, "/timeout", "9")
    assert said.status == 0
    assert f"process {os.getpid()} on " in said.err
    assert "this went on without it" in said.err


def test_where_files_cannot_be_locked(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(*args: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with turn(repo.open()) as alone:
        assert not alone
    assert put(repo, record(repo, v=1))


@pytest.mark.parametrize("what", ["link", "folder"])
def test_something_else_is_in_its_place(repo: Repo, what: str, tmp_path: Path) -> None:
    place = repo.path / ".git" / "seedgit" / turns.FILE
    place.parent.mkdir(exist_ok=True)
    if what == "link":
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
    assert put(repo, record(repo, v=1))
    assert not (tmp_path / "elsewhere").exists()


def test_worktrees_share_it(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit()
    side = repo.worktree("side", "-b", "side")
    monkeypatch.setattr(turns, "LONGEST", 0)
    with turn(repo.open()) as one, turn(side.open()) as other:
        assert (one, other) == (True, False)


def test_one_writer_starts_few_processes(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    start = os.posix_spawnp

    def counted(name: str, words: list[bytes], *more: Any, **options: Any) -> int:
        started.append(command_of(words))
        return start(name, words, *more, **options)

    records = [record(repo, v=n) for n in range(3)]
    put(repo, records[0])
    monkeypatch.setattr(os, "posix_spawnp", counted)
    kept = store(repo)
    update(kept, lambda _: {"a.yaml": records[1]}, "set")
    assert started == [*("rev-parse", "config", "cat-file", "index-pack", "update-ref")]
    started.clear()
    update(kept, lambda _: {"a.yaml": records[2]}, "set")
    assert started == ["index-pack", "update-ref"]
