"""The steps of a sync of a folder, one at a time, with little git between them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from seedgit import codes
from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.git.live_tree import live_trees
from seedgit.operations import sync as module
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.ledger import Intent, Ledger, Row
from seedgit.operations.sync import _Read, _Run
from seedgit.operations.workspace import Workspace
from tests.built import prepared
from tests.conftest import Repo
from tests.operations.test_sync import FILES, JSON, SEED
from tests.site import PATH, TOML, package, seedgit, site_of

BASE = SEED.encode()
LIVE = SEED.replace("paused: false", "paused: true").encode()


def of(timeout: int = 30, data: bytes = LIVE, mode: str = "live") -> bytes:
    """What a program makes of it: the package owns the timeout, the site the first mode."""
    changed = data.replace(b"timeout: 30", b"timeout: %d" % timeout)
    return changed.replace(b"mode: live", f"mode: {mode}".encode(), 1)


@pytest.fixture
@prepared
def copied(repo: Repo) -> Repo:
    """A site with a live tree, and one override."""
    site = site_of(package(repo, FILES))
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    assert seedgit(site, "live", str(site.path.parent / "app")).status == 0
    shutil.rmtree(site.path / ".git" / "seedgit" / "live")  # it belongs to the place of the copy
    return site


@pytest.fixture
def site(copied: Repo) -> Repo:
    """It is in step."""
    run = run_of(copied)
    held = {path: text.encode() for path, text in FILES.items()} | {PATH: LIVE}
    base = {PATH: run.ledger.keep(LIVE)}
    run.ledger.write(
        {
            path: Row(
                path,
                seen=digest(held[path]),
                key=run.made_of.key(path),
                seed=run.workspace.tracked[path].id,
                base=base.get(path, ""),
            )
            for path in run.paths
        }
    )
    return copied


def run_of(site: Repo, paths: list[str] | None = None, *, restore: bool = False) -> _Run:
    workspace = Workspace.open(str(site.path))
    [tree] = live_trees(workspace.repository)
    ledger = Ledger(workspace.repository, tree).load()
    return _Run(workspace, tree, ledger, paths, restore=restore)


@pytest.fixture
def run(site: Repo) -> _Run:
    return run_of(site)


def file_of(run: _Run, path: str = PATH) -> Path:
    return Path(run.tree.place(path))


def read_of(run: _Run, data: bytes | None = None, path: str = PATH) -> _Read:
    """The read of a file that holds something else now."""
    if data is not None:
        file_of(run, path).write_bytes(data)
    read = run.read(path)
    assert read is not None, run.told
    return read


def row_of(run: _Run, path: str = PATH) -> Row:
    row = run.rows[path]
    assert row is not None
    return row


# -- which files there are -------------------------------------------------------------------------


def test_the_files_of_a_sync_are_those_that_are_named(site: Repo) -> None:
    assert run_of(site).paths == sorted([PATH, JSON, TOML])
    site("rm", "--quiet", "--cached", JSON)
    run = run_of(site)
    assert (run.paths, run.gone) == (sorted([PATH, TOML]), [JSON])
    run = run_of(site, [JSON, TOML, "no"])
    assert (run.paths, run.gone) == ([TOML], [JSON])
    run = run_of(site, [TOML])
    assert (run.paths, run.gone) == ([TOML], [])


@pytest.mark.parametrize(
    ("text", "clashes", "removed"),
    [
        (FILES[JSON], False, True),
        (FILES[JSON], True, False),
        *((f"{FILES[JSON]}{n}", False, False) for n in range(4)),
        (None, True, False),
    ],
)
def test_a_file_whose_seed_is_gone_goes_unless_somebody_changed_it(
    site: Repo, text: str | None, clashes: bool, removed: bool
) -> None:
    site("rm", "--quiet", "--cached", JSON)
    run = run_of(site)
    place = file_of(run, JSON)
    run.ledger.rows[JSON] = run.ledger.rows[JSON]._replace(
        clashes=(("/paused", "1", "2"),) if clashes else ()
    )
    place.unlink() if text is None else place.write_text(text)
    run.remove(JSON)
    assert place.exists() == (text is not None and not removed)
    if removed or text is None:
        assert run.rows == {JSON: None} and run.told[JSON].removed == removed
    else:
        assert run.rows == {} and run.told[JSON].reason == codes.LIVE_ORPHANED


def test_a_folder_in_its_place_is_left_alone(site: Repo) -> None:
    site("rm", "--quiet", "--cached", JSON)
    run = run_of(site)
    file_of(run, JSON).unlink()
    file_of(run, JSON).mkdir()
    run.remove(JSON)
    assert run.rows == {} and run.told[JSON].reason == codes.LIVE_ORPHANED


# -- reading ---------------------------------------------------------------------------------------


def test_only_seeds_that_are_certainly_needed_are_read_ahead(
    run: _Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(run.repository.objects, "read_ahead", asked.extend, raising=False)
    run.read_ahead(run.paths)
    assert asked == []
    for key in ("", "~"):
        run.ledger.rows[PATH] = run.ledger.rows[PATH]._replace(key=key)
        run.read_ahead(run.paths)
    del run.ledger.rows[JSON]
    run.read_ahead([JSON, TOML])
    tracked = run.workspace.tracked
    assert asked == [tracked[PATH].id, tracked[PATH].id, tracked[JSON].id]


@pytest.mark.parametrize(
    ("data", "more", "done"),
    [
        (LIVE, {}, True),
        (LIVE, {"old": "0"}, True),
        (LIVE, {"key": "other"}, False),
        (LIVE, {"seen": "other"}, False),
        (LIVE, {"drift": True}, False),
        (None, {}, False),
    ],
)
def test_a_file_that_holds_what_it_held_is_in_step(
    run: _Run, data: bytes | None, more: Mapping[str, Any], done: bool
) -> None:
    file_of(run).unlink()
    if data is not None:
        file_of(run).write_bytes(data)
    row = run.ledger.rows[PATH] = run.ledger.rows[PATH]._replace(**more)
    read = run.read(PATH)
    assert run.told == {}
    assert (read is None) == done
    assert run.rows == ({PATH: row._replace(stat=(), old="")} if done else {})
    if read is not None:
        assert (read.data, read.row) == (data, row)
        assert read.old == ("" if data is None else digest(data))


def test_a_file_that_the_ledger_does_not_know_is_read(run: _Run) -> None:
    del run.ledger.rows[PATH]
    read = read_of(run)
    assert (read.row.path, read.row.seed, read.data) == (PATH, "", LIVE)
    assert read.file is not None and read.file.edit is None


@pytest.mark.parametrize("text", ["", "[]", "5", "a: ["])
def test_what_is_no_version_of_the_seed_is_told(run: _Run, text: str) -> None:
    file_of(run).write_text(text)
    assert run.read(PATH) is None
    assert run.told[PATH].reason == codes.LIVE_UNREADABLE


def test_what_was_last_in_a_file_is_kept_or_is_a_seed(run: _Run) -> None:
    now, id = run.now(PATH), run.workspace.tracked[PATH].id
    kept = run.ledger.keep(of(45))
    for row, data in {
        Row(PATH): LIVE,  # nothing is known: what is effective now
        Row(PATH, seed=id): BASE,
        Row(PATH, seed=id, base=kept): of(45),
        Row(PATH, seed=id, base="lost"): LIVE,
    }.items():
        assert run.base(row, now).data == data


def test_of_two_things_that_were_in_a_file_the_nearer_one_counts(run: _Run) -> None:
    """A sync was killed while it replaced the file."""
    last = run.ledger.rows[PATH]
    one, two = (run.ledger.keep(data) for data in (of(45), of(60)))
    earlier = run.ledger.earlier[PATH] = last._replace(base=one, seen="1")
    about = run.ledger.rows[PATH] = last._replace(base=two, seen="2", old="0")
    assert read_of(run, of(45, mode="hold")).row == earlier
    assert read_of(run, of(60, mode="hold")).row == about


# -- into the overlay ------------------------------------------------------------------------------


def test_what_is_captured_is_in_the_ledger_before(run: _Run) -> None:
    reads = [read_of(run, of(mode="hold"))]
    file_of(run, JSON).unlink()
    reads.append(read_of(run, path=JSON))
    row, id = reads[0].row, run.workspace.tracked[PATH].id
    written: list[Mapping[str, Row | None]] = []
    write = run.ledger.write
    run.ledger.write = lambda rows: written.append(rows) or write(rows)  # type: ignore[method-assign, func-returns-value]
    assert run.capture(reads) == reads
    [rows] = written
    known = run.ledger.keep(of(mode="hold"))
    assert rows == {
        PATH: row._replace(
            stat=(),
            key="",
            old="",
            intent=Intent(str(run.commit), digest(of(mode="hold")), id, known),
        )
    }
    assert reads[0].row.seen == digest(of(mode="hold")) and reads[0].row.intent is None
    assert reads[0].now.document.data == of(mode="hold")
    assert [*run.changes] == [PATH]


def test_of_a_file_with_no_known_seed_it_is_the_staged_one(run: _Run) -> None:
    read = read_of(run, of(mode="hold"))
    for seed in ("", "other"):
        read.row = read.row._replace(seed=seed)
        found = run.intent(read)
        assert found is not None
        assert found[1].seed == (seed or run.workspace.tracked[PATH].id)


def test_nothing_to_capture_makes_no_commit(run: _Run) -> None:
    reads = [read_of(run, of(45))]
    assert run.capture(reads) is reads
    assert run.commit is None


# -- into the file ---------------------------------------------------------------------------------


def decided(run: _Run, data: bytes | None) -> _Read:
    if data is None:
        file_of(run).unlink()
    read = read_of(run, data)
    assert run.decide(read)
    return read


@pytest.mark.parametrize("data", [None, BASE, of(9), of(90)])
def test_what_a_file_is_to_hold_is_said_before(run: _Run, data: bytes | None) -> None:
    run.ledger.rows[PATH] = run.ledger.rows[PATH]._replace(key="other")
    read = decided(run, data)
    kept = data if data in (of(9), of(90)) else LIVE  # the program's drift stays
    if data == BASE:  # the program has taken the override's value back
        run.capture([read])
        kept = BASE
        assert run.decide(read)
    assert read.wanted == kept and read.next is not None
    assert read.next == Row(
        PATH,
        seen=digest(kept),
        key=run.made_of.key(PATH),
        seed=run.workspace.tracked[PATH].id,
        base="" if data == BASE else digest(LIVE),
        drift=data in (of(9), of(90)),
    )
    assert data == BASE or run.ledger.content(digest(LIVE)) == LIVE


def test_drift_is_given_up_where_that_is_wanted(site: Repo) -> None:
    run = run_of(site, restore=True)
    read = decided(run, of(45))
    assert read.wanted == LIVE and read.next is not None
    assert not read.next.drift and read.next.states is None
    run.tell(read, written=True)
    assert run.told[PATH].drift == () and run.told[PATH].written
    plain = run_of(site)
    plain.tell(decided(plain, of(45)), written=False)
    assert [each.pointer for each in plain.told[PATH].drift] == ["/timeout"]


@pytest.mark.parametrize("restore", [False, True])
def test_a_clash_stays_with_the_states_it_was_found_in(site: Repo, restore: bool) -> None:
    run = run_of(site, restore=restore)
    row = run.ledger.rows[PATH]
    kept = run.ledger.keep(LIVE.replace(b"paused: true", b"paused: before"))
    run.ledger.rows[PATH] = row._replace(base=kept, seen="1")
    late = LIVE.replace(b"paused: true", b"paused: late")
    read = decided(run, late)
    assert read.next is not None
    if restore:
        assert (read.wanted, read.next.clashes, read.next.states) == (LIVE, (), None)
    else:
        assert read.wanted == late
        assert read.next.clashes == (("/paused", "true", '"late"'),)
        assert read.next.states == run.states()


@pytest.mark.parametrize("data", [None, of(9), of(90), LIVE])
@pytest.mark.parametrize("wanted", [of(60), LIVE])
def test_a_file_is_brought_into_step(run: _Run, data: bytes | None, wanted: bytes) -> None:
    run.ledger.rows[PATH] = run.ledger.rows[PATH]._replace(key="other")
    read = decided(run, data)
    read.wanted, read.stat = wanted, (1, 2, 3)
    assert run.write(read, {})
    assert file_of(run).read_bytes() == wanted
    assert row_of(run).stat == ((1, 2, 3) if data == wanted else ())
    assert run.told[PATH].written == (data != wanted)
    assert bool(run.swaps) == (data not in (None, wanted))
    assert run.look_again() == []
    read.data = wanted
    assert run.write(read, {})
    assert run.told[PATH].written == (data != wanted)  # it was, a moment ago


def test_what_cannot_be_written_is_told(run: _Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read = decided(run, of(45))
    read.wanted = LIVE

    def refused(*_: object) -> None:
        raise InputError("it is odd")

    monkeypatch.setattr(run.repository.writer, "replace_live", refused, raising=False)
    assert run.write(read, {})
    assert run.told[PATH].problem.startswith("it is odd")
    assert file_of(run).read_bytes() == of(45)


@pytest.mark.parametrize(("late", "made"), [(of(45, mode="hold"), True), (of(60), False)])
def test_what_a_program_wrote_meanwhile_is_captured_next(
    run: _Run, late: bytes, made: bool
) -> None:
    """Of both, and of what the ledger says then: it has to know what was in the file."""
    read = decided(run, of(45))
    before = read.row
    read.wanted = LIVE
    file_of(run).write_bytes(late)
    assert not run.write(read, {})
    assert file_of(run).read_bytes() == (of(30, mode="hold") if made else late)
    assert run.ledger.rows[PATH] == (read.next if made else before)
    assert PATH not in run.rows


def test_where_nothing_was_under_way_nothing_is_recovered(
    run: _Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedgit.operations.live_tree import late_writes

    recovered: list[tuple[Row, Document, Document]] = []

    def recover(
        _: object, place: str, row: Row, was: Document, new: Document, not_made: Any
    ) -> None:
        recovered.append((row, was, new))
        not_made()

    monkeypatch.setattr(late_writes, "recover", recover)
    run.recover([PATH, "no"])
    assert recovered == []
    last = run.ledger.rows[PATH]
    earlier = run.ledger.earlier[PATH] = last._replace(base="")
    about = run.ledger.rows[PATH] = last._replace(old="0")
    run.recover([PATH, JSON])
    [(row, was, new)] = recovered
    assert (row, was.data, new.data) == (about, BASE, LIVE)
    assert run.ledger.rows[PATH] == earlier


def test_at_most_a_hundred_replaced_files_are_kept() -> None:
    assert 0 < module.HELD < module.AT_ONCE
