"""A file that two programs write at once: the one that is replaced loses nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedgit.errors import InputError
from seedgit.files import contested
from seedgit.files.contested import Swap, replace_unchanged
from tests.intruder import Intruder, without_leases


@pytest.fixture
def place(tmp_path: Path) -> Path:
    file = tmp_path / "app" / "file"
    file.parent.mkdir()
    file.write_text("old")
    return file


@pytest.fixture
def folder(place: Path) -> Iterator[int]:
    file = os.open(place.parent, os.O_RDONLY)
    yield file
    os.close(file)


@pytest.fixture(params=["leases", "no leases"])
def leases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "no leases":
        without_leases(monkeypatch)
    return str(request.param)


def replaced(folder: int) -> bool:
    return replace_unchanged("file", b"old", b"new", folder=folder)


def test_a_file_is_replaced(place: Path, folder: int, leases: str) -> None:
    assert replaced(folder)
    assert place.read_text() == "new"
    assert os.listdir(folder) == ["file"]


def test_what_was_written_before_is_never_out_of_place(
    place: Path, folder: int, leases: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that reads its file again finds what it wrote, at any moment."""
    monkeypatch.setattr(contested, "exchange", None)
    place.write_text("written")
    assert not replaced(folder)
    assert place.read_text() == "written"


@pytest.mark.parametrize("how", ["in place", "by rename"])
def test_what_is_written_while_the_files_are_swapped_stays(
    place: Path, folder: int, leases: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Intruder(monkeypatch, place, ["written"], how)
    assert not replaced(folder)
    program.end()
    assert place.read_text() == "written"
    assert os.listdir(folder) == ["file"]


def test_who_begins_to_write_just_before_the_swap_waits_for_the_end_of_it(
    place: Path, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has found the old file, which is in place again before it goes on."""
    program = Intruder(monkeypatch, place, ["written"], "in place")
    with Swap("file", b"old", b"new", folder, "file") as swap:
        assert not swap.made
        assert place.read_bytes() in (b"old", b"", b"written")
    program.end()
    assert place.read_text() == "written"


@pytest.mark.parametrize("system", ["exchange", "link"])
def test_who_had_the_old_file_open_is_found_later(
    place: Path, folder: int, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if system == "link":
        monkeypatch.setattr(contested, "_exchanged", lambda *_: False)
    without_leases(monkeypatch)
    with place.open("r+") as program:
        swap = Swap("file", b"old", b"new", folder, "file")
        assert swap.made
        program.write("late")
        program.flush()
        assert not swap.still()
        assert swap.late is None
        swap.close()
    assert place.read_text() == "late"


def test_a_late_write_beside_one_to_the_new_file_is_handed_on(
    place: Path, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_leases(monkeypatch)
    with place.open("r+") as program, Swap("file", b"old", b"new", folder, "file") as swap:
        place.write_text("newer")
        program.write("late")
        program.flush()
        assert not swap.still()
        found = {place.read_bytes(), swap.late}
    assert found == {b"newer", b"late"}


def test_while_a_swap_is_open_nobody_writes_to_the_old_file(
    place: Path, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Swap("file", b"old", b"new", folder, "file") as swap:
        [aside] = (name for name in os.listdir(folder) if name != "file")
        with pytest.raises(BlockingIOError):
            os.open(aside, os.O_WRONLY | os.O_NONBLOCK, dir_fd=folder)
        assert not swap.still()
        assert place.read_text() == "old"


def test_mode_owner_and_attributes_stay(place: Path, folder: int, leases: str) -> None:
    place.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(place, 12, 34)
    try:
        os.setxattr(place, "user.comment", b"mine")
    except (OSError, AttributeError):
        pytest.skip("no extended attributes here")
    before = place.stat()
    assert replaced(folder)
    after = place.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert os.getxattr(place, "user.comment") == b"mine"


def test_a_failure_leaves_the_old_file(
    place: Path, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replaced(folder)
    assert place.read_text() == "old"
    assert os.listdir(folder) == ["file"]


def test_a_link_that_comes_between_stays(
    place: Path, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = contested.exchange

    def linked(one: str, other: str, folder: int) -> None:
        monkeypatch.setattr(contested, "exchange", exchange)
        place.unlink()
        place.symlink_to("elsewhere")
        exchange(one, other, folder)

    monkeypatch.setattr(contested, "exchange", linked)
    with pytest.raises(InputError, match="symbolic link"):
        replaced(folder)
    assert place.is_symlink()
    assert os.listdir(folder) == ["file"]
