"""A program that writes its file whenever a sync has just read it, and git that looks meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from seedgit.git.live_tree import in_place_tree
from seedgit.git.spool import Spooled
from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.in_place.run import sync_in_place
from seedgit.operations.live_tree import late_writes, sync_run
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.live_tree.sync_run import SyncRun
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.intruder import without_leases
from tests.operations.test_sync import FILES, SEED, swap
from tests.site import PATH, package, seedgit, site_of

COUNTING = {
    **FILES,
    ".seedgit.yaml": FILES[".seedgit.yaml"] + "      - path: /count\n",
    PATH: SEED + "count: 0\n",
}


@pytest.fixture
def owner(repo: Repo) -> Repo:
    return site_of(package(repo, COUNTING))


@pytest.fixture(params=["folder", "in place"])
def file(owner: Repo, request: pytest.FixtureRequest) -> Path:
    """A live file, with one override."""
    top = owner.path if request.param == "in place" else owner.path.parent / "app"
    words = ("--in-place",) if top == owner.path else (str(top),)
    for each in (("set", PATH, "/paused", "true"), ("live", *words)):
        said = seedgit(owner, *each)
        assert said.status == 0, said.err
    return top / PATH


def counted(file: Path) -> int:
    """A program's write: it reads its file, and counts one further."""
    count = int(yaml.safe_load(file.read_text())["count"])
    swap(file, f"count: {count}", f"count: {count + 1}")
    return count + 1


def while_it_commits(monkeypatch: pytest.MonkeyPatch, file: Path) -> list[int]:
    """Have a program write after every commit that a sync makes. Returns what it counted."""
    commit_edits, counts = SyncRun.commit_edits, list[int]()

    def busy(self: SyncRun, *args: Any) -> None:
        commit_edits(self, *args)
        counts.append(counted(file))

    monkeypatch.setattr(SyncRun, "commit_edits", busy)
    return counts


