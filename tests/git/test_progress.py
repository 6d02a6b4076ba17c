from __future__ import annotations

import pytest

from seedgit.git.progress import InProgress, in_progress
from tests.conftest import Repo


@pytest.fixture
def split(repo: Repo) -> tuple[Repo, str, str]:
    """On main, with a branch `side` that conflicts with it; and the two commits."""
    repo.commit({"a.yaml": "a: 1\n"})
    repo("checkout", "--quiet", "-b", "side")
    side = repo.commit({"a.yaml": "a: 2\n"})
    repo("checkout", "--quiet", "main")
    return repo, repo.commit({"a.yaml": "a: 3\n"}), side


def test_nothing(repo: Repo) -> None:
    assert in_progress(repo.open()) == []


def test_merge(split: tuple[Repo, str, str]) -> None:
    repo, _, side = split
    repo("merge", "side", ok=False)
    assert in_progress(repo.open()) == [InProgress("merge", (side,))]
    repo("merge", "--abort")
    assert in_progress(repo.open()) == []


def test_cherry_pick(split: tuple[Repo, str, str]) -> None:
    repo, _, side = split
    repo("cherry-pick", "side", ok=False)
    assert in_progress(repo.open()) == [InProgress("cherry-pick", (side,))]


def test_revert(split: tuple[Repo, str, str]) -> None:
    repo, _, side = split
    repo("revert", "--no-edit", "side", ok=False)
    assert in_progress(repo.open()) == [InProgress("revert", (side,))]


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_rebase(split: tuple[Repo, str, str], backend: str) -> None:
    repo, main, _ = split
    repo("rebase", backend, "main", "side", ok=False)
    assert InProgress("rebase", (main,)) in in_progress(repo.open())


def test_am(split: tuple[Repo, str, str]) -> None:
    repo, _, _ = split
    patch = repo("format-patch", "--stdout", "-1", "side")
    repo("am", stdin=f"{patch}\n".encode(), ok=False)
    assert in_progress(repo.open()) == [InProgress("am")]


def test_bisect(split: tuple[Repo, str, str]) -> None:
    repo, _, _ = split
    repo("bisect", "start")
    assert in_progress(repo.open()) == [InProgress("bisect")]


def test_each_worktree_has_its_own(split: tuple[Repo, str, str]) -> None:
    repo, _, side = split
    other = repo.worktree("other", "-b", "other")
    other("merge", "side", ok=False)
    assert in_progress(repo.open()) == []
    assert in_progress(other.open()) == [InProgress("merge", (side,))]
