"""A watcher says each thing once, until it is over."""

from __future__ import annotations

from seedgit.git.live_tree import live_trees
from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.live_tree.news import News
from seedgit.operations.sync import sync
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.operations.test_sync import FILES, SEED
from tests.site import PATH, package, seedgit, site_of


class Watched:
    def __init__(self, repo: Repo) -> None:
        self.site = site_of(package(repo, FILES))
        self.app = self.site.path.parent / "app" / PATH
        assert seedgit(self.site, "live", "../app").status == 0
        self.news = News()

    def told(self, old: str, new: str) -> TreeSync:
        """What is told after the program has written its file."""
        self.app.write_text(SEED.replace(old, new))
        workspace = Workspace.open(str(self.site.path))
        return self.news.of(sync(workspace, live_trees(workspace.repository)[0]))


def test_what_cannot_be_read_is_told_once(repo: Repo) -> None:
    watched = Watched(repo)
    [file] = watched.told("queue: []", "queue: [").files
    assert file.problem
    assert not watched.told("queue: []", "queue: [").files
    assert not watched.told("", "").files
    [file] = watched.told("queue: []", "queue: [").files
    assert file.problem


def test_drift_is_told_once_whatever_its_value_becomes(repo: Repo) -> None:
    watched = Watched(repo)
    [file] = watched.told("timeout: 30", "timeout: 31").files
    assert [drift.pointer for drift in file.drift] == ["/timeout"]
    assert not watched.told("timeout: 30", "timeout: 32").files
    [file] = watched.told("timeout: 30   # seconds\npaused: false", "timeout: 33\npaused: 1").files
    assert file.captured
    assert not file.drift


def test_a_clash_is_told_again_with_other_values(repo: Repo) -> None:
    watched = Watched(repo)
    watched.app.write_text(SEED.replace("timeout: 30", "timeout: 31"))
    repo.commit({PATH: SEED.replace("timeout: 30", "timeout: 60")}, "slower")
    watched.site("pull", "--quiet")
    [file] = watched.told("timeout: 30", "timeout: 31").files
    assert [clash.live for clash in file.clashes] == [31]
    assert not watched.told("timeout: 30", "timeout: 31").files
    [file] = watched.told("timeout: 30", "timeout: 32").files
    assert [clash.live for clash in file.clashes] == [32]
