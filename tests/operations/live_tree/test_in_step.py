"""What a sync remembers: it never changes what a later one does, and makes that cheap."""

from __future__ import annotations

import contextlib
import json
import os
import random
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git.config import LOCAL
from seedgit.git.live_tree import live_trees
from seedgit.git.names import to_bytes
from seedgit.git.repository import Repository
from seedgit.git.settings import FILTER_PROCESS
from seedgit.operations import sync as module
from seedgit.operations.live_tree import sync_run
from seedgit.operations.live_tree.in_step import (
    MOST,
    NAME,
    InStep,
    TreeSync,
    _apart,
    _marks_of,
    _state,
)
from seedgit.operations.live_tree.ledger import Row
from seedgit.operations.live_tree.sync_if_moved import sync_if_moved
from seedgit.operations.set import set_override, unset_override
from seedgit.operations.undo import undo
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.counting import Counted
from tests.site import FLOW, FLOW_JSON, FLOW_TOML, RULES, package, seedgit, site_of

COUNT = 8
FILES = {f"flows/{n:02}.yaml": FLOW.replace("wiki", f"unit-{n}") for n in range(COUNT)}
FIRST, SECOND = list(FILES)[:2]
INDEX = "index_lines"


class Tree:
    """A live tree: the site's clone, the program's folder, and the syncs of it."""

    def __init__(self, site: Repo) -> None:
        self.site = site
        self.app = site.path.parent / "app"
        assert seedgit(site, "live", str(self.app)).status == 0
        for _ in range(2):
            self.sync()

    @property
    def workspace(self) -> Workspace:
        return Workspace.open(str(self.site.path))

    @property
    def note(self) -> Path:
        [place] = (self.site.path / ".git" / "seedgit" / "live").glob(f"*/{NAME}")
        return place

    def sync(self, *paths: str, dry_run: bool = False) -> TreeSync:
        time.sleep(0.01)  # longer than the clock of files stands still
        workspace = self.workspace
        [tree] = live_trees(workspace.repository)
        return sync_if_moved(workspace, tree, paths or None, dry_run=dry_run)

    def said(self) -> Any:
        """What a sync would do, which has to be what it would do without anything remembered."""
        found = self._would()
        with contextlib.suppress(ValueError):
            note = self.note
            data = note.read_bytes()
            note.unlink()
            assert self._would() == found
            note.write_bytes(data)
        return found

    def _would(self) -> Any:
        return self.sync(dry_run=True).data()

    def write(self, path: str, old: str, new: str) -> None:
        text = (self.app / path).read_text()
        assert old in text
        (self.app / path).write_text(text.replace(old, new, 1))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files may be taken for granted at once: a test does not wait for the clock."""
    monkeypatch.setattr("seedgit.operations.live_tree.in_step.RACY", 0)


@pytest.fixture
def tree(repo: Repo, at_once: None) -> Tree:
    site = site_of(package(repo, FILES))
    assert seedgit(site, "set", "flows/0[1-3].yaml", "/paused", "true").status == 0
    return Tree(site)


class Looked:
    """The live files that were read, and how often `os.stat` was called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        self.stats = 0
        read, look = module.read_live, os.stat

        def reading(repository: Any, place: str) -> bytes | None:
            self.read.append(Path(place).name)
            return read(repository, place)

        def looking(*words: Any, **options: Any) -> os.stat_result:
            self.stats += 1
            return look(*words, **options)

        monkeypatch.setattr(module, "read_live", reading)
        monkeypatch.setattr(os, "stat", looking)


# -- what it costs -------------------------------------------------------------------------------