def test_what_is_set_reaches_a_file_that_a_program_writes_all_the_time(
    owner: Repo, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted(file)
    counts = while_it_commits(monkeypatch, file)
    seedgit(owner, "set", PATH, "/steps/0/mode", "drain")
    value = yaml.safe_load(file.read_text())
    assert value["steps"][0]["mode"] == "drain"
    assert value["count"] == counts[-1]
    assert len(counts) > 1
    monkeypatch.undo()
    assert seedgit(owner, "sync").status == 0
    assert yaml.safe_load(seedgit(owner, "render", PATH).out) == value
    assert yaml.safe_load(file.read_text()) == value


def test_a_write_to_the_place_that_is_set_stays_in_the_file(
    owner: Repo, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_edits = SyncRun.commit_edits

    def busy(self: SyncRun, *args: Any) -> None:
        commit_edits(self, *args)
        mode = yaml.safe_load(file.read_text())["steps"][0]["mode"]
        swap(file, f"- id: fetch\n    mode: {mode}", "- id: fetch\n    mode: mine")
        counted(file)

    counted(file)
    monkeypatch.setattr(SyncRun, "commit_edits", busy)
    seedgit(owner, "set", PATH, "/steps/0/mode", "drain")
    assert yaml.safe_load(file.read_text())["steps"][0]["mode"] == "mine"


def test_without_leases_a_program_that_never_rests_is_given_up_after_a_while(
    owner: Repo, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_leases(monkeypatch)
    replace, times = late_writes.replace_live_at_once, list[int]()

    def never(*args: Any) -> None:
        times.append(counted(file))
        replace(*args)

    counted(file)
    while_it_commits(monkeypatch, file)
    monkeypatch.setattr(late_writes, "replace_live_at_once", never)
    monkeypatch.setattr(late_writes, "SECONDS", 0.0)
    monkeypatch.setattr(sync_run, "ATTEMPTS", 1)
    seedgit(owner, "set", PATH, "/steps/0/mode", "drain")
    assert len(times) == 1
    monkeypatch.undo()
    assert seedgit(owner, "sync").status == 0
    value = yaml.safe_load(file.read_text())
    assert (value["count"], value["steps"][0]["mode"]) == (times[-1], "drain")


# -- in place: git asks what a file holds while a sync reads it ------------------------------------


@pytest.fixture
def here(owner: Repo) -> Path:
    assert seedgit(owner, "set", PATH, "/paused", "true").status == 0
    assert seedgit(owner, "live", "--in-place").status == 0
    return owner.path / PATH


def content(owner: Repo) -> LiveContent:
    """As another process sees it."""
    workspace = Workspace.open(owner.path)
    tree = in_place_tree(workspace.repository)
    assert tree is not None
    return LiveContent(workspace, tree, Ledger(workspace.repository, tree))


def modes(entries: list[Spooled]) -> list[tuple[Any, Any]]:
    both = ((yaml.safe_load(e.last)["count"], yaml.safe_load(e.live)["count"]) for e in entries)
    return list(both)


def test_what_git_read_before_the_program_wrote_again_is_not_recorded(
    owner: Repo, here: Path
) -> None:
    counted(here)
    old = here.read_bytes()
    counted(here)
    one, other = content(owner), content(owner)
    assert other.clean(PATH, here.read_bytes()) == COUNTING[PATH].encode()
    assert one.clean(PATH, old) == COUNTING[PATH].encode()
    assert modes(one.spool.entries()) == [(0, 2)]
    assert seedgit(owner, "sync").status == 0
    assert yaml.safe_load(here.read_text())["count"] == 2


@pytest.mark.parametrize("text", ["count: [", ""])
def test_half_of_a_file_is_not_recorded(owner: Repo, here: Path, text: str) -> None:
    counted(here)
    data = here.read_bytes()
    here.write_text(text)
    content(owner).clean(PATH, data)
    assert modes(content(owner).spool.entries()) == [(0, 1)]


def test_a_sync_does_not_write_over_what_another_process_has_recorded_since(
    owner: Repo, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would put what it knew into the file, which by then is what the program wrote."""
    counted(here)
    wrote = list[int]()
    drain = SyncRun.until_quiet

    def once(self: Any, paths: Any, attempt: Any) -> None:
        def looked(paths: list[str]) -> list[str]:
            record = self.record

            def then(path: str, data: bytes) -> bytes | None:
                held = record(path, data)
                if not wrote:
                    wrote.append(counted(here))
                    content(owner).clean(PATH, here.read_bytes())
                    count = yaml.safe_load(here.read_text())["count"]
                    swap(here, f"count: {count}", f"count: {count - 1}")  # as it was
                return held  # type: ignore[no-any-return]

            self.record = then
            left: list[str] = attempt(paths)
            self.record = record
            return left

        drain(self, paths, looked)

    monkeypatch.setattr(SyncRun, "until_quiet", once)
    workspace = Workspace.open(owner.path)
    tree = in_place_tree(workspace.repository)
    assert tree is not None
    sync_in_place(workspace, tree)
    assert wrote == [2]
    assert yaml.safe_load(here.read_text())["count"] == 1
    assert yaml.safe_load(seedgit(owner, "render", PATH).out)["count"] == 1


def test_a_write_between_gits_look_and_its_replacement_is_gone_beyond(
    owner: Repo, here: Path, repo: Repo
) -> None:
    """git replaces the file after the filter told it what to put there. What a program wrote in
    between, and git has seen, is the program's own: its next write is no clash with it."""
    counted(here)
    other = content(owner)
    other.clean(PATH, here.read_bytes())
    seed = COUNTING[PATH].replace("timeout: 30", "timeout: 60")
    put = other.smudge(PATH, seed.encode())
    counted(here)
    other.clean(PATH, here.read_bytes())
    repo.commit({PATH: seed}, "v2")
    owner("fetch", "--quiet")
    owner("update-ref", "HEAD", "origin/HEAD")
    owner("read-tree", "HEAD")
    here.write_bytes(put)  # by git, now
    swap(here, "count: 1", "count: 3")
    assert seedgit(owner, "sync").status == 0
    value = yaml.safe_load(here.read_text())
    assert (value["count"], value["timeout"]) == (3, 60)
    assert yaml.safe_load(seedgit(owner, "render", PATH).out) == value


def test_a_list_in_the_spool_is_one_value(owner: Repo, here: Path) -> None:
    swap(here, "queue: []", "queue: [one, two, three]")
    assert seedgit(owner, "sync").status == 0
    whole = here.read_text()
    swap(here, whole[whole.index("queue:") : whole.index("steps:")], "queue: [three, four]\n")
    content(owner).clean(PATH, here.read_bytes())
    assert seedgit(owner, "set", PATH, "/queue", "--as-json", '["five"]').status == 0
    assert yaml.safe_load(here.read_text())["queue"] == ["three", "four"]


def test_what_another_worktree_has_put_into_the_spool_is_none_of_this_ones(
    owner: Repo, here: Path
) -> None:
    """Its file has the value of before until a sync writes it: nobody has set that back."""
    two = owner.worktree("two")
    assert seedgit(two, "sync").status == 0
    there = two.path / PATH
    assert there.read_text() == here.read_text()
    counted(here)
    content(owner).clean(PATH, here.read_bytes())
    assert content(two).clean(PATH, there.read_bytes()) == COUNTING[PATH].encode()
    assert modes(content(owner).spool.entries()) == [(0, 1)]
    for site in (two, owner):
        assert seedgit(site, "sync").status == 0
    assert yaml.safe_load(there.read_text()) == yaml.safe_load(here.read_text())
    assert yaml.safe_load(here.read_text())["count"] == 1
