"""The steps of a sync in place, one at a time: what is read, recorded, captured, and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seedgit import codes
from seedgit.errors import InputError, RepositoryError
from seedgit.formats.document import Document
from seedgit.git.spool import Spooled
from seedgit.operations.in_place import run as module
from seedgit.operations.in_place.run import _Run, sync_in_place
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.in_step import InStep
from seedgit.operations.live_tree.ledger import Row
from tests.conftest import Repo
from tests.operations.in_place.here import LIVE, SEED, id_of, of, parts
from tests.operations.live_tree.test_late_writes import Late
from tests.operations.test_busy import COUNTING
from tests.operations.test_sync import JSON
from tests.site import PATH, TOML

PLAIN = COUNTING[JSON].encode()


@pytest.fixture
def run(site: Repo) -> _Run:
    return run_of(site)


def run_of(site: Repo, *, restore: bool = False) -> _Run:
    """A sync that has not begun. The ledger knows nothing yet."""
    return _Run(*parts(site), None, restore=restore)


def entry(live: bytes, last: bytes = LIVE, name: str = "1") -> Spooled:
    return Spooled(name, PATH, "0" * 40, last, live, "")


def file_of(run: _Run, path: str = PATH) -> Path:
    return Path(run.tree.place(path))


def known(run: _Run, path: str, **more: Any) -> Row:
    """The row of a file that was in step a moment ago."""
    place = run.tree.place(path)
    key = run.content.key(path, run.workspace.tracked[path].id)
    row = Row(path, stat=(1, 2, 3), key=key)._replace(**more)
    run.ledger.rows[path] = row
    stats = {place: (1, 2, 3)}
    run.ledger.unchanged = lambda row, place: row.stat == stats.get(place)  # type: ignore[method-assign]
    return row


# -- the whole -------------------------------------------------------------------------------------


def test_a_sync_of_all_is_remembered_and_one_of_some_is_not(site: Repo) -> None:
    workspace, tree, _ = parts(site)
    kept: list[object] = []
    looked: list[object] = []

    class Last(InStep):
        def look(self, paths: Any) -> None:
            looked.append(list(paths))

        def keep(self, done: object, workspace: object) -> None:
            kept.append(done)

    last = Last(workspace, tree)
    looked.clear()
    some = sync_in_place(workspace, tree, [PATH], last=last)
    assert (looked, kept, some.tree) == ([], [], tree)
    done = sync_in_place(workspace, tree, last=last)
    assert looked == [sorted([PATH, JSON, TOML])]
    assert kept == [done]
    assert sync_in_place(workspace, tree).tree == tree


def test_files_of_which_something_changed_are_tried_again(run: _Run) -> None:
    def write(path: str, now: bytes) -> bool:
        return path != JSON

    run.write = write  # type: ignore[method-assign]
    for path in (PATH, JSON):
        file_of(run, path).write_bytes(LIVE if path == PATH else b'{"paused": true}')
    assert run.attempt([PATH, JSON, TOML]) == [JSON]


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "looks"),
    [
        ({}, False),
        ({"stat": (1, 2, 4)}, True),
        ({"key": "other"}, True),
        ({"drift": True}, True),
        ({"since": 5.0}, True),
        ({"withheld": True}, True),
    ],
)
def test_what_is_in_step_is_not_read(run: _Run, more: Mapping[str, Any], looks: bool) -> None:
    known(run, PATH, **more)
    found = run.read(PATH)
    assert found == (file_of(run, PATH).read_bytes() if looks else None)
    assert (PATH in run.stats) == looks


def test_what_the_ledger_does_not_know_is_read(run: _Run) -> None:
    assert run.read(PATH) is not None


def test_what_git_has_moved_changes_to_is_read(run: _Run) -> None:
    known(run, PATH)
    run.homes["flows/before.yaml"] = PATH
    assert run.read(PATH) is not None


def test_to_restore_a_file_it_is_read(site: Repo) -> None:
    run = run_of(site, restore=True)
    known(run, PATH)
    assert run.read(PATH) is not None


def test_what_git_put_there_with_nothing_over_it_is_in_step(run: _Run) -> None:
    run.stats[JSON] = (1, 2, 3)
    run.unlike.add(JSON)
    assert run.as_git_left_it(JSON, PLAIN)
    id = run.workspace.tracked[JSON].id
    row = Row(JSON, (1, 2, 3), digest(PLAIN), run.content.key(JSON, id), id)
    assert run.rows == {JSON: row}
    assert not run.unlike
    assert not run.as_git_left_it(JSON, PLAIN + b"\n")
    assert not run.as_git_left_it(PATH, SEED)  # an override lies over it
    run.content.note(JSON, PLAIN, PLAIN)
    assert not run.as_git_left_it(JSON, PLAIN)


def test_of_a_plain_file_nothing_is_noted(run: _Run) -> None:
    run.attempt([JSON, TOML])
    assert run.content.notes.of(JSON) == run.content.notes.of(TOML) == []
    assert run.told == {}


def test_what_git_put_there_without_the_filter_is_noted(run: _Run) -> None:
    newer = SEED.replace(b"timeout: 30", b"timeout: 60")
    run.note_staged(PATH, of(1))  # nothing is known: git put the seed there
    first = run.content.last(PATH)
    assert first is not None
    assert (first.live, first.seed, first.key) == (digest(SEED), id_of(run.content), "")
    run.note_staged(PATH, SEED)
    assert run.content.notes.of(PATH) == [first]
    run.content.note(PATH, newer, newer)
    for data, count in ((of(1), 2), (LIVE, 2), (newer, 3), (newer, 3)):
        run.note_staged(PATH, data)
        assert len(run.content.notes.of(PATH)) == count
    run.content.note(PATH, newer, newer)
    run.note_staged(PATH, SEED)
    assert len(run.content.notes.of(PATH)) == 5
    assert run.content.last(PATH) == first


def test_a_file_with_the_filter_is_what_the_filter_said(run: _Run) -> None:
    file_of(run, PATH).write_bytes(of(1))
    run.record(PATH, of(1))
    assert [e.last for e in run.content.spool.entries()] == [SEED]
    [note] = run.content.notes.of(PATH)
    assert note == run.recorded[PATH]
    file_of(run, JSON).write_bytes(b'{"paused": true}')
    run.record(JSON, b'{"paused": true}')
    assert len(run.content.notes.of(JSON)) == 2  # and before that, what git had put there


def test_what_cannot_be_told_apart_is_told(run: _Run) -> None:
    file_of(run).write_bytes(b"count: [")
    assert run.record(PATH, b"count: [") is None
    assert run.told[PATH].reason == codes.LIVE_UNREADABLE
    assert PATH not in run.recorded


# -- out of the spool ------------------------------------------------------------------------------


def test_what_was_written_on_top_is_told_from_what_was_before(run: _Run) -> None:
    one = entry(of(1))
    assert run.without(one, entry(of(2), last=of(1))) == LIVE
    assert run.without(one, entry(of(1, LIVE, 9), last=of(1, LIVE, 40))) == of(0, LIVE, 40)
    for last in (LIVE, of(5)):
        expected = LIVE if last == LIVE else None  # it was changed again between them
        assert run.without(one, entry(of(2), last=last)) == expected
    assert run.without(entry(of(5), last=of(3)), entry(of(6), last=of(2))) is None
    lists = entry(LIVE.replace(b"queue: []", b"queue: [a, b]"))
    assert run.without(lists, entry(of(1), last=lists.live)) == LIVE
    other = lists.live.replace(b"[a, b]", b"[c]")
    assert run.without(lists, entry(of(1), last=other)) is None


@pytest.mark.parametrize("withheld", [False, True])
def test_only_with_a_secret_that_waits_later_changes_are_joined(run: _Run, withheld: bool) -> None:
    spool, id = run.content.spool, id_of(run.content)
    spool.put(PATH, id, LIVE, of(1))
    spool.put(JSON, id, PLAIN, b"{}")
    spool.put(PATH, id, of(1), of(2))
    run.join()  # of a file that the ledger does not know
    assert len(spool.entries()) == 3
    run.ledger.rows[PATH] = Row(PATH, withheld=withheld)
    run.join()
    found = [(e.last, e.live) for e in spool.of(PATH)]
    assert found == ([(LIVE, of(2))] if withheld else [(LIVE, of(1)), (of(1), of(2))])
    assert len(spool.of(JSON)) == 1


def test_what_was_changed_between_is_not_joined(run: _Run) -> None:
    spool, id = run.content.spool, id_of(run.content)
    run.ledger.rows[PATH] = Row(PATH, withheld=True)
    entries = [(LIVE, of(1)), (of(5), of(6)), (of(6), of(7))]
    for last, live in entries:
        spool.put(PATH, id, last, live)
    run.join()
    assert [(e.last, e.live) for e in spool.entries()] == [(LIVE, of(1)), (of(5), of(7))]


@pytest.mark.parametrize(
    ("withheld", "clashes", "edit", "restore", "fate"),
    [
        (False, False, True, False, None),
        (False, True, True, False, b"known"),
        (False, True, False, False, LIVE),
        (False, True, True, True, None),
        (True, False, False, False, LIVE),
        (True, False, True, True, b"known"),
    ],
)
def test_what_waits_for_a_person_stays_in_the_spool(
    run: _Run, withheld: bool, clashes: bool, edit: bool, restore: bool, fate: bytes | None
) -> None:
    run.restore = restore
    file: Any = SimpleNamespace(
        withheld=withheld,
        clashes=clashes,
        edit="edit" if edit else None,
        known=lambda: SimpleNamespace(data=b"known"),
    )
    assert run.fate(entry(of(1)), file) == fate


def test_what_is_captured_leaves_the_spool(run: _Run) -> None:
    for count in (1, 2):
        run.content.spool.put(PATH, id_of(run.content), of(count - 1), of(count))
    run.drain()
    assert run.content.spool.entries() == []
    assert [taken.pointer for taken in run.changes[PATH].taken.values()] == ["/count"]
    assert run.waiting == {}


def test_what_changes_nothing_makes_no_commit(run: _Run) -> None:
    run.content.spool.put(PATH, id_of(run.content), LIVE, LIVE)
    run.drain()
    assert (run.commit, run.content.spool.entries()) == (None, [])


def test_what_clashes_waits_and_is_told(site: Repo) -> None:
    run = run_of(site)
    put = run.content.spool.put(PATH, id_of(run.content), SEED, SEED.replace(b"false", b"late"))
    run.drain()
    assert [e.name for e in run.content.spool.entries()] == [put.name]
    [file] = run.waiting[PATH]
    assert [clash.pointer for clash in file.clashes] == ["/paused"]
    gone = run.content.spool.put("flows/no.yaml", "0" * 40, SEED, of(1))
    run.drain()
    assert gone.name in run.content.spool.names()


def test_where_a_seed_is_gone_it_is_told_where_the_changes_are(run: _Run) -> None:
    run.find_homes()
    assert (run.homes, run.told) == ({}, {})
    run.content.spool.put(PATH, id_of(run.content), LIVE, of(1))
    run.content.spool.put("flows/no.yaml", id_of(run.content), LIVE, of(1))
    run.find_homes()
    assert run.homes == {"flows/no.yaml": None}
    assert [*run.told] == ["flows/no.yaml"]
    assert run.told["flows/no.yaml"].reason == codes.LIVE_ORPHANED


# -- into the file ---------------------------------------------------------------------------------


def test_a_file_gets_what_counts_and_its_row_says_so(run: _Run) -> None:
    place = file_of(run)
    place.write_bytes(SEED)
    run.stats[PATH] = (1, 2, 3)
    assert run.write(PATH, SEED)
    assert place.read_bytes() == LIVE
    row = run.rows[PATH]
    assert row is not None
    assert (row.stat, row.seen, row.seed, row.drift) == (
        (),
        digest(LIVE),
        id_of(run.content),
        False,
    )
    assert run.ledger.content(row.base) == LIVE
    assert run.told[PATH].written and PATH in run.unlike
    run.recorded[PATH] = run.content.last(PATH)
    assert run.write(PATH, LIVE)
    assert run.rows[PATH] == row._replace(stat=(1, 2, 3))
    assert run.told[PATH].written  # by now


def test_a_file_that_is_its_seed_is_not_unlike_it(run: _Run) -> None:
    run.stats[JSON] = (1, 2, 3)
    run.unlike.add(JSON)
    assert run.write(JSON, PLAIN)
    row = run.rows[JSON]
    assert row is not None and (row.base, row.stat, row.seen) == ("", (1, 2, 3), digest(PLAIN))
    assert JSON not in run.unlike and not run.told[JSON].written


def test_a_programs_own_way_of_writing_stays(site: Repo, run: _Run) -> None:
    odd = LIVE.replace(b"queue: []", b"queue:   []")
    assert run.wanted(PATH, odd, SEED).data == odd
    assert run.wanted(PATH, SEED, SEED).data == LIVE
    drifting = SEED.replace(b"timeout: 30", b"timeout: 45")
    assert run.wanted(PATH, odd, drifting).data == of(0, LIVE, 45)
    assert run_of(site, restore=True).wanted(PATH, LIVE, drifting).data == LIVE


def test_what_the_package_owns_stays_as_the_program_has_it(site: Repo) -> None:
    for restore, held in ((False, of(0, LIVE, 45)), (True, LIVE)):
        run = run_of(site, restore=restore)
        place = file_of(run)
        place.write_bytes(of(0, LIVE, 45))
        assert run.record(PATH, of(0, LIVE, 45)) == of(0, LIVE, 45)
        run.stats[PATH] = ()
        assert run.write(PATH, of(0, LIVE, 45))
        row = run.rows[PATH]
        assert row is not None and row.drift is not restore
        drift = [(d.pointer, d.effective, d.live) for d in run.told[PATH].drift]
        assert drift == ([] if restore else [("/timeout", 30, 45)])
        assert place.read_bytes() == held


def test_what_cannot_be_written_is_told_and_not_tried_again(
    run: _Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wanted(*_: object) -> None:
        raise InputError("it has no place")

    monkeypatch.setattr(run, "wanted", wanted)
    assert run.write(PATH, LIVE)
    assert "it has no place" in run.told[PATH].problem
    assert file_of(run, PATH).read_bytes() == LIVE


def test_what_another_process_recorded_is_not_written_over(run: _Run) -> None:
    place = file_of(run)
    place.write_bytes(LIVE)
    run.content.note(PATH, LIVE, SEED)
    assert not run.replaced(PATH, LIVE, of(1), SEED, own=False)
    assert place.read_bytes() == LIVE
    run.recorded[PATH] = run.content.last(PATH)
    assert run.replaced(PATH, LIVE, of(1), SEED, own=False)
    assert place.read_bytes() == of(1)
    note = run.content.last(PATH)
    assert note is not None
    assert (note.live, note.seed, note.kept) == (digest(of(1)), id_of(run.content), "")


@pytest.mark.parametrize(
    ("held", "made"), [(of(0, LIVE, 45), True), (of(7), False), (b"count: [", False)]
)
def test_what_was_written_meanwhile_is_taken_along_and_recorded_next(
    run: _Run, held: bytes, made: bool
) -> None:
    place = file_of(run)
    place.write_bytes(held)
    run.content.note(PATH, LIVE, SEED)
    before = run.recorded[PATH] = run.content.last(PATH)
    assert not run.replaced(PATH, LIVE, of(1), of(0, SEED, 90), own=True)
    assert place.read_bytes() == (of(1, LIVE, 45) if made else held)
    note = run.content.last(PATH)
    if made:  # what was to be put there: the program's change is one of this
        assert note is not None
        seed = of(0, SEED, 90)
        assert (note.live, note.kept) == (digest(of(1)), digest(seed))
    else:
        assert note == before


@pytest.mark.parametrize("refused", [False, True])
def test_git_is_told_of_the_files_in_which_it_sees_nothing_new(
    run: _Run, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    told: list[str] = []

    def restage(paths: Iterable[str]) -> None:
        if refused:
            raise RepositoryError("the index is locked")
        told.extend(paths)

    monkeypatch.setattr(module, "stale", lambda _: {PATH, JSON, "other"})
    monkeypatch.setattr(run.repository.writer, "restage", restage, raising=False)
    run.restage()  # of no file
    rows = {PATH: Row(PATH, (1,)), TOML: Row(TOML, (2,)), JSON: Row(JSON, (3,), drift=True)}
    run.rows = {**rows, "gone": None}
    run.restage()
    if refused:
        assert all(row is None or row.stat == () for row in run.rows.values())
        assert {file.reason for file in run.told.values()} == {codes.LIVE_BUSY}
        assert {*run.told} == {*rows}
    else:
        assert told == [PATH]
        assert run.rows == {**rows, "gone": None}
    run.rows, told[:] = {PATH: Row(PATH, (1,), since=5)}, []
    run.restage()
    assert told == [] and run.rows[PATH] == Row(PATH, (1,), since=5)


def test_without_files_git_is_not_asked(run: _Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "stale", lambda _: pytest.fail("git was asked"))
    run.restage()
    run.rows = {PATH: None}
    run.restage()


def test_of_two_programs_that_write_meanwhile_neither_loses(
    run: _Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One still has the old file open, the other one finds the new one."""
    place = file_of(run)
    place.write_bytes(LIVE)

    def also() -> None:
        place.write_bytes(place.read_bytes().replace(b"queue: []", b"queue: [new]"))

    Late(monkeypatch, place, also, change=("count: 0", "count: 7"))
    assert not run.replaced(PATH, LIVE, of(0, LIVE, 90), of(0, SEED, 90), own=True)
    found, wanted = (
        Document.parse(data, PATH).value
        for data in (place.read_bytes(), of(7, LIVE, 90).replace(b"queue: []", b"queue: [new]"))
    )
    assert found == wanted
