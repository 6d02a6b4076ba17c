"""What doctor says of live trees, and what --fix does."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from seedgit import codes
from tests.conftest import Repo
from tests.operations.audit.examined import (
    SEEN,
    fix,
    of,
    provokes,
    wrong,
)
from tests.site import FLOW, PATH, seedgit


@pytest.fixture
def app(site: Repo) -> Path:
    """The folder of a program, a live tree."""
    place = site.path.parent / "app"
    assert seedgit(site, "live", str(place)).status == 0
    return place


def ledger_of(site: Repo) -> Path:
    [folder] = (site.path / ".git" / "seedgit" / "live").iterdir()
    return folder


def long_ago(*places: Path) -> None:
    """Nothing has been changed for an hour."""
    hour = time.time() - 3600
    for place in places:
        for file in [place, *place.rglob("*")]:
            os.utime(file, (hour, hour))


@provokes(codes.LIVE_TREE)
def test_a_live_tree_that_is_as_it_should_be(site: Repo, app: Path) -> None:
    assert of(site, codes.LIVE_TREE).detail == f"{app}: 1 file"
    assert wrong(site) == set()


@provokes(codes.LIVE_SETTING)
@pytest.mark.parametrize(("name", "value"), [("map", "x"), ("pattern", "flows/[a")])
def test_settings_of_a_live_tree_that_mean_nothing(
    site: Repo, app: Path, name: str, value: str
) -> None:
    site("config", f"seedgit-live.{app}.{name}", value)
    assert f"git config seedgit-live.{app}" in of(site, codes.LIVE_SETTING).detail
    said = seedgit(site, "status")
    assert said.status == 0
    assert "problem: live trees: " in said.out
    assert fix(site) == {}
    site("config", "--unset-all", f"seedgit-live.{app}.{name}")
    assert wrong(site) == set()


@provokes(codes.LIVE_MISSING)
def test_a_folder_that_is_gone(site: Repo, app: Path) -> None:
    shutil.rmtree(app)
    assert f"seedgit live --undo {app}" in of(site, codes.LIVE_MISSING).remedy
    assert fix(site) == {f"live tree {app}": "updated"}
    assert (app / PATH).read_text() == FLOW
    assert wrong(site) == set()


@provokes(codes.LIVE_NOT_WRITABLE)
def test_a_folder_that_nobody_can_write(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = app / "flows"
    may = os.access
    monkeypatch.setattr(os, "access", lambda at, mode: at != folder and may(at, mode))
    assert f"ls -ld {folder}" in of(site, codes.LIVE_NOT_WRITABLE).remedy
    monkeypatch.undo()
    shutil.rmtree(folder)
    folder.write_text("no folder")
    assert "is no folder" in of(site, codes.LIVE_NOT_WRITABLE).detail
    fix(site)
    assert folder.read_text() == "no folder"


@provokes(codes.LIVE_TRACKED)
def test_a_folder_of_the_working_tree_that_git_no_longer_ignores(site: Repo) -> None:
    exclude = site.path / ".git" / "info" / "exclude"
    exclude.write_text("/run/\n")
    assert seedgit(site, "live", "run").status == 0
    assert wrong(site) == set()
    exclude.write_text("")
    subprocess.run(["sh", "-ec", of(site, codes.LIVE_TRACKED).remedy], check=True)
    assert wrong(site) == set()
    site("add", "--force", "run")
    remedy = of(site, codes.LIVE_TRACKED).remedy
    assert remedy.startswith("git rm -r --cached run,")
    site("rm", "--quiet", "-r", "--cached", "run")
    assert wrong(site) == set()


@provokes(codes.LIVE_COMMAND_MISSING)
@pytest.mark.parametrize(
    ("command", "there"),
    [
        ("no-such-program reload", False),
        ("./no-such-program", False),
        ("A=1 no-such-program", False),
        ("cat > /dev/null", True),
        ("LANG=C cat", True),
        ("cd / && true", True),
        ("$PROGRAM reload", True),
        ("it's not closed", True),
    ],
)
def test_a_command_that_no_shell_finds(site: Repo, app: Path, command: str, there: bool) -> None:
    site("config", f"seedgit-live.{app}.exec", command)
    assert wrong(site) == (set() if there else {codes.LIVE_COMMAND_MISSING})
    if there:
        SEEN.add(codes.LIVE_COMMAND_MISSING)


@provokes(codes.LIVE_LEDGER_DAMAGED)
def test_a_ledger_with_lines_that_are_none(site: Repo, app: Path) -> None:
    rows = ledger_of(site) / "rows"
    rows.write_bytes(rows.read_bytes() + b'["flows/wi')
    assert wrong(site) == set()  # a crash cut it
    rows.write_bytes(rows.read_bytes() + b"\n\0\0\0\n")
    assert of(site, codes.LIVE_LEDGER_DAMAGED).remedy == "seedgit doctor --fix"
    assert fix(site) == {f"ledger of {app}": "updated"}
    assert wrong(site) == set()


@provokes(codes.LIVE_LEDGER_DAMAGED)
def test_a_ledger_that_has_lost_a_document(site: Repo, app: Path) -> None:
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    [document] = (ledger_of(site) / "contents").iterdir()
    document.write_text("damaged")
    assert PATH in of(site, codes.LIVE_LEDGER_DAMAGED).detail
    text = (app / PATH).read_text()
    assert fix(site)[f"ledger of {app}"] == "updated"
    assert wrong(site) == set()
    assert (app / PATH).read_text() == text
    assert document.read_text() == text


@provokes(codes.LIVE_LEDGER_DAMAGED)
def test_a_ledger_that_is_no_file_is_left(site: Repo, app: Path) -> None:
    rows = ledger_of(site) / "rows"
    rows.unlink()
    rows.mkdir()
    assert "ls -ld" in of(site, codes.LIVE_LEDGER_DAMAGED).remedy
    assert set(fix(site).values()) == {"left"}
    assert rows.is_dir()


@provokes(codes.LIVE_OUT_OF_STEP)
def test_a_live_tree_that_nobody_syncs(site: Repo, app: Path) -> None:
    (app / PATH).write_text(FLOW.replace("paused: false", "paused: true"))
    assert wrong(site) == set()
    long_ago(app, site.path)
    assert str(app / PATH) in of(site, codes.LIVE_OUT_OF_STEP).detail
    assert fix(site) == {f"live tree {app}": "updated"}
    assert "paused: true" in seedgit(site, "render", PATH).out
    long_ago(app, site.path)
    assert wrong(site) == set()


@provokes(codes.LIVE_UNREADABLE)
def test_a_live_file_that_does_not_parse_for_long(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / PATH).write_text("{")
    assert seedgit(site, "sync").status == 1
    assert wrong(site) == set()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 700)
    assert str(app / PATH) in of(site, codes.LIVE_UNREADABLE).detail
    assert "move it away" in of(site, codes.LIVE_UNREADABLE).remedy
    fix(site)
    assert (app / PATH).read_text() == "{"


def test_a_hook_that_is_missing_keeps_live_trees_behind(site: Repo, app: Path) -> None:
    (site.path / ".git" / "hooks" / "post-merge").unlink()
    assert "live trees do not follow" in of(site, codes.HOOK_MISSING).detail
    assert fix(site) == {"hook post-merge": "created"}


def test_in_dry_run_no_live_file_is_mended(site: Repo, app: Path) -> None:
    assert seedgit(site, "mode", "dry-run").status == 0
    shutil.rmtree(app)
    rows = ledger_of(site) / "rows"
    rows.write_bytes(before := rows.read_bytes() + b"\0\n")
    assert fix(site) == {f"ledger of {app}": "updated", f"live tree {app}": "updated"}
    assert not app.exists()
    assert rows.read_bytes() == before


def test_a_ledger_that_nothing_was_written_to_is_not_damaged(site: Repo, app: Path) -> None:
    (ledger_of(site) / "rows").unlink()
    assert codes.LIVE_LEDGER_DAMAGED not in wrong(site)
    assert seedgit(site, "sync").status == 0
    assert wrong(site) == set()
