"""What a page asks again and again is told when it changes; until then it costs a look at files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.git.repository import Repository
from seedgit.journal import SEEN, Journal
from seedgit.operations.polled import by_marks, live_step
from seedgit.operations.polled.by_marks import ByMarks
from seedgit.operations.polled.divergences_known import DivergencesKnown
from seedgit.operations.polled.live_step import LiveStep
from seedgit.operations.polled.refs_below import RefsBelow
from seedgit.operations.polled.still_clone import CloneHeads, StillClone
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.counting import Counted
from tests.site import FLOW, PATH, override, package, seedgit, site_of

Look = Callable[[], str]
OTHER = "flows/other.yaml"
TICK = 0.02  # seconds; the clock of files stands still for a shorter time


@pytest.fixture
def site(repo: Repo) -> Repo:
    return site_of(package(repo, {OTHER: FLOW}))


def looking(site: Repo, told: Callable[[Workspace], str]) -> Look:
    """Look anew at a clone, as each poll does."""

    def look() -> str:
        with closing(Workspace.open(str(site.path))) as workspace:
            return told(workspace)

    return look


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the last change of each file was long ago, once it is looked at."""
    monkeypatch.setattr(by_marks, "RACY", -(10**18))


def never(*args: object, **named: object) -> None:
    raise AssertionError(args)


def test_an_answer_is_kept_while_its_files_are_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, kept = tmp_path / "file", ByMarks[int]()
    answers = iter(range(9))
    get = lambda: kept.get([str(place)], lambda: next(answers))  # noqa: E731
    assert [get(), get()] == [0, 0]  # there is no file
    place.write_text("1")
    assert [get(), get()] == [1, 2]  # it may change again without a trace
    monkeypatch.setattr(by_marks, "RACY", -(10**18))
    assert [get(), get(), get()] == [3, 3, 3]
    time.sleep(TICK)
    place.write_text("2")
    assert [get(), get()] == [4, 4]
    place.unlink()
    assert [get(), get()] == [5, 5]


# -- refs -----------------------------------------------------------------------------------------


@pytest.fixture
def refs(site: Repo, settled: None) -> Look:
    return looking(site, RefsBelow("refs/seedgit/").told)


def test_each_move_of_a_ref_is_told(site: Repo, refs: Look) -> None:
    here, there = site.commit({"a": "1"}), site.commit({"a": "2"})
    seen = [refs()]
    for words in (
        ("update-ref", "refs/seedgit/remotes/hub/north", here),
        ("update-ref", "refs/seedgit/remotes/hub/north", there),
        ("update-ref", "refs/seedgit/remotes/hub/eu/south", here),  # in a folder of its own
        ("update-ref", "refs/seedgit/remotes/hub/eu/south", there),
    ):
        time.sleep(TICK)
        site(*words)
        seen.append(refs())
    assert len(set(seen)) == len(seen)
    for words in (("pack-refs", "--all"), ("update-ref", "refs/heads/other", here)):
        time.sleep(TICK)
        site(*words)
        assert refs() == seen[-1]  # where they are is no matter, nor are others
    for number in (2, 0):  # of what is packed
        time.sleep(TICK)
        gone = "refs/seedgit/remotes/hub/" + ("north" if number == 0 else "eu/south")
        site("update-ref", "-d", gone)
        assert refs() == seen[number]


def test_git_lists_refs_only_once_one_may_have_moved(
    site: Repo, refs: Look, counted: Counted
) -> None:
    override(site, "/timeout", "9")
    for words in (("pack-refs", "--all"), ("update-ref", "refs/seedgit/overlays/eu/x", "HEAD")):
        time.sleep(TICK)
        site(*words)
        refs()
        refs()  # which sees the new folders
        counted.clear()
        refs()
        assert "for-each-ref" not in counted.git
    time.sleep(TICK)
    override(site, "/timeout", "8")
    counted.clear()
    refs()
    assert counted.git.count("for-each-ref") == 1


