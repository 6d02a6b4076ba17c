"""Several changes of a configuration are made in one step, or none of them is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedgit.errors import Refused, RepositoryError
from seedgit.git import config_file
from seedgit.git.clone import Clone
from seedgit.git.config import WORKTREE
from tests.conftest import Repo
from tests.site import PATH, package, process, site_of

CHANGES = [("--add", "x.y", "1"), ("--add", "x.y", "2"), ("--unset-all", "x.none")]


@pytest.fixture
def place(repo: Repo) -> Path:
    return repo.path / ".git" / "config"


def test_all_of_them_are_made(repo: Repo, place: Path) -> None:
    place.chmod(0o640)
    config = repo.open().config
    with config.together():
        for _, key, *values in CHANGES:
            if values:
                config.add(key, values[0])
            else:
                config.unset(key)
        assert config.all("x.y") == []
    assert [found.value for found in config.all("x.y")] == ["1", "2"]
    assert place.stat().st_mode & 0o777 == 0o640
    assert [name for name in os.listdir(place.parent) if name.startswith("config")] == ["config"]


def test_or_of_a_worktree_and_through_a_link(repo: Repo, place: Path, tmp_path: Path) -> None:
    repo("config", "extensions.worktreeConfig", "true")
    config_file.change_together(repo.open(), WORKTREE, CHANGES)
    assert repo("config", "--worktree", "--get-all", "x.y") == "1\n2"
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    config_file.change_together(repo.open(), "local", CHANGES)
    assert place.is_symlink()
    assert repo("config", "--local", "--get-all", "x.y") == "1\n2"


@pytest.mark.parametrize("at", range(3))
def test_where_it_ends_early_none_is(
    repo: Repo, place: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place.read_bytes()
    made = []
    real = Clone.git

    def git(self: Clone, *words: str, **options: object) -> bytes:
        if words[:2] == ("config", "--file"):
            made.append(words)
            if len(made) > at:
                raise KeyboardInterrupt
        return real(self, *words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Clone, "git", git)
    with pytest.raises(KeyboardInterrupt):
        config_file.change_together(repo.open(), "local", CHANGES)
    assert place.read_bytes() == before
    assert [name for name in os.listdir(place.parent) if name.startswith("config")] == ["config"]


def test_nothing_to_change_changes_nothing(repo: Repo, place: Path) -> None:
    before = place.stat()
    with repo.open().config.together():
        pass
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_section_that_git_says_is_removed_and_is_not(
    repo: Repo, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git 2.39 ends with 0 where the disk is full."""
    repo("config", "x.y", "old")
    before = place.read_bytes()
    repository = repo.open()
    real = repository.git
    monkeypatch.setattr(
        repository, "git", lambda *w, **more: b"" if "--remove-section" in w else real(*w, **more)
    )
    with pytest.raises(RepositoryError, match="cannot write the file that has the section"):
        config_file.change_together(repository, "local", [("--remove-section", "x"), *CHANGES])
    assert place.read_bytes() == before


def test_what_another_changes_meanwhile_stays(
    repo: Repo, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = config_file._put, []

    def put(*arguments: object) -> bool:
        if not tried:
            repo("config", "other.key", "1")
        tried.append(1)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(config_file, "_put", put)
    config_file.change_together(repo.open(), "local", CHANGES)
    assert len(tried) == 2
    assert repo("config", "other.key") == "1" and repo("config", "--get-all", "x.y") == "1\n2"


@pytest.mark.usefixtures("in_a_container")
def test_a_lock_that_stays_is_told(repo: Repo, place: Path) -> None:
    lock = place.with_name("config.lock")
    lock.write_text("")
    os.utime(lock, (1, 1))
    with pytest.raises(Refused, match="locked for"):
        config_file.change_together(repo.open(), "local", CHANGES)


def test_what_a_killed_one_has_left_goes(repo: Repo, place: Path) -> None:
    left = place.with_name("config.seedgit-999999999-0")
    left.write_text("")
    config_file.change_together(repo.open(), "local", CHANGES)
    assert not left.exists()


def test_a_dry_run_changes_no_layer(repo: Repo) -> None:
    site = site_of(package(repo))
    before = (site.path / ".git" / "config").read_bytes()
    said = process(site, "layer", "add", "night", env={"SEEDGIT_MODE": "dry-run"})
    assert said.status == 0
    assert "config seedgit.overlay: local -> night" in said.out + said.err
    assert (site.path / ".git" / "config").read_bytes() == before
    assert PATH in site("ls-files")
