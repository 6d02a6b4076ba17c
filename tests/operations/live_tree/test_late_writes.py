"""What a program writes to a file that sync has just replaced is taken along."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from seedgit.errors import InputError
from seedgit.files.safe import TEMPORARY
from seedgit.formats.document import Document
from seedgit.git import live_files
from seedgit.git.files import Changed
from seedgit.git.writer import Live
from seedgit.operations import sync as module
from seedgit.operations.live_tree import late_writes
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.late_writes import recover, replace_moving, take_along
from seedgit.operations.live_tree.ledger import Row
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import SeedRule
from seedgit.values.value import Value
from tests.conftest import Repo
from tests.intruder import without_leases
from tests.live_world import NOBODY
from tests.operations.test_sync import FILES, JSON, SEED, rendered, swap, synced, upgrade
from tests.site import PATH, TOML, package, seedgit, site_of


class Killed(BaseException):
    pass


@pytest.fixture
def owner(repo: Repo) -> Repo:
    return site_of(package(repo, FILES))


@pytest.fixture
def app(owner: Repo) -> Path:
    place = owner.path.parent / "app"
    assert seedgit(owner, "live", str(place)).status == 0
    upgrade(owner, "timeout: 30", "timeout: 60")
    return place


def at_swap(
    monkeypatch: pytest.MonkeyPatch, after: Callable[[], object], before: Callable[[], object]
) -> None:
    """Do something once, just before and just after a file is replaced."""
    real = live_files.Swap

    def late(*words: Any) -> Any:
        monkeypatch.setattr(live_files, "Swap", real)
        before()
        found = real(*words)
        after()
        return found

    monkeypatch.setattr(live_files, "Swap", late)


class Late:
    """A program that has its file open while it is replaced, and writes then."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        place: Path,
        *also: Callable[[], object],
        change: tuple[str, str] = ("paused: false", "paused: late"),
    ):
        without_leases(monkeypatch)
        self.place = place
        self.also = also
        self.change = change
        at_swap(monkeypatch, self.write, self.open)

    def open(self) -> None:
        self.file = self.place.open("r+")

    def write(self) -> None:
        text = self.file.read().replace(*self.change)
        self.file.seek(0)
        self.file.truncate()
        self.file.write(text)
        self.file.close()
        for what in self.also:
            what()


def in_step(owner: Repo, app: Path) -> Any:
    assert synced(owner) == []
    found = yaml.safe_load((app / PATH).read_text())
    assert found == yaml.safe_load(rendered(owner))
    assert sorted(os.listdir(app / "flows")) == ["one.json", "one.toml", "wiki.yaml"]
    return found


def test_who_had_the_file_open_loses_nothing(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Late(monkeypatch, app / PATH)
    [file] = synced(owner)
    assert [item["pointer"] for item in file["captured"]] == ["/paused"]
    found = in_step(owner, app)
    assert (found["paused"], found["timeout"]) == ("late", 60)


def test_a_late_write_beside_another_one_is_taken_along(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Late(monkeypatch, app / PATH, lambda: swap(app / PATH, "queue: []", "queue: [new]"))
    [file] = synced(owner)
    assert {item["pointer"] for item in file["captured"]} == {"/paused", "/queue"}
    found = in_step(owner, app)
    assert (found["paused"], found["queue"], found["timeout"]) == ("late", ["new"], 60)


@pytest.mark.parametrize("text", ["queue: []", "queue: [new]"])
def test_killed_when_the_program_had_just_written(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """What it wrote is in the file that was taken out, and nowhere else."""

    def die() -> None:
        swap(app / PATH, "queue: []", text)
        raise Killed

    Late(monkeypatch, app / PATH, die)
    with pytest.raises(Killed):
        seedgit(owner, "sync")
    monkeypatch.undo()
    assert "paused: late" in left_behind(app)
    synced(owner)
    found = in_step(owner, app)
    assert found["paused"] == "late"
    assert found["queue"] == yaml.safe_load(text)["queue"]
    assert found["timeout"] == 60


def left_behind(app: Path) -> str:
    """What a sync that is dead by now has left beside a file."""
    [left] = (name for name in os.listdir(app / "flows") if TEMPORARY in name)
    dead = left.replace(f"{TEMPORARY}{os.getpid()}-", f"{TEMPORARY}{NOBODY}-")
    (app / "flows" / left).rename(app / "flows" / dead)
    return (app / "flows" / dead).read_text()


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        (("paused: false", "paused: late"), ("set", PATH, "/paused", "true"), "both changed it"),
        (("fetch\n    mode: live", "fetch\n    mode: late"), ("sync",), "is gone or in doubt"),
    ],
)
@pytest.mark.parametrize("also", ["nothing", "drift", "a later write"])
def test_killed_when_the_program_had_written_what_was_changed_elsewhere(
    owner: Repo,
    app: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, str],
    words: tuple[str, ...],
    told: str,
    also: str,
) -> None:
    """The file has the program's value, which a person has to decide about."""

    def die() -> None:
        if also == "a later write":
            swap(app / PATH, "queue: []", "queue: [new]")
        raise Killed

    synced(owner)
    if also == "drift":
        swap(app / PATH, "timeout: 60", "timeout: 45")
        synced(owner)
    if words == ("sync",):
        upgrade(owner, "  - id: fetch\n    mode: live\n", "")
    Late(monkeypatch, app / PATH, die, change=change)
    with pytest.raises(Killed):
        seedgit(owner, *words)
    monkeypatch.undo()
    assert change[1] in left_behind(app)
    said = seedgit(owner, "sync")
    assert "late" not in rendered(owner)
    if also == "a later write" and words == ("sync",):  # to the file that has no such item
        assert said.status == 0
        assert "late" not in (app / PATH).read_text()
    else:
        assert said.status == 1
        assert told in said.out
        assert change[1] in (app / PATH).read_text()


