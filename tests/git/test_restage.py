"""Restaging: git looks at files again, and whoever uses the index meanwhile is not in the way."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from seedgit.errors import SYSTEM_SAYS_NO, RepositoryError
from seedgit.files.safe import TEMPORARY
from seedgit.git import restage as module
from seedgit.git.restage import restage, stale
from tests.conftest import Repo

FILE = "a.txt"


@pytest.fixture
def filtered(repo: Repo) -> Repo:
    """A clone with a filter that takes what a program wrote away, and a file it has written."""
    repo.commit({".gitattributes": f"{FILE} filter=probe\n", FILE: "seed\n", "b.txt": "one\n"})
    cleans(repo, "true")
    (repo.path / FILE).write_text("seed\nof a program\n")
    os.utime(repo.path / FILE, (1, 1))
    assert stale(repo.open()) == {FILE}
    return repo


def cleans(repo: Repo, first: str) -> None:
    """Have the filter do something first."""
    repo("config", "filter.probe.clean", f"{first}; sed /program/d")


def left(repo: Repo) -> list[str]:
    found = [*(repo.path / ".git").glob("index*"), *(repo.path / ".git" / "seedgit").iterdir()]
    return sorted(place.name for place in found)


def test_git_sees_no_change_then_and_nothing_is_left(filtered: Repo) -> None:
    restage(filtered.open(), [FILE])
    assert stale(filtered.open()) == set()
    assert filtered("status", "--porcelain") == ""
    assert left(filtered) == ["index"]


def test_the_index_is_not_locked_while_the_filter_runs(filtered: Repo, tmp_path: Path) -> None:
    """Who would lock it then, to commit or to merge, would fail."""
    said = tmp_path / "said"
    lock = shlex.quote(str(filtered.path / ".git" / "index.lock"))
    cleans(filtered, f"test -e {lock} && echo locked >> {said} || echo free >> {said}")
    restage(filtered.open(), [FILE])
    assert said.read_text() == "free\n"


def meanwhile(filtered: Repo, tmp_path: Path, command: str) -> None:
    """Have the filter run a git command on the real index, once."""
    done = shlex.quote(str(tmp_path / "done"))
    free = f"env -u GIT_INDEX_FILE git -c filter.probe.clean=cat {command}"
    cleans(filtered, f"test -e {done} || {{ : > {done}; {free} >&2; }}")


def test_what_was_staged_meanwhile_stays_staged(filtered: Repo, tmp_path: Path) -> None:
    (filtered.path / "b.txt").write_text("two\n")
    meanwhile(filtered, tmp_path, "add b.txt")
    restage(filtered.open(), [FILE])
    assert filtered("status", "--porcelain") == "M  b.txt"
    assert stale(filtered.open()) == set()
    assert left(filtered) == ["index"]


def test_another_version_that_was_checked_out_meanwhile_stays(
    filtered: Repo, tmp_path: Path
) -> None:
    """Else the index would have the version of before, staged to be committed."""
    known = filtered.open()
    assert stale(known) == {FILE}
    newer = filtered.blob("seed\nnewer\n")
    filtered("update-index", "--cacheinfo", f"100644,{newer},{FILE}")
    (filtered.path / FILE).write_text("seed\nnewer\nof a program\n")
    restage(known, [FILE])
    assert filtered("rev-parse", f":{FILE}") == newer
    assert stale(filtered.open()) == set()


def test_a_file_in_conflict_or_gone_from_the_index_is_left_alone(filtered: Repo) -> None:
    id = filtered("rev-parse", f":{FILE}")
    rows = "".join(f"100644 {id} {stage}\t{FILE}\n" for stage in (1, 2, 3))
    filtered("update-index", "--index-info", stdin=f"0 {id}\t{FILE}\n{rows}".encode())
    before = filtered("ls-files", "--stage")
    restage(filtered.open(), [FILE, "gone.txt"])
    assert filtered("ls-files", "--stage") == before


def test_many_files(filtered: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    names = [f"[{n}].txt" for n in range(5)]
    filtered.commit(dict.fromkeys(names, "seed\n"))
    for name in names:
        os.utime(filtered.path / name, (1, 1))
    restage(filtered.open(), [*names, FILE])
    assert stale(filtered.open()) == set()


def test_a_lock_that_another_git_holds_is_waited_for_but_not_for_ever(
    filtered: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TRIES", 2)
    monkeypatch.setattr(module, "_PAUSE", 0)
    lock = filtered.path / ".git" / "index.lock"
    lock.write_text("another git's")
    with pytest.raises(RepositoryError, match="another git keeps changing the index"):
        restage(filtered.open(), [FILE])
    assert lock.read_text() == "another git's"
    assert left(filtered) == ["index", "index.lock"]
    monkeypatch.setattr(module.time, "sleep", lambda _: lock.unlink())
    restage(filtered.open(), [FILE])
    assert left(filtered) == ["index"]


def test_what_a_killed_one_has_left_goes_with_the_next(filtered: Repo) -> None:
    old = filtered.path / ".git" / "seedgit" / f"index{TEMPORARY}999999999-0123456789abcdef"
    old.parent.mkdir(exist_ok=True)
    for name in (old, old.with_name(f"{old.name}.lock")):
        name.write_text("x")
    restage(filtered.open(), [FILE])
    assert left(filtered) == ["index"]


def test_an_index_that_cannot_be_written_is_told(
    filtered: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", full)
    with pytest.raises(RepositoryError, match="No space left"):
        restage(filtered.open(), [FILE])
    monkeypatch.undo()
    assert left(filtered) == ["index"]
    assert stale(filtered.open()) == {FILE}


def test_what_git_fails_at_without_a_word_has_a_hint(
    filtered: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RepositoryError("git update-index: failed with exit code 128")

    monkeypatch.setattr(module, "_look_again", fails)
    with pytest.raises(RepositoryError) as caught:
        restage(filtered.open(), [FILE])
    assert caught.value.hint == SYSTEM_SAYS_NO


def test_the_lock_of_a_killed_one_goes_with_the_next(
    filtered: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another git's lock stays, whatever was killed."""
    folder = filtered.path / ".git" / "seedgit"
    folder.mkdir(exist_ok=True)
    old = folder / f"index{TEMPORARY}999999999-0123456789abcdef"
    lock = filtered.path / ".git" / "index.lock"
    old.write_bytes((filtered.path / ".git" / "index").read_bytes())
    lock.hardlink_to(old)
    restage(filtered.open(), [FILE])
    assert left(filtered) == ["index"]
    assert stale(filtered.open()) == set()
    old.write_bytes(b"x")
    lock.write_bytes(b"x")
    monkeypatch.setattr(module, "_TRIES", 1)
    with pytest.raises(RepositoryError):
        restage(filtered.open(), [FILE])
    assert left(filtered) == ["index", "index.lock"]
