"""What a program writes to a file that sync has just replaced is taken along."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from seedgit.files.safe import TEMPORARY
from seedgit.git import live_files
from seedgit.git.writer import Live
from seedgit.operations import sync as module
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

    def __init__(self, monkeypatch: pytest.MonkeyPatch, place: Path, *also: Callable[[], object]):
        without_leases(monkeypatch)
        self.place = place
        self.also = also
        at_swap(monkeypatch, self.write, self.open)

    def open(self) -> None:
        self.file = self.place.open("r+")

    def write(self) -> None:
        text = self.file.read().replace("paused: false", "paused: late")
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
    [left] = (name for name in os.listdir(app / "flows") if TEMPORARY in name)
    assert "paused: late" in (app / "flows" / left).read_text()
    dead = left.replace(f"{TEMPORARY}{os.getpid()}-", f"{TEMPORARY}{NOBODY}-")
    (app / "flows" / left).rename(app / "flows" / dead)
    synced(owner)
    found = in_step(owner, app)
    assert found["paused"] == "late"
    assert found["queue"] == yaml.safe_load(text)["queue"]
    assert found["timeout"] == 60


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
