"""Live or rehearsing: the same changes, made or only put down."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.errors import RepositoryError
from seedgit.git.rehearsal import Rehearsal
from seedgit.git.writer import Live, Writer
from tests.conftest import Repo

METHODS = [name for name, _ in inspect.getmembers(Writer, inspect.isfunction) if name[0] != "_"]


@pytest.mark.parametrize("name", METHODS)
def test_each_change_can_be_made_and_rehearsed(name: str) -> None:
    asked = [inspect.signature(getattr(kind, name)) for kind in (Writer, Live, Rehearsal)]
    assert asked[0] == asked[1] == asked[2]


def state(repo: Repo) -> dict[str, bytes]:
    return {
        str(path.relative_to(repo.path)): path.read_bytes()
        for path in repo.path.rglob("*")
        if path.is_file()
    }


def change(repo: Repo, place: Path) -> list[str]:
    """Every kind of change that needs no remote; what was intended, in lines."""
    found = repo.open()
    if place.name == "rehearsed":
        found.rehearse()
        found.rehearse()  # twice is once
    writer = found.writer
    for attempt in writer.attempts("refs/seedgit/x"):
        attempt.new, attempt.why = found.head(), "x"
    found.config.set("seedgit.x", "1")
    writer.write_file(repo.path / "new", b"1")
    writer.replace_file("a", b"a", b"b")
    writer.stage("a")
    writer.move_file(repo.path / "old", repo.path / "moved")
    writer.remove_file(repo.path / "gone")
    writer.mark(repo.path / ".git/seedgit/mark")
    return found.unmade.lines()


@pytest.fixture
def changed(repo: Repo) -> Repo:
    repo.commit({"a": "a", "old": "1", "gone": "1"})
    return repo


def test_a_rehearsal_writes_nothing_and_says_each_change(changed: Repo, tmp_path: Path) -> None:
    before = state(changed)
    said = change(changed, tmp_path / "rehearsed")
    assert state(changed) == before
    head = changed("rev-parse", "HEAD")
    top = changed.path
    assert said == [
        f"ref refs/seedgit/x: (none) -> {head[:12]}",
        f"file {top / 'new'}: create",
        f"file {top / 'a'}: change",
        "file a: stage",
        f"file {top / 'old'}: move to {top / 'moved'}",
        f"file {top / 'gone'}: remove",
        "config seedgit.x: (none) -> 1",
    ]


def test_live_makes_each_change_and_intends_none(changed: Repo, tmp_path: Path) -> None:
    assert change(changed, tmp_path / "live") == []
    assert changed("rev-parse", "refs/seedgit/x") == changed("rev-parse", "HEAD")
    assert changed("config", "seedgit.x") == "1"
    assert changed("diff", "--cached", "--name-only") == "a"
    there = {name for name in state(changed) if not name.startswith(".git/")}
    assert there == {"a", "new", "moved"}
    assert (changed.path / ".git/seedgit/mark").exists()


def test_a_rehearsed_push_and_fetch(changed: Repo, tmp_path: Path) -> None:
    host = tmp_path / "host.git"
    changed("init", "--quiet", "--bare", str(host))
    changed("remote", "add", "origin", str(host))
    head = changed("rev-parse", "HEAD")
    changed("push", "--quiet", "origin", "HEAD:refs/seedgit/theirs")
    found = changed.open()
    found.rehearse()
    assert found.writer.push("origin", head, "refs/seedgit/ours") == (codes.PUSHED, "dry-run")
    found.writer.fetch("origin", "refs/seedgit/theirs", "refs/seedgit/copy")
    assert found.unmade.remotes == [{"remote": "origin", "ref": "refs/seedgit/ours", "new": head}]
    assert found.unmade.refs == [{"ref": "refs/seedgit/copy", "old": None, "new": head}]
    assert changed("ls-remote", "origin", "refs/seedgit/ours") == ""
    assert changed("for-each-ref", "refs/seedgit/copy") == ""


def test_a_section_that_git_says_is_removed_and_is_not(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git 2.39 ends with 0 where the disk is full."""
    repo("config", "merge.seedgit.driver", "true")
    repository = repo.open()
    real = repository.git
    monkeypatch.setattr(
        repository, "git", lambda *w, **more: b"" if "--remove-section" in w else real(*w, **more)
    )
    with pytest.raises(RepositoryError, match="cannot write the file that has the section"):
        repository.config.remove_section("merge.seedgit")
    monkeypatch.undo()
    repository.config.remove_section("merge.seedgit")
    assert "seedgit" not in repo("config", "--list", "--local")
