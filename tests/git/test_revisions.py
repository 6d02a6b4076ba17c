"""Revisions: what refs, commits and trees are, and when git is asked for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedgit.git import clone
from seedgit.git.repository import Repository
from tests.conftest import Repo


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that are run from now on, but for the one that reads objects."""
    found: list[str] = []
    run = clone.run_git

    def counted(words: tuple[str, ...], **options: object) -> tuple[int, bytes]:
        found.append(words[0])
        return run(words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(clone, "run_git", counted)
    return found


def opened(repo: Repo, asked: list[str]) -> Repository:
    found = repo.open()
    found.object_format  # noqa: B018 (the configuration is read by then)
    asked.clear()
    return found


@pytest.mark.parametrize("packed", [False, True])
def test_a_shared_ref_is_read_without_asking_git(
    repo: Repo, asked: list[str], packed: bool
) -> None:
    head = repo.commit({"a": "1\n"}, "one")
    for ref in ("refs/heads/x", "refs/remotes/origin/x", "refs/tags/light"):
        repo("update-ref", ref, head)
    if packed:
        repo("pack-refs", "--all")
    repository = opened(repo, asked)
    for ref in ("refs/heads/x", "refs/remotes/origin/x", "refs/tags/light"):
        assert repository.resolve(ref) == head
    assert repository.head() == head
    assert asked == []


@pytest.mark.parametrize("packed", [False, True])
def test_a_short_name_stands_for_what_git_takes_it_for(
    repo: Repo, asked: list[str], packed: bool
) -> None:
    """A tag comes before a branch, and a branch before one of a remote."""
    ids = [repo.commit({"a": f"{n}\n"}, "x") for n in range(4)]
    places = ("refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s")
    for first in range(4):
        for place, id in [*zip(places, ids, strict=True)][first:]:
            repo("update-ref", place % f"x{first}", id)
    repo("update-ref", "refs/remotes/origin/main", ids[0])
    repo("tag", "-a", "-m", "it", "told")
    repo("branch", "told", ids[0])
    repo("branch", ids[1][:8], ids[2])
    if packed:
        repo("pack-refs", "--all")
    known = [*(f"x{n}" for n in range(1, 4)), "heads/x1", "origin/main", ids[1][:8]]
    others = [
        "x0",
        "told",
        "HEAD",
        "@",
        "main~1",
        "main^{commit}",
        ids[1][:7],
        ids[3],
        "none",
        "-x",
        "",
    ]
    for name in [*known, *others]:
        repository = opened(repo, asked)
        status, out = repository.git_status(
            *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"),
            accept=(0, 1, 128),
        )
        asked.clear()
        assert repository.resolve(name) == (None if status else out.decode().strip())
        assert bool(asked) == (name in others), name


def test_a_short_name_that_git_reads_otherwise_is_asked_for(repo: Repo, asked: list[str]) -> None:
    first, second = (repo.commit({"a": f"{n}\n"}, "x") for n in range(2))
    repo("branch", "x", second)
    (repo.path / ".git" / "x").write_text(f"{first}\n")
    assert opened(repo, asked).resolve("x") == first and asked


def test_git_says_what_no_file_says(repo: Repo, asked: list[str]) -> None:
    head = repo.commit({"a": "1\n"}, "one")
    repo("tag", "-a", "-m", "it", "told")
    repo("update-ref", "refs/remotes/origin/main", head)
    repo("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    repository = opened(repo, asked)
    for name in ("refs/tags/told", "refs/remotes/origin/HEAD", "HEAD", "refs/tags/told~0"):
        assert repository.resolve(name) == head
    assert repository.resolve("refs/heads/none") is None
    assert asked
    repo("update-ref", "refs/tags/light", head)
    assert repository.resolve("refs/heads/../tags/light") is None


def test_a_ref_of_a_worktree_is_its_own(repo: Repo) -> None:
    head = repo.commit({"a": "1\n"}, "one")
    other = repo.worktree("other", "-b", "other")
    there = other.commit({"a": "2\n"}, "two")
    assert (repo.open().head(), other.open().head()) == (head, there)
    assert repo.open().resolve("refs/heads/other") == there
    assert other.open().resolve(f"refs/heads/{repo('branch', '--show-current')}") == head


def test_what_cannot_change_is_asked_once(repo: Repo, asked: list[str]) -> None:
    one = repo.commit({"a": "1\n"}, "one")
    two = repo.commit({"a": "2\n"}, "two")
    repository = opened(repo, asked)
    ask: list[Callable[[], object]] = [
        lambda: repository.merge_base(one, two),
        lambda: repository.tree(one),
        lambda: repository.tree(two),
    ]
    first = [each() for each in ask]
    assert asked == ["merge-base", *["--literal-pathspecs"] * 2]
    repository.tree(one).clear()  # a caller's copy
    assert [each() for each in ask] == first and len(asked) == 3
    for number in range(3, 8):
        repository.tree(repo.commit({"a": f"{number}\n"}, "more"))
    assert repository.tree(one) == first[1]
    assert repository.tree("HEAD") != repository.tree(one)