def test_a_write_to_the_file_of_a_seed_that_is_gone_stays(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Live.remove_live

    def late(*words: Any) -> None:
        swap(app / JSON, "false", "true")
        real(*words)

    monkeypatch.setattr(Live, "remove_live", late)
    owner("rm", "--quiet", JSON)
    files = synced(owner, status=1)
    assert [file["reason"] for file in files if file["path"] == JSON] == ["live-orphaned"]
    assert "true" in (app / JSON).read_text()


def test_more_files_than_are_kept_at_once(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD", 1)
    for path, value in ((PATH, "paused: false"), (JSON, "false"), (TOML, "false")):
        swap(app / path, value, value.replace("false", "true"))
    owner("rm", "--quiet", "--cached", ".seedgit.yaml")
    rules = (owner.path / ".seedgit.yaml").read_text()
    (owner.path / ".seedgit.yaml").write_text(rules + "# changed\n")
    assert len(synced(owner)) == 3
    assert SEED.replace("false", "true").replace("30", "60") == (app / PATH).read_text()


# -- without git: a file in memory -----------------------------------------------------------------

RULE = SeedRule(("**",), keys=(("/steps", "id"),))
BASE: Value = {"n": 1, "m": 1, "steps": [{"id": "a", "n": 1}, {"id": "b", "n": 1}]}
NEW: Value = {**BASE, "n": 2}
WITHOUT_A: Value = {**BASE, "steps": [{"id": "b", "n": 1}]}


def document(value: Value) -> Document:
    return Document.parse(json.dumps(value).encode(), "a.json")


class File:
    """A live file.

    writes  what a program puts there just before it is replaced, in turn
    lates   what another program puts into the old file then
    takes   seconds for a try to replace it
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, held: Value | bytes | None) -> None:
        self.data = held if held is None or isinstance(held, bytes) else document(held).data
        self.writes: list[Value] = []
        self.lates: list[Value | bytes] = []
        self.events: list[str] = []
        self.beside: list[bytes] = []
        self.now = self.takes = 0.0
        rule: Any = SimpleNamespace(rule=lambda _: RULE, repository=None)
        self.workspace: Workspace = rule
        monkeypatch.setattr(late_writes, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(late_writes, "read_live", lambda *_: self.data)
        monkeypatch.setattr(late_writes, "replace_live_at_once", self._replace)
        monkeypatch.setattr(late_writes, "left_beside", lambda *_: nullcontext(self.beside))

    def _replace(self, _: object, place: str, old: bytes | None, new: bytes) -> None:
        assert place == "place"
        self.now += self.takes
        if self.writes:
            self.data = document(self.writes.pop(0)).data
        if self.data != old:
            error = Changed("it was written meanwhile")
            late = self.lates.pop(0) if self.lates else None
            error.late = late if late is None or isinstance(late, bytes) else document(late).data
            raise error
        self.events.append("replaced")
        self.data = new

    def take(self, late: Value | bytes, base: Value = BASE, new: Value = NEW) -> Any:
        """What the file holds once a late write is taken along."""
        data = late if isinstance(late, bytes) else document(late).data
        met = partial(self.events.append, "met")
        take_along(self.workspace, "place", document(base), document(new), data, met)
        return self.value

    def move(self, base: Value = BASE, new: Value = NEW) -> bool:
        """Replace it while its program writes."""
        self.intended: list[bytes] = []
        words = document(base), document(new), self.intended.append
        return replace_moving(self.workspace, "place", *words)

    @property
    def value(self) -> Any:
        with contextlib.suppress(ValueError):
            return None if self.data is None else json.loads(self.data)
        return self.data


@pytest.mark.parametrize("now", [NEW, {**NEW, "m": 5}, {**NEW, "steps": []}])
def test_a_late_change_of_another_place_is_laid_over_what_is_there(
    monkeypatch: pytest.MonkeyPatch, now: dict[str, Value]
) -> None:
    file = File(monkeypatch, now)
    assert file.take({**BASE, "x": 9}) == {**now, "x": 9}
    assert file.events == ["replaced"]


def test_what_a_program_changed_in_the_new_file_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {**NEW, "m": 5, "x": 6}
    assert File(monkeypatch, now).take({**BASE, "m": 9, "x": 9, "y": 9}) == {**now, "y": 9}


def test_the_late_change_of_a_place_that_somebody_changed_is_for_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = {**BASE, "n": 9, "m": 9}
    file = File(monkeypatch, NEW)
    assert file.take(late) == late
    assert file.events == ["met", "replaced"]
    file = File(monkeypatch, {**NEW, "x": 5})
    assert file.take(late) == {**late, "x": 5}
    assert file.events == ["met", "replaced"]


def test_a_late_change_in_an_item_that_is_gone_reaches_no_other_item(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late: Value = {**BASE, "m": 9, "steps": [{"id": "a", "n": 9}, {"id": "b", "n": 1}]}
    file = File(monkeypatch, WITHOUT_A)
    assert file.take(late, new=WITHOUT_A) == late  # as the program wrote it
    assert file.events == ["met", "replaced"]
    now = {**WITHOUT_A, "x": 5}
    assert File(monkeypatch, now).take(late, new=WITHOUT_A) == {**now, "m": 9}


def test_what_was_removed_on_both_sides_takes_no_other_item_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = {**WITHOUT_A, "x": 5}
    file = File(monkeypatch, now)
    assert file.take({**WITHOUT_A, "m": 9}, new=WITHOUT_A) == {**now, "m": 9}


def test_a_late_write_to_a_file_that_is_gone_is_there_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = {**BASE, "m": 9}
    file = File(monkeypatch, None)
    assert file.take(late) == late
    assert file.events == ["replaced"]


def test_a_late_write_is_taken_along_while_the_program_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = File(monkeypatch, NEW)
    file.writes = [{**NEW, "y": count} for count in range(19)]
    assert file.take({**BASE, "x": 9}) == {**NEW, "x": 9, "y": 18}
    file = File(monkeypatch, NEW)
    file.writes = [{**NEW, "y": count} for count in range(21)]
    with pytest.raises(Changed):
        file.take({**BASE, "x": 9})
    assert file.value == {**NEW, "y": 19}


def test_a_late_write_beside_one_that_is_taken_along_is_taken_along_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = File(monkeypatch, NEW)
    file.writes = [{**NEW, "y": 1}, {**NEW, "y": 2}]
    file.lates = [{**NEW, "z": 1}, b"{", {**NEW, "z": 3}]
    assert file.take({**BASE, "x": 9}) == {**NEW, "x": 9, "y": 2, "z": 1}


def test_a_moving_file_takes_late_writes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(monkeypatch, {**BASE, "x": 9})
    file.writes = [{**BASE, "x": 9, "y": 1}]
    file.lates = [{**BASE, "x": 9, "z": 1}]
    assert file.move()
    assert file.value == {**NEW, "x": 9, "y": 1, "z": 1}


def test_half_of_a_file_is_no_late_write(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(monkeypatch, NEW)
    assert file.take(b'{"m": 9') == NEW
    broken = File(monkeypatch, b'{"n"')
    assert broken.take({**BASE, "m": 9}) == b'{"n"'
    assert file.events == broken.events == []


def test_a_moving_file_gets_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(monkeypatch, {**BASE, "m": 9})
    assert file.move()
    assert file.value == {**NEW, "m": 9}
    assert file.intended == [document({**BASE, "m": 9}).data]


def test_a_program_that_writes_twenty_times_has_the_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = File(monkeypatch, BASE)
    file.writes = [{**BASE, "m": count} for count in range(2, 21)]
    assert file.move()
    assert file.value == {**NEW, "m": 20}
    assert len(file.intended) == 20
    file = File(monkeypatch, BASE)
    file.writes = [{**BASE, "m": count} for count in range(2, 23)]
    assert not file.move()
    assert file.value == {**BASE, "m": 21}
    assert len(file.intended) == 20


@pytest.mark.parametrize(
    ("takes", "tries"), [(0.6, 1), (0.5, 2), (0.3, 2), (0.25, 3), (0.13, 4), (0.01, 20)]
)
def test_a_program_is_followed_for_half_a_second(
    monkeypatch: pytest.MonkeyPatch, takes: float, tries: int
) -> None:
    file = File(monkeypatch, BASE)
    file.takes = takes
    file.writes = [{**BASE, "m": count} for count in range(2, 32)]
    assert not file.move()
    assert len(file.intended) == tries
    file.writes = []
    assert file.move()  # it is tried once, however long that takes


@pytest.mark.parametrize(
    ("held", "new"),
    [
        ({**BASE, "n": 9}, NEW),
        ({**BASE, "m": 9, "n": 9}, NEW),
        ({**BASE, "steps": [{"id": "a", "n": 9}, {"id": "b", "n": 1}]}, WITHOUT_A),
        ([], NEW),
        (None, NEW),
    ],
)
def test_a_moving_file_is_left_where_both_changed_one_place(
    monkeypatch: pytest.MonkeyPatch, held: Value, new: Value
) -> None:
    file = File(monkeypatch, held)
    assert not file.move(new=new)
    assert (file.value, file.intended, file.events) == (held, [], [])


def test_a_moving_file_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(monkeypatch, b'{"n"')
    with pytest.raises(InputError):
        file.move()
    assert (file.intended, file.events) == ([], [])


@pytest.mark.parametrize("held", [{**NEW, "drift": 1}, {**NEW, "drift": 2}])
@pytest.mark.parametrize(
    ("beside", "told", "taken"),
    [
        ([], [], {}),
        ([NEW], ["not made"], {}),
        ([BASE], [], {}),
        ([{**BASE, "m": 9}], ["replaced"], {"m": 9}),
        ([{**BASE, "m": 9}, BASE, {**BASE, "k": 9}], ["replaced"] * 2, {"m": 9, "k": 9}),
        ([{**BASE, "n": 9}], ["not made", "replaced"], {"n": 9}),
    ],
)
def test_what_a_killed_sync_left_beside_a_file_is_taken_along(
    monkeypatch: pytest.MonkeyPatch,
    held: dict[str, Value],
    beside: list[Value],
    told: list[str],
    taken: dict[str, Value],
) -> None:
    """The file has drift, of which what was last in it, as the ledger knows it, has none."""
    put = {**NEW, "drift": 1}
    file = File(monkeypatch, held)
    file.beside = [document(put if each is NEW else each).data for each in beside]
    row = Row("a.json", old=digest(document(BASE).data), seen=digest(document(put).data))
    not_made = partial(file.events.append, "not made")
    recover(file.workspace, "place", row, document(BASE), document(NEW), not_made)
    kept = BASE if held == put and "n" in taken else held  # it gets back what the program wrote
    assert (file.events, file.value) == (told, {**kept, **taken})


def test_what_was_to_be_replaced_by_the_same_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(monkeypatch, BASE)
    same = digest(document(BASE).data)
    file.beside = [document(BASE).data]
    words = Row("a.json", old=same, seen=same), document(BASE), document(BASE)
    recover(file.workspace, "place", *words, lambda: pytest.fail("it was not made"))
    assert file.events == []
