"""Many steps of history, asked at once: the same answers as when each is asked alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.errors import RepositoryError
from seedgit.git import past
from seedgit.git.changes import SIMILAR, diff
from seedgit.git.repository import Repository
from tests.conftest import Repo
from tests.counting import Counted
from tests.damage import loosen, place
from tests.histories import History

NUMBERS = range(6)


@pytest.fixture(params=NUMBERS)
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    return Repository.discover(History(tmp_path / "history", request.param).place)


def every_pair(repository: Repository) -> list[past.Pair]:
    commits = past.listing(repository, "--all", "--")
    apart = zip(commits, reversed(commits), strict=True)
    return [
        *((parent, commit.id) for commit in commits for parent in commit.parents),
        *((one.id, other.id) for one, other in apart),
    ]


@pytest.mark.parametrize("similar", [SIMILAR, 90])
def test_steps_are_what_each_diff_says(history: Repository, similar: int) -> None:
    pairs = every_pair(history)
    found = list(past.steps(history, pairs, similar=similar))
    assert found == [diff(history, *pair, similar=similar) for pair in pairs]


def test_steps_without_renames_are_what_the_trees_say(history: Repository) -> None:
    pairs = every_pair(history)
    for (old, new), found in zip(pairs, past.steps(history, pairs), strict=True):
        before, after = history.tree(old), history.tree(new)
        differ = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
        told = {(c.old or c.new).path: (c.old, c.new) for c in found}  # type: ignore[union-attr]
        assert told == {path: (before.get(path), after.get(path)) for path in differ}


def test_steps_within_folders(history: Repository) -> None:
    pairs = every_pair(history)
    within = past.steps(history, pairs, folders=("flows", "values.toml"))
    for some, every in zip(within, past.steps(history, pairs), strict=True):
        paths = [(change.new or change.old).path for change in every]  # type: ignore[union-attr]
        inside = [path.startswith(("flows/", "values.toml")) or path == "flows" for path in paths]
        assert some == [change for change, yes in zip(every, inside, strict=True) if yes]


def test_bases_are_what_each_merge_base_says(history: Repository) -> None:
    pairs = every_pair(history)
    found = list(past.bases(history, pairs))
    assert found == [history.merge_bases(*pair) for pair in pairs]
    assert [each[0] if each else None for each in found] == [
        history.merge_base(*pair) for pair in pairs
    ]


def test_the_number_of_processes_does_not_grow(tmp_path: Path, counted: Counted) -> None:
    repository = Repository.discover(History(tmp_path / "history", 1, size=60).place)
    pairs = every_pair(repository)
    assert len(pairs) > 100
    counted.clear()
    list(past.steps(repository, pairs))
    list(past.bases(repository, pairs))
    assert len(counted.git) == 2
    list(past.steps(repository, pairs[:1] * (past.AT_ONCE + 1)))
    assert len(counted.git) == 4


def test_parents_are_those_a_commit_was_made_with(repo: Repo) -> None:
    commits = [repo.commit({"a": str(n)}) for n in range(3)]
    repo("replace", "--graft", commits[2], commits[0])
    assert repo("rev-list", "--parents", "-1", "HEAD").split() == [commits[2], commits[0]]
    found = past.listing(repo.open(), "-1", "HEAD", "--")
    assert found == [past.Listed(commits[2], (commits[1],))]


def test_bases_are_those_of_the_parents_a_commit_was_made_with(repo: Repo) -> None:
    first, second, third = (repo.commit({"a": str(n)}) for n in range(3))
    repo("replace", "--graft", third, first)
    assert repo("merge-base", second, third) == first
    assert list(past.bases(repo.open(), [(second, third)])) == [(second,)]


def test_a_missing_commit_is_told_as_when_it_is_asked_alone(repo: Repo) -> None:
    commits = [repo.commit({"a": str(n)}) for n in range(3)]
    gone = "1" * 40
    with pytest.raises(RepositoryError):
        list(past.bases(repo.open(), [(commits[0], commits[1]), (commits[2], gone)]))


def test_a_missing_tree_is_told_as_when_it_is_asked_alone(repo: Repo) -> None:
    commits = [repo.commit({"sub/a": str(n)}) for n in range(3)]
    loosen(repo)
    place(repo, repo("rev-parse", f"{commits[1]}^{{tree}}")).unlink()
    with pytest.raises(RepositoryError) as alone:
        repo.open().tree(commits[1])
    with pytest.raises(RepositoryError) as found:
        list(past.steps(repo.open(), [(commits[0], commits[2]), (commits[0], commits[1])]))
    assert str(found.value) == str(alone.value)
    assert found.value.hint == alone.value.hint