def test_refs_in_tables_are_looked_at_by_the_list_of_tables(
    site: Repo, refs: Look, counted: Counted
) -> None:
    """This git may know no tables: so they are none, but for their list."""
    tables = site.path / ".git" / "reftable" / "tables.list"
    tables.parent.mkdir()
    for name in ("one", "two"):
        time.sleep(TICK)
        tables.with_name("new").write_text(name)
        tables.with_name("new").replace(tables)
        counted.clear()
        refs()
        refs()
        assert counted.git.count("for-each-ref") == 1


# -- the clone ------------------------------------------------------------------------------------


class StillSite:
    """A clone, opened again and again."""

    def __init__(self, site: Repo) -> None:
        self.site = site
        self.clone = StillClone(str(site.path))
        for _ in range(3):  # until it knows all files
            self.look()

    def look(self) -> tuple[CloneHeads, str | None]:
        """What refs are at, and a setting."""
        with closing(self.clone.open()) as workspace:
            return self.clone.heads(workspace), workspace.repository.config.get("own.setting")

    @property
    def setting(self) -> str | None:
        return self.look()[1]

    @property
    def heads(self) -> CloneHeads:
        time.sleep(TICK)
        return self.look()[0]


@pytest.fixture
def still(site: Repo, settled: None) -> StillSite:
    return StillSite(site)


def test_git_is_asked_nothing_while_nothing_changes(still: StillSite, counted: Counted) -> None:
    known = still.look()
    counted.clear()
    assert still.look() == known
    assert counted.git == []


