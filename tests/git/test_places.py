"""Where a clone's parts are, told without asking git: only where git says the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.errors import RepositoryError
from seedgit.git.places import Places, find, plain
from seedgit.spawn import CONFIG
from tests.conftest import Repo


def config(repo: Repo) -> bytes:
    return repo(*CONFIG).encode()


def asked(repo: Repo, start: Path | None = None) -> Places | None:
    return plain(str(start or repo.path), str(repo.path), config(repo))


def detached(repo: Repo) -> None:
    repo("checkout", "--quiet", "--detach")


def elsewhere(repo: Repo) -> None:
    (repo.path / "tree").mkdir()
    repo("config", "core.worktree", str(repo.path / "tree"))


def bare(repo: Repo) -> None:
    repo("config", "core.bare", "yes")


def bare_by_its_name_alone(repo: Repo) -> None:
    with (repo.path / ".git" / "config").open("a") as file:
        file.write("[core]\n\tbare\n")


def no_refs(repo: Repo) -> None:
    (repo.path / ".git" / "refs").rename(repo.path / "refs")


def no_head(repo: Repo) -> None:
    (repo.path / ".git" / "HEAD").unlink()


def shared(repo: Repo) -> None:
    (repo.path / ".git" / "commondir").write_text(".\n")


def test_in_an_ordinary_clone_they_are_what_git_says(repo: Repo) -> None:
    repo.commit({"a/b.txt": "x\n"})
    below = repo.path / "a"
    for start in (repo.path, below):
        assert asked(repo, start) == find(str(start))


def test_where_no_branch_is_checked_out_yet_too(repo: Repo) -> None:
    assert asked(repo) == find(str(repo.path))


@pytest.mark.parametrize(
    "change",
    [detached, elsewhere, bare, bare_by_its_name_alone, no_refs, no_head, shared],
    ids=lambda change: change.__name__,
)
def test_where_they_may_be_elsewhere_git_has_to_say(
    repo: Repo, change: Callable[[Repo], None]
) -> None:
    repo.commit({"a.txt": "x\n"})
    change(repo)
    assert asked(repo) is None


def test_inside_git_dir_there_is_no_working_tree(repo: Repo) -> None:
    hooks = repo.path / ".git" / "hooks"
    assert asked(repo, hooks) is None
    with pytest.raises(RepositoryError, match="not in a working tree"):
        find(str(hooks))


def test_objects_that_a_variable_names(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(repo.path / "objects"))
    assert asked(repo) is None
