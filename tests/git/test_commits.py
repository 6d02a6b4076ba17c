"""Who makes a commit, as git says it."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from seedgit.git.commits import AUTHOR, Commits
from tests.conftest import Repo
from tests.git.overlay_helpers import put, record


def test_author_and_committer_are_asked_at_most_once(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[bytes]] = []
    start = os.posix_spawnp

    def counted(name: str, words: list[bytes], *more: Any, **options: Any) -> int:
        asked.extend([words] if b"var" in words else [])
        return start(name, words, *more, **options)

    repo("config", "user.name", ".Sam")  # git takes the dot away
    one = record(repo, v=1)
    monkeypatch.setattr(os, "posix_spawnp", counted)
    assert repo("log", "-1", "--format=%an %ae", put(repo, one)) == repo(
        "log", "-1", "--format=%cn %ce", "refs/seedgit/overlays/local"
    )
    assert len(asked) == 1
    repo("config", "user.name", "Sam")
    put(repo, record(repo, v=2))
    assert len(asked) == 1


NAMED = [
    "Sam Site",
    "é b",
    "J. R. R.",
    "x",
    "",
    " ",
    ".",
    ";x",
    "a<b",
    "a\tb",
    "a\x7f",
    "x'",
    '"Q"',
    "o'b",
]
DATES = [
    "1714979289 +0000",
    "999999999 -0130",
    "1714979289 +1500",
    "@1 +0000",
    "99 +0000",
    "2024-05-06",
]


@pytest.mark.parametrize("where", ["user", "author", "environment"])
def test_who_made_it_is_what_git_says(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    for name in NAMED:
        if where == "environment":
            monkeypatch.setenv("GIT_AUTHOR_NAME", name)
        else:
            repo("config", f"{where}.name", name)
        same_as_git(repo)
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "b@example.com")
    for date in DATES:
        monkeypatch.setenv("GIT_AUTHOR_DATE", date)
        same_as_git(repo)


def same_as_git(repo: Repo) -> None:
    plain = Commits(repo.open())._plain(AUTHOR)
    assert plain is None or plain == repo("var", "GIT_AUTHOR_IDENT")


def test_now_is_local_time(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "XST-05:30")
    time.tzset()
    try:
        put(repo, record(repo, v=1))
        date = repo("log", "-1", "--format=%ai", "refs/seedgit/overlays/local")
        assert date.endswith(" +0530")
        plain = Commits(repo.open())._plain(AUTHOR)
        assert plain is not None and plain.endswith(" +0530")
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("where", ["environment", "configuration"])
@pytest.mark.parametrize("role", ["author", "committer"])
def test_what_says_who_one_of_them_is_counts(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, role: str, where: str
) -> None:
    if where == "environment":
        monkeypatch.setenv(f"GIT_{role.upper()}_NAME", "Other")
    else:
        repo("config", f"{role}.name", "Other")
    commit = put(repo, record(repo, v=1))
    author, committer = repo("log", "-1", "--format=%an%n%cn", commit).split("\n")
    assert (author == "Other") == (role == "author")
    assert (committer == "Other") == (role == "committer")
