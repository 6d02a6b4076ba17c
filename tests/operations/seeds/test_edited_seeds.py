"""Which seeds are edited is told at each look, and costs one look at each file."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing

import pytest

from seedgit.git import file_ids
from seedgit.git.repository import Repository
from seedgit.operations.polled import by_marks
from seedgit.operations.seeds import edited_seeds
from seedgit.operations.seeds.edited_seeds import EditedSeeds
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, site_of

OTHER = "flows/other.yaml"
OLD = 1_000_000_000  # a time that no file system takes for this moment


@pytest.fixture
def site(repo: Repo) -> Repo:
    return site_of(package(repo, {OTHER: FLOW, "README.md": "x\n"}))


@pytest.fixture
def look(site: Repo) -> Callable[[], str]:
    edited = EditedSeeds()

    def told() -> str:
        with closing(Workspace.open(str(site.path))) as workspace:
            return edited.told(workspace, site("ls-files", "--stage"))

    return told


def test_nothing_is_told_where_all_is_as_staged(site: Repo, look: Callable[[], str]) -> None:
    assert look() == ""
    site.write({"README.md": "y\n", "flows/untracked.yaml": FLOW})  # no seeds
    (site.path / PATH).touch()
    assert look() == ""


def test_each_edit_is_told_until_it_is_staged(site: Repo, look: Callable[[], str]) -> None:
    seen = [look()]
    for change in (
        lambda: site.write({PATH: FLOW + "a: 1\n"}),
        lambda: site.write({PATH: FLOW + "a: 2\n"}),  # as long as before
        lambda: site.write({OTHER: FLOW + "a: 2\n"}),
        lambda: (site.path / OTHER).unlink(),
        lambda: (site.path / OTHER).mkdir(),
    ):
        change()
        seen.append(look())
    assert len(set(seen[:-1])) == len(seen) - 1
    assert seen[-1] == seen[-2]  # there is no file either way
    (site.path / OTHER).rmdir()
    site("add", "--all")
    assert look() == ""


def test_a_file_through_a_link_is_none(site: Repo, look: Callable[[], str], repo: Repo) -> None:
    (site.path / PATH).unlink()
    gone = look()
    (site.path / PATH).symlink_to(repo.path / PATH)
    assert look() == gone != ""


def test_a_file_is_read_only_once_and_git_is_not_asked_again(
    site: Repo, look: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write({PATH: FLOW + "a: 1\n"})
    for path in (PATH, OTHER):
        os.utime(site.path / path, (OLD, OLD))
    monkeypatch.setattr(file_ids, "RACY", -(10**18))  # the time of the inode counts too
    first = look()

    def never(*args: object) -> None:
        raise AssertionError(args)

    monkeypatch.setattr(file_ids, "read_regular", never)
    monkeypatch.setattr(Repository, "index_lines", never)
    assert look() == first != ""
    # Once the last change is some time ago, not even what was read is looked up.
    monkeypatch.setattr(by_marks, "RACY", -(10**18))
    assert look() == first
    monkeypatch.setattr(edited_seeds, "FileIds", never)
    assert look() == first
