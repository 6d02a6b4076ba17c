"""The common directory of a clone is found without git."""

from __future__ import annotations

import pytest

from seedgit.files.git_dir import find_common_dir
from tests.conftest import Repo


def test_the_common_directory_is_found_without_git(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a/b": "c"})
    linked = repo.worktree("linked")
    common = str(repo.path / ".git")
    assert find_common_dir(str(repo.path / "a")) == common
    assert find_common_dir(str(linked.path)) == common
    monkeypatch.setenv("GIT_DIR", common)
    assert find_common_dir("/") == common
    monkeypatch.delenv("GIT_DIR")
    assert find_common_dir("/") is None
