"""A lock is taken over when nobody can hold it, and never else."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from seedgit.errors import Refused
from seedgit.git import lock_owners as holders
from seedgit.git import locks
from seedgit.git.lock_owners import blind
from tests.conftest import Repo
from tests.git.overlay_helpers import bodies, put, record, store

LOCK = ".git/refs/seedgit/overlays/local.lock"


def left(repo: Repo, name: str = LOCK, age: float = 60) -> Path:
    """A lock that a git which was killed has left."""
    lock = repo.path / name
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("")
    os.utime(lock, (time.time() - age,) * 2)
    return lock


@pytest.fixture
def seen(repo: Repo) -> Repo:
    """A repository all of whose possible writers are seen from here."""
    lock = left(repo)
    reason = blind(lock)
    lock.unlink()
    if reason:
        pytest.skip(reason)
    return repo


@pytest.mark.parametrize("name", [LOCK, ".git/packed-refs.lock"])
def test_nobody_holds_it(seen: Repo, name: str) -> None:
    put(seen, record(seen, v=1))
    seen("pack-refs", "--all")
    lock = left(seen, name)
    if name == LOCK:
        put(seen, record(seen, v=2))
    else:
        store(seen).delete("local")
    assert not lock.exists()
    assert not list((seen.path / ".git").glob("seedgit-taken-*"))


def test_a_git_works_here(seen: Repo) -> None:
    lock = left(seen)
    with subprocess.Popen(["git", "hash-object", "--stdin"], cwd=seen.path, stdin=-1) as git:
        with pytest.raises(Refused, match="is a git that may work here") as caught:
            put(seen, record(seen, v=2))
        git.kill()
    assert lock.exists()
    assert f"rm {lock}" in caught.value.hint


def test_a_git_elsewhere_that_works_here(seen: Repo, tmp_path: Path) -> None:
    lock = left(seen)
    words = ["git", f"--git-dir={seen.path}/.git", "hash-object", "--stdin"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=-1) as git:
        with pytest.raises(Refused, match="may work here"):
            put(seen, record(seen, v=2))
        git.kill()
    assert lock.exists()


def test_a_git_in_another_worktree(seen: Repo) -> None:
    seen.commit()
    side = seen.worktree("side", "-b", "side")
    lock = left(seen)
    with subprocess.Popen(["git", "hash-object", "--stdin"], cwd=side.path, stdin=-1) as git:
        with pytest.raises(Refused, match="may work here"):
            put(seen, record(seen, v=2))
        git.kill()
    assert lock.exists()


def test_a_process_has_it_open(seen: Repo) -> None:
    lock = left(seen)
    with lock.open("rb") as held, subprocess.Popen(["sleep", "60"], stdin=held) as sleeping:
        with pytest.raises(Refused, match="has it open"):
            put(seen, record(seen, v=2))
        sleeping.kill()
    assert lock.exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("_WHOLE_MACHINE", "pid:[0]", "container"),
        ("_LOCAL", frozenset(), "other machines"),
        ("_SERVERS", ("python", "pytest"), "lets other machines write"),
        ("PROC", Path("/nowhere"), "not known here"),
    ],
)
def test_not_everybody_is_seen(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, name: str, value: object, said: str
) -> None:
    lock = left(repo)
    if name not in ("_WHOLE_MACHINE", "PROC") and blind(lock):
        pytest.skip(blind(lock))
    monkeypatch.setattr(holders, name, value)
    with pytest.raises(Refused, match=said):
        put(repo, record(repo, v=1))
    assert lock.exists()


def test_a_young_one_is_waited_for(seen: Repo) -> None:
    lock = left(seen, age=0)
    assert locks.clear(seen.open(), lock) is False
    assert lock.exists()


def test_a_lock_made_anew_is_given_back(seen: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person deletes the lock that was looked at, and a git makes another."""
    lock = left(seen)
    looked = holders.doubt

    def doubt(*args: object) -> str:
        found = looked(*args)  # type: ignore[arg-type]
        other = lock.with_name("other")
        other.write_text("a live one")
        other.rename(lock)
        return found

    monkeypatch.setattr(holders, "doubt", doubt)
    locks._take(seen.open(), lock)
    assert lock.read_text() == "a live one"
    assert not list((seen.path / ".git").glob("seedgit-taken-*"))


def test_many_at_once(seen: Repo) -> None:
    """Every one of them finds the lock; one takes it, and no change is lost."""
    from tests.git.test_refs import go, writer

    base = seen.blob("a: 1\n")
    put(seen, record(seen, v=1))
    writers = [writer(seen, f"w{n}", 3, base) for n in range(6)]
    left(seen)
    for process in writers:
        go(process)
    failed = [p.communicate(timeout=60)[1].decode() for p in writers if p.wait(timeout=60)]
    assert all("may work here" in text for text in failed)  # another one's git, just then
    fields = [f for body in bodies(store(seen).read("local")).values() for f in body]
    assert len([f for f in fields if f.startswith("w")]) == 3 * (6 - len(failed))