def test_a_setting_is_read_wherever_it_is_put(
    still: StillSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, place = still.site, still.site.path
    assert still.setting is None
    own = Path(os.environ["GIT_CONFIG_GLOBAL"])
    for value, words in {
        "local": ("config", "own.setting", "local"),
        "other": ("config", "own.setting", "other"),  # as long as before
        None: ("config", "--unset", "own.setting"),
        "global": ("config", "--file", str(own), "own.setting", "global"),
    }.items():
        time.sleep(TICK)
        site(*words)
        assert still.setting == value
    time.sleep(TICK)
    site("config", "include.path", "further")  # beside the configuration
    assert still.setting == "global"
    time.sleep(TICK)
    (place / ".git" / "further").write_text("[own]\n\tsetting = included\n")
    assert still.setting == "included"
    (place / ".git" / "on-other").write_text("[own]\n\tsetting = branch\n")
    site("config", "includeIf.onbranch:other.path", "on-other")
    assert still.setting == "included"
    time.sleep(TICK)
    site("checkout", "--quiet", "-b", "other")
    assert still.setting == "branch"
    site("config", "extensions.worktreeConfig", "true")
    assert still.setting == "branch"
    time.sleep(TICK)
    site("config", "--worktree", "own.setting", "worktree")
    assert still.setting == "worktree"


def test_a_setting_in_the_home_is_read(
    site: Repo, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    home = Path(os.environ["HOME"])
    (home / "gitconfig").rename(home / ".gitconfig")
    still = StillSite(site)
    for name in (".config/git/config", ".gitconfig"):
        time.sleep(TICK)
        place = home / name
        place.parent.mkdir(parents=True, exist_ok=True)
        site("config", "--file", str(place), "own.setting", name)
        assert still.setting == name


def test_what_head_upstream_and_overlays_are_at_is_known(still: StillSite) -> None:
    site = still.site
    first = site("rev-parse", "HEAD")
    assert still.heads == (first, first, [("local", None)])
    second = site.commit({"a": "1"})
    assert still.heads == (second, first, [("local", None)])
    site("update-ref", "refs/remotes/origin/main", second)
    assert still.heads.upstream == second
    override(site, "/timeout", "9")
    assert still.heads.tips == [("local", site("rev-parse", "refs/seedgit/overlays/local"))]
    site("pack-refs", "--all")
    override(site, "/timeout", "8")
    assert still.heads.tips == [("local", site("rev-parse", "refs/seedgit/overlays/local"))]
    site("branch", "older", first)
    site("config", "seedgit.upstream", "older")
    assert still.heads.upstream == first
    site("config", "seedgit.upstream", "FETCH_HEAD")
    for commit in (second, first):
        site("fetch", "--quiet", ".", commit)
        assert still.heads.upstream == commit
    site("checkout", "--quiet", "older")
    assert still.heads.head == first
    site("checkout", "--quiet", "--detach", second)
    assert still.heads.head == second
    site("config", "seedgit.overlay", "mine")
    assert still.heads.tips == [("mine", None)]


def test_a_linked_worktree_is_opened_as_well(site: Repo, settled: None) -> None:
    site("worktree", "add", "--quiet", "-b", "linked", "../linked")
    still = StillSite(Repo(site.path.parent / "linked"))
    commit = still.site.commit({"a": "1"})
    assert still.heads.head == commit != site("rev-parse", "HEAD")
    override(site, "/timeout", "9")
    assert still.heads.tips == [("local", site("rev-parse", "refs/seedgit/overlays/local"))]


# -- divergences ----------------------------------------------------------------------------------


def diverge(site: Repo, verdict: str = codes.GIT_ONLY) -> int:
    time.sleep(TICK)
    return Journal(site.path / ".git").add("merge-driver", "merged", verdict=verdict, path=PATH)


def test_each_divergence_is_told_and_what_is_accepted(site: Repo, settled: None) -> None:
    look = looking(site, DivergencesKnown().told)
    journal = Journal(site.path / ".git")
    seen = [look()]
    for verdict in (codes.GIT_ONLY, codes.DIVERGE, codes.SEEDGIT_ONLY):
        newest = diverge(site, verdict)
        seen.append(look())
    diverge(site, codes.AGREE)
    assert seedgit(site, "status").status == 0  # which writes a row, as each command does
    journal.mark(SEEN, newest)  # as the page itself does
    assert look() == seen[-1]
    row = journal.row(newest)
    assert row is not None
    journal.accept(row, "fine")
    seen.append(look())
    assert len(set(seen)) == len(seen)
    time.sleep(TICK)
    journal.withdraw(row)
    assert look() == seen[-2]


def test_a_journal_is_not_opened_again_while_nobody_writes_to_it(
    site: Repo, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = looking(site, DivergencesKnown().told)
    diverge(site)
    look()
    told = look()
    monkeypatch.setattr(Journal, "__enter__", never)
    assert look() == told
    monkeypatch.undo()
    diverge(site)
    assert look() != told


def test_a_journal_that_cannot_be_read_is_told(site: Repo, settled: None) -> None:
    look = looking(site, DivergencesKnown().told)
    diverge(site)
    told = look()
    time.sleep(TICK)
    (site.path / ".git/seedgit/journal.sqlite").write_bytes(b"no journal" * 1000)
    assert look() != told


# -- live trees -----------------------------------------------------------------------------------


class LiveSite:
    """A clone, a folder of its live files, and a look at it."""

    def __init__(self, site: Repo) -> None:
        self.site = site
        self.folder = Repo(site.path.parent / "live")
        assert seedgit(site, "live", str(self.folder.path)).status == 0
        self.sync()
        self.look = looking(site, LiveStep().told)

    def sync(self) -> None:
        time.sleep(TICK)
        assert seedgit(self.site, "sync").status == 0

    def write(self, text: str, path: str = PATH) -> None:
        time.sleep(TICK)
        self.folder.write({path: text})


@pytest.fixture
def live(site: Repo, settled: None) -> LiveSite:
    override(site, "/timeout", "45")
    return LiveSite(site)


EFFECTIVE = FLOW.replace("timeout: 30", "timeout: 45")


def test_without_a_live_tree_nothing_is_told(site: Repo) -> None:
    look = looking(site, LiveStep().told)
    assert look() == ""
    (site.path.parent / "live").mkdir()
    assert seedgit(site, "live", str(site.path.parent / "live")).status == 0
    assert look() != ""


def test_each_file_that_gets_out_of_step_is_told_until_it_is_back(live: LiveSite) -> None:
    seen = [live.look()]
    for text in (EFFECTIVE.replace("45", "46"), EFFECTIVE.replace("45", "47")):
        live.write(text)
        seen.append(live.look())
    live.write(EFFECTIVE.replace("45", "47"), OTHER)
    seen.append(live.look())
    time.sleep(TICK)
    (live.folder.path / OTHER).unlink()
    seen.append(live.look())
    assert len(set(seen)) == len(seen)
    live.write(FLOW, OTHER)
    live.write(EFFECTIVE)
    assert live.look() == seen[0]
    (live.folder.path / PATH).touch()
    assert live.look() == seen[0]


def test_what_a_sync_does_is_told(live: LiveSite) -> None:
    """A page has said that the file waits for one."""
    before = live.look()
    live.write(EFFECTIVE.replace("45", "46"))
    told = live.look()
    live.sync()  # which captures it
    assert live.look() not in (before, told)
    told = live.look()
    override(live.site, "/timeout", "47")
    live.sync()  # which writes it
    assert live.look() != told
    told = live.look()
    live.write(FLOW.replace("timeout: 30", "timeout: 47").replace("name: wiki", "name: x"))
    drifted = live.look()
    assert drifted != told
    live.sync()  # which has found run-time drift
    assert live.look() != told


def test_a_program_that_has_a_file_open_all_day_is_told_of(live: LiveSite) -> None:
    seen = []
    with (live.folder.path / PATH).open("a") as file:
        for _ in range(3):
            time.sleep(TICK)
            file.write("# more\n")
            file.flush()
            seen.append(live.look())
            assert live.look() == seen[-1]
    assert len(set(seen)) == len(seen)


def test_a_live_file_through_a_link_is_looked_at(live: LiveSite) -> None:
    place = live.folder.path / PATH
    there = place.rename(live.site.path.parent / "elsewhere.yaml")
    place.symlink_to(there)
    before = live.look()
    time.sleep(TICK)
    there.write_text(EFFECTIVE.replace("45", "46"))
    assert live.look() != before


def test_nothing_is_read_while_nothing_has_changed(
    live: LiveSite, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = live.look()
    monkeypatch.setattr("seedgit.operations.live_tree.ledger.read_regular", never)
    monkeypatch.setattr("seedgit.git.live_files.read_live", never)
    monkeypatch.setattr(live_step, "_id", never)
    monkeypatch.setattr(Repository, "index_lines", never)
    counted.clear()
    assert live.look() == told
    assert counted.git == ["rev-parse", "config"]  # which open the clone
    assert counted.parsed == counted.rows == counted.blobs == 0


def test_only_the_file_is_read_that_has_changed(
    live: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.look()
    read = []
    own = live_step._id
    monkeypatch.setattr(live_step, "_id", lambda w, at, row: read.append(at) or own(w, at, row))  # type: ignore[func-returns-value]
    live.write(EFFECTIVE + "# more\n")
    live.look()
    assert read == [os.fspath(live.folder.path / PATH)]


def test_files_in_place_are_looked_at(site: Repo, settled: None) -> None:
    override(site, "/timeout", "45")
    assert seedgit(site, "live", "--in-place").status == 0
    assert seedgit(site, "sync").status == 0
    look = looking(site, LiveStep().told)
    before = look()
    assert site.read(PATH).decode() == EFFECTIVE
    time.sleep(TICK)
    site.write({PATH: EFFECTIVE.replace("45", "46")})
    told = look()
    assert told != before
    assert seedgit(site, "sync").status == 0
    assert look() not in (before, told)
    time.sleep(TICK)
    told = look()
    assert look() == told


def test_a_ledger_that_cannot_be_read_is_told(live: LiveSite) -> None:
    told = live.look()
    (rows,) = (live.site.path / ".git/seedgit/live").glob("*/rows")
    time.sleep(TICK)
    rows.rename(rows.with_name("kept"))
    rows.mkdir()
    assert live.look() not in ("", told)
    rows.rmdir()
    rows.with_name("kept").rename(rows)
    assert live.look() == told


def test_a_setting_that_is_none_is_told(live: LiveSite) -> None:
    told = live.look()
    live.site("config", f"seedgit-live.{live.folder.path}.map", "no map")
    assert live.look() != told
