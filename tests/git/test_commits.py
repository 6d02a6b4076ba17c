"""Who makes a commit, as git says it."""

from __future__ import annotations

import subprocess

import pytest

from tests.conftest import Repo
from tests.git.overlay_helpers import put, record


def test_author_and_committer_are_asked_once(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[bytes]] = []
    start = subprocess.Popen.__init__

    def counted(self: subprocess.Popen[bytes], words: list[bytes], **options: object) -> None:
        asked.extend([words] if b"var" in words else [])
        start(self, words, **options)  # type: ignore[arg-type]

    one = record(repo, v=1)
    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    assert repo("log", "-1", "--format=%an %ae", put(repo, one)) == repo(
        "log", "-1", "--format=%cn %ce", "refs/seedgit/overlays/local"
    )
    assert len(asked) == 1


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
