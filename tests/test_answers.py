"""git is asked again as soon as anything that its answer depends on is another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedgit.errors import RepositoryError
from seedgit.git.repository import Repository
from tests import answers
from tests.conftest import Repo

pytestmark = pytest.mark.skipif(answers.ALWAYS_ASKS, reason="git is always asked")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that git itself was asked."""
    found: list[str] = []
    run = answers.run_git

    def counted(words: tuple[str, ...], **how: Any) -> tuple[int, bytes]:
        found.append(next(word for word in words if not word.startswith("-")))
        return run(words, **how)

    monkeypatch.setattr(answers, "run_git", counted)
    return found


def seen(repo: Repo) -> tuple[Any, ...]:
    """What git says of the repository to whoever opens it now."""
    opened = repo.open()
    read = {key: opened.config.all(key) for key in opened.config.keys()}  # noqa: SIM118
    refs = opened.refs("refs/"), opened.upstream()
    return opened.git_dir, opened.worktree, opened.hooks_dir, read, opened.index(), refs


CHANGES: dict[str, Callable[[Repo], object]] = {
    "a setting": lambda repo: repo("config", "seedgit.mode", "off"),
    "another file's setting": lambda repo: repo("config", "--global", "seedgit.mode", "off"),
    "where the hooks are": lambda repo: repo("config", "core.hooksPath", "elsewhere"),
    "a staged file": lambda repo: (repo.write({"a.yaml": "a: 2\n"}), repo("add", "a.yaml")),
    "a mode": lambda repo: repo("update-index", "--chmod=+x", "a.yaml"),
    "a branch": lambda repo: repo("branch", "other"),
    "a packed ref": lambda repo: (repo("pack-refs", "--all"), repo("branch", "-D", "side")),
    "the upstream": lambda repo: repo("branch", "--set-upstream-to=side"),
    "a link to the hooks": lambda repo: (
        (repo.path / ".git/hooks").rename(repo.path / "hooks")
        and (repo.path / ".git/hooks").symlink_to(repo.path / "hooks")
    ),
    "a removed file": lambda repo: repo("rm", "-q", "a.yaml"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_asked_again(repo: Repo, asked: list[str], change: str) -> None:
    repo.commit({"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"})
    repo("branch", "side")
    before = seen(repo)
    asked.clear()
    assert seen(repo) == before
    assert asked == []
    CHANGES[change](repo)
    after = seen(repo)
    assert after != before
    assert asked


def test_an_answer_is_the_same_in_a_copy(make_repo: Callable[..., Repo], asked: list[str]) -> None:
    one, other = make_repo("one"), make_repo("other")
    seen(one)
    asked.clear()
    opened = other.open()
    assert (opened.worktree, opened.git_dir) == (other.path, other.path / ".git")
    assert asked == ["rev-parse"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_INDEX_FILE", "other"),
        ("GIT_CONFIG_COUNT", "0"),
        ("GIT_TRACE", "0"),
        ("PATH", "/usr/bin:/bin:/usr/local/bin"),
    ],
)
def test_in_another_environment_git_is_asked(
    repo: Repo, asked: list[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    seen(repo)
    asked.clear()
    monkeypatch.setenv(name, value)
    seen(repo)
    assert {"rev-parse", "config", "ls-files", "for-each-ref"} == set(asked)


def test_what_is_not_in_one_place_is_asked(repo: Repo, asked: list[str], tmp_path: Path) -> None:
    repo("config", "include.path", str(tmp_path / "more"))
    seen(repo)
    asked.clear()
    seen(repo)
    assert asked.count("config") == 1
    repo("config", "--unset", "include.path")
    repo.commit({"a.yaml": ""})
    linked = repo.worktree("linked")
    seen(linked)
    asked.clear()
    seen(linked)
    assert {"rev-parse", "config", "ls-files", "for-each-ref"} == set(asked)


@pytest.mark.parametrize("name", ["HEAD", "objects", "config"])
def test_a_repository_that_is_damaged_is_none(repo: Repo, name: str) -> None:
    seen(repo)
    place = repo.path / ".git" / name
    place.rename(place.with_name("away"))
    if name == "config":
        place.write_text("[core\n")
    with pytest.raises(RepositoryError):
        Repository.discover(repo.path)