def test_nothing_is_read_where_nothing_moved(
    tree: Tree, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Looked(monkeypatch)
    counted.clear()
    assert tree.sync().files == ()
    assert counted.git == ["rev-parse", "config"]
    assert (counted.blobs, counted.parsed, counted.rows, looked.read) == (0, 0, 1, [])
    assert COUNT <= looked.stats <= COUNT + 12


@pytest.mark.parametrize("old", ["paused: false", "timeout: 30"])
def test_only_what_a_program_wrote_is_read(
    tree: Tree, counted: Counted, monkeypatch: pytest.MonkeyPatch, old: str
) -> None:
    tree.write(FIRST, old, old.replace("false", "true").replace("30", "31"))
    looked = Looked(monkeypatch)
    rows, entries = returned(monkeypatch, Row, "read"), returned(monkeypatch, Repository, INDEX)
    counted.clear()
    [file] = tree.sync().files
    assert file.path == FIRST
    assert counted.blobs <= 7  # its seed, and its own record: three others are not read
    assert {row.path for row in rows} == {FIRST}
    assert [[line.partition("\t")[2] for line in lines] for lines in entries] == [[FIRST]]
    assert set(looked.read) == {Path(FIRST).name}
    counted.clear()
    again = tree.sync().files
    assert [one.drift for one in again] == ([file.drift] if file.drift else [])
    assert counted.parsed == (0 if file.captured else counted.parsed)


def returned(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> list[Any]:
    """What a method returns, from now on."""
    found: list[Any] = []
    real = getattr(owner, name)

    def calling(*words: Any, **options: Any) -> Any:
        found.append(real(*words, **options))
        return found[-1]

    monkeypatch.setattr(owner, name, calling)
    return found


def test_a_ledger_of_which_little_is_read_keeps_the_rest(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is written anew. In the second round an override ends, and its record."""
    rows = returned(monkeypatch, Row, "read")
    monkeypatch.setattr("seedgit.operations.live_tree.ledger.SPARE", 0)
    [place] = tree.note.parent.glob("rows")
    sizes = []
    for old, new in (("limit: 5", "limit: 6"), ("limit: 6", "limit: 5")) * 2:
        tree.write("flows/00.yaml", old, new)
        rows.clear()
        assert [file.path for file in tree.sync().files] == ["flows/00.yaml"]
        sizes.append(len(place.read_text().splitlines()))
    assert sizes != sorted(sizes)
    tree.note.unlink()
    rows.clear()
    assert tree.sync().files == ()
    assert {*FILES} <= {row.path for row in rows}


def test_a_file_that_changed_just_now_is_looked_at_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(site_of(package(repo, FILES)))
    looked = Looked(monkeypatch)
    tree.sync(dry_run=True)
    assert looked.read == []  # the ledger knows the files by now
    file = tree.app / FIRST
    known = file.stat()
    tree.write(FIRST, "paused: false", "paused: null ")
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns - 10**9))
    assert [one.path for one in tree.sync(dry_run=True).files] == [FIRST]


@pytest.mark.parametrize("old", ["limit: 5", "paused: false"])
def test_what_a_sync_has_captured_needs_no_further_look(tree: Tree, old: str) -> None:
    tree.write(FIRST, old, old.replace("5", "6").replace("false", "true"))
    assert tree.sync().commit
    [live] = live_trees(tree.workspace.repository)
    assert InStep(tree.workspace, live).moved == []


def seen_before(tree: Tree, began: int) -> tuple[Workspace, InStep]:
    """A workspace that was told what the live files are, seen at a time, and what it knows then."""
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    known = InStep(workspace, live)
    workspace.repository.seen = to_bytes("\0".join(known.places)), began, array("q", known._marks)
    return workspace, known


def test_what_was_looked_at_already_is_not_looked_at_again(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, known = seen_before(tree, time.time_ns())
    [live] = live_trees(workspace.repository)
    looked = Looked(monkeypatch)
    step = InStep(workspace, live)
    assert (step.moved, step._marks, step.places) == ([], known._marks, known.places)
    assert looked.stats < COUNT
    assert InStep(workspace, live).moved == [] and looked.stats >= COUNT  # but later they are
    # What was seen of other files says nothing of these.
    workspace.repository.seen = b"elsewhere", time.time_ns(), array("q", [7] * len(known._marks))
    assert InStep(workspace, live).moved == []


def test_what_changed_about_when_it_was_looked_at_is_looked_at_again(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedgit.operations.live_tree.in_step.RACY", 10**9)
    tree.write(FIRST, "paused: false", "paused: true")
    changed = (tree.app / FIRST).stat().st_ctime_ns
    workspace, _ = seen_before(tree, changed + 5 * 10**8)
    [live] = live_trees(workspace.repository)
    sync_if_moved(workspace, live, None)
    assert InStep(tree.workspace, live).moved == [FIRST]


@pytest.mark.parametrize("lost", ["index", "tips"])
def test_where_git_cannot_say_what_is_there_all_files_are_looked_at(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    def broken(*_: Any) -> Any:
        raise RepositoryError("no refs")

    if lost == "index":
        monkeypatch.setattr("seedgit.operations.live_tree.in_step.index_id", lambda *_: "")
    else:
        monkeypatch.setattr(Workspace, "tips", broken)
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    assert InStep(workspace, live).moved is None


# -- what it must not change -----------------------------------------------------------------------


def test_what_somebody_else_changed_meanwhile_is_not_passed_over(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sync_run.edit_records

    def late(*words: Any) -> Any:
        monkeypatch.setattr(sync_run, "edit_records", real)
        set_override(tree.workspace, SECOND, "/timeout", 99)
        return real(*words)

    tree.write(FIRST, "paused: false", "paused: true")
    monkeypatch.setattr(sync_run, "edit_records", late)
    assert [file.path for file in tree.sync().files] == [FIRST]
    assert [file.path for file in tree.sync().files if file.written] == [SECOND]
    assert "timeout: 99" in (tree.app / SECOND).read_text()


def test_other_rules_are_another_state(tree: Tree) -> None:
    rules = tree.site.path / ".seedgit.yaml"
    rules.write_text(rules.read_text().replace("flows/**", "flows/*1.yaml"))
    assert not (tree.sync().in_step or (tree.app / FIRST).exists())
    assert (tree.app / SECOND).exists()


def test_where_history_counts_nothing_is_taken_for_granted(tree: Tree) -> None:
    """Which file an override lies over after a rename depends on more than what is checked out."""
    tree.site("mv", SECOND, "flows/renamed.yaml")
    tree.site("commit", "--quiet", "--no-verify", "-m", "renamed")
    for _ in range(2):
        tree.sync()
    assert "paused: true" in (tree.app / "flows/renamed.yaml").read_text()
    [live] = live_trees(tree.workspace.repository)
    assert InStep(tree.workspace, live).moved is None


def test_what_is_told_is_told_each_time(tree: Tree) -> None:
    tree.write(FIRST, "timeout: 30", "timeout: 31")
    (tree.app / SECOND).write_text("{")
    first = [(file.path, file.drift, file.problem) for file in tree.sync().files]
    assert [path for path, *_ in first] == [FIRST, SECOND]
    assert [(file.path, file.drift, file.problem) for file in tree.sync().files] == first
    assert [file.path for file in tree.sync(SECOND).files] == [SECOND]


def test_a_sync_of_one_file_leaves_the_others_to_the_next(tree: Tree) -> None:
    for path in (FIRST, SECOND):
        tree.write(path, "limit: 5", "limit: 6")
    assert [file.path for file in tree.sync(FIRST).files] == [FIRST]
    assert SECOND in [file.path for file in tree.sync().files]


@pytest.mark.parametrize("damage", ["", "x", "cut", "seedgit 0 0\n[]"])
def test_what_is_damaged_is_not_used(tree: Tree, damage: str) -> None:
    data = tree.note.read_bytes()
    tree.note.write_bytes(data[:-8] if damage == "cut" else damage.encode())
    assert tree.sync().files == ()
    assert tree.note.read_bytes() == data
    tree.write(FIRST, "timeout: 30", "timeout: 31")
    tree.note.write_bytes(damage.encode())
    assert [file.path for file in tree.sync().files] == [FIRST]


# -- one step at a time ----------------------------------------------------------------------------


def marks(*files: tuple[int, int, int, int]) -> array[int]:
    return array("q", [number for file in files for number in file])


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 250])
def test_the_files_whose_marks_differ_are_told(count: int) -> None:
    one = marks(*[(n, n, n, n) for n in range(count)])
    assert list(_apart(one, array("q", one))) == []
    for number in {0, count // 2, count - 1}:
        for at in range(4):
            other = array("q", one)
            other[4 * number + at] += 1
            assert list(_apart(one, other)) == list(_apart(other, one)) == [number]
    assert list(_apart(one, marks(*[(-1,) * 4] * count))) == list(range(count))


def test_of_a_file_that_is_not_there_the_marks_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("12345")
    size, inode, written, changed = _marks_of(f"{tmp_path}/a")
    found = (tmp_path / "a").stat()
    assert (size, inode) == (5, found.st_ino)
    assert (written, changed) == (found.st_mtime_ns, found.st_ctime_ns)
    for place in (f"{tmp_path}/no", "a\0b"):
        assert len(_marks_of(place)) == 4 and max(_marks_of(place)) < 0


def test_only_what_was_quiet_by_then_is_taken_for_granted(tree: Tree) -> None:
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    step, quiet, since = InStep(workspace, live), array("q"), 1000
    times = [(999, 999), (1000, 999), (999, 1000), (1001, 999), (999, 1001), (1001, 1001)]
    for times_of in [*times, (998, 998), (998, 998)]:
        quiet.extend((5, 7, *times_of))
    quiet[4 * 7] = -2  # it is not there
    step._paths = [*FILES]
    step._marks, step._since, step._changed = array("q", quiet), since, None
    step.keep(TreeSync(live, ()), workspace)
    found = InStep(workspace, live)._read()
    assert found is not None
    kept = [n for n in range(COUNT) if found[2][4 * n : 4 * n + 4] == quiet[4 * n : 4 * n + 4]]
    assert kept == [0, 6]
    assert all(found[2][4 * n : 4 * n + 4] == array("q", [-1] * 4) for n in {1, 2, 3, 4, 5, 7})
    step._marks, step._changed = array("q", quiet), [1]  # the others are as they were
    step.keep(TreeSync(live, ()), workspace)
    again = InStep(workspace, live)._read()
    assert again is not None
    assert again[2] == quiet[:4] + array("q", [-1] * 4) + quiet[8:]


def test_a_file_that_had_just_changed_and_is_gone_is_looked_at(tree: Tree) -> None:
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    step = InStep(workspace, live)
    step.look([*FILES])
    step._since = 0  # all of them have changed since
    step.keep(TreeSync(live, ()), workspace)
    (tree.app / FIRST).unlink()
    assert InStep(workspace, live).moved == [*FILES]


def test_a_file_that_is_elsewhere_is_looked_at_there(tree: Tree) -> None:
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    other = str(tree.app.parent / "etc" / "one.yaml")
    step = InStep(workspace, live._replace(maps=((FIRST, other),)))
    step.look([SECOND, FIRST])
    assert step.places == [str(tree.app / SECOND), other]
    step = InStep(workspace, live)
    step.look([SECOND, FIRST])
    assert step.places == [str(tree.app / SECOND), str(tree.app / FIRST)]
    assert step.count == 2


def test_a_few_seeds_that_had_files_are_expected(tree: Tree) -> None:
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    step = InStep(workspace, live)
    asked: list[tuple[list[str], object]] = []
    told: Any = SimpleNamespace(expect=lambda few, tips: asked.append((few, tips)))
    assert step.expected(told) and asked[0][0] == []
    many = [f"flows/{n}.yaml" for n in range(MOST + 1)]
    step._paths = many
    for moved, few in ((many[:MOST], True), (many, False), (["other"], False), (None, False)):
        step.moved = moved
        assert step.expected(told) == few
    assert [names for names, _ in asked] == [[], many[:MOST]]
    assert asked[-1][1] == [(name, tip) for name, tip in workspace.tips()]
    step.moved, step._state = [], None
    assert not step.expected(told)


@pytest.mark.parametrize(
    ("moved", "paths", "holds"),
    [
        (None, None, False),
        (None, [FIRST], False),
        ([], None, True),
        ([], [FIRST], True),
        ([FIRST], None, False),
        ([FIRST], [FIRST], False),
        ([FIRST], [SECOND], True),
    ],
)
def test_it_holds_for_files_that_did_not_move(
    tree: Tree, moved: list[str] | None, paths: list[str] | None, holds: bool
) -> None:
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    step = InStep(workspace, live)
    step.moved = moved
    assert step.holds(paths) == holds


def test_what_is_kept_in_place_counts_in_place(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedgit.operations.live_tree.in_step.kept_in_place", lambda _: "kept")
    workspace = tree.workspace
    [live] = live_trees(workspace.repository)
    assert _state(workspace, live._replace(in_place=True)) is None  # a sync sets the filter first
    workspace.repository.config.set(FILTER_PROCESS, "filter", LOCAL)
    for in_place in (False, True):
        state = _state(workspace, live._replace(in_place=in_place))
        assert state is not None and ("kept" in state) == in_place


# -- at random -----------------------------------------------------------------------------------

FLOWS = {"flows/a.yaml": FLOW, "flows/b.json": FLOW_JSON, "flows/c.toml": FLOW_TOML}
PLACES = ("/paused", "/limit", "/timeout", "/steps/[id=fetch]/mode", "/model")


def _program(tree: Tree, rng: random.Random) -> None:
    place = tree.app / rng.choice(list(FLOWS))
    if rng.random() < 0.15:
        place.unlink(missing_ok=True)
    elif place.is_file():
        old, new = rng.choice(
            (("30", "31"), ("31", "30"), ("false", "true"), ("true", "false"), ("live", "hold"),
             ("\n", "\r\n"), ("5", "6"), ("fetch", "get"), ("a", "{"))
        )  # fmt: skip
        known = place.stat()
        place.write_bytes(place.read_bytes().replace(old.encode(), new.encode()))
        if rng.random() < 0.3:
            os.utime(place, ns=(known.st_atime_ns, known.st_mtime_ns))


def _set(tree: Tree, rng: random.Random) -> None:
    with contextlib.suppress(SeedgitError, KeyError):
        value = rng.choice((True, False, 6, "x"))
        set_override(tree.workspace, rng.choice(list(FLOWS)), rng.choice(PLACES), value)


def _unset(tree: Tree, rng: random.Random) -> None:
    with contextlib.suppress(SeedgitError, KeyError):
        unset_override(tree.workspace, rng.choice(list(FLOWS)), rng.choice(PLACES))


def _undo(tree: Tree, rng: random.Random) -> None:
    with contextlib.suppress(SeedgitError):
        undo(tree.workspace)


def _stack(tree: Tree, rng: random.Random) -> None:
    """Another stack of overlays from now on."""
    tree.site("config", "--replace-all", "seedgit.overlay", rng.choice(("local", "fleet")))
    if rng.random() < 0.7:
        tree.site("config", "--add", "seedgit.overlay", rng.choice(("local", "top")))


def _rules(tree: Tree, rng: random.Random) -> None:
    fewer = RULES.replace("flows/**", "flows/*.yaml")
    choice = rng.choice((RULES, fewer, RULES.replace("yield", "preserve"), RULES + "x: ["))
    (tree.site.path / ".seedgit.yaml").write_text(choice)


def _seed(tree: Tree, rng: random.Random) -> None:
    path = rng.choice(list(FLOWS))
    if not (tree.site.path / path).is_file():
        return
    what = rng.choice(("edit", "edit", "rename", "remove", "back"))
    if what == "rename":
        tree.site("mv", "-f", path, path.replace("flows/", "flows/moved-"))
    elif what == "remove":
        tree.site("rm", "--quiet", "--force", path)
    elif what == "back":
        tree.site("reset", "--quiet", "--hard", "HEAD~")
        return
    else:
        text = (tree.site.path / path).read_text()
        (tree.site.path / path).write_text(text.replace("30", "40").replace("small", "large"))
    tree.site("commit", "--quiet", "--all", "--allow-empty", "--no-verify", "-m", what)


def _settings(tree: Tree, rng: random.Random) -> None:
    [live] = live_trees(tree.workspace.repository)
    more = rng.choice(((), ("flows/*.yaml",), ("--map", f"flows/a.yaml={tree.app}-a")))
    seedgit(tree.site, "live", str(live.directory), *more)


STEPS: tuple[Callable[[Tree, random.Random], None], ...] = (
    _program, _program, _program, _set, _set, _unset, _undo, _stack, _rules, _seed, _seed,
    _settings,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_it_does_what_it_would_without(repo: Repo, at_once: None, seed: int) -> None:
    rng = random.Random(seed)
    site = site_of(package(repo, FLOWS))
    site("commit", "--quiet", "--allow-empty", "-m", "one to go back from")
    tree = Tree(site)
    for _ in range(16):
        rng.choice(STEPS)(tree, rng)
        try:
            json.dumps(tree.said(), default=str)
            if rng.random() < 0.7:
                tree.sync()
                tree.said()
        except SeedgitError:
            assert "x: [" in (site.path / ".seedgit.yaml").read_text()  # rules that do not parse
            (site.path / ".seedgit.yaml").write_text(RULES)
