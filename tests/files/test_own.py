"""Files of seedgit's own: they are made for their owner alone, and mended where they are not."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.errors import InputError
from seedgit.files.own import alone, append


def mode_of(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


def hold(place: Path) -> None:
    with alone(str(place)):
        pass


def add(place: Path) -> None:
    append(str(place), b"line\n", durable=False)


BOTH = pytest.mark.parametrize("use", [hold, add])


@BOTH
def test_a_file_is_made_for_its_owner_alone(use: Callable[[Path], None], tmp_path: Path) -> None:
    place = tmp_path / "folder" / "file"
    use(place)
    assert (mode_of(place), mode_of(place.parent)) == (0o600, 0o700)
    place.chmod(0o644)
    use(place)
    assert mode_of(place) == 0o600


@BOTH
def test_in_a_clone_that_a_group_shares_the_group_may_use_it(
    use: Callable[[Path], None], tmp_path: Path
) -> None:
    tmp_path.chmod(0o2775)
    place = tmp_path / "folder" / "file"
    place.parent.mkdir()
    use(place)
    use(place)
    assert mode_of(place) == 0o660


@BOTH
def test_nothing_else_is_opened_in_its_place(use: Callable[[Path], None], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("text")
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(elsewhere)
    (folder / "directory").mkdir()
    for name in ("pipe", "link", "directory"):
        with pytest.raises(InputError, match="not a regular file"):
            use(folder / name)
    assert elsewhere.read_text() == "text"


def test_each_addition_begins_its_line(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("cut")
    append(str(place), b"one\ntwo\n", durable=True)
    assert place.read_text() == "cut\none\ntwo\n"


def test_what_the_system_writes_in_parts_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:3]))
    append(str(tmp_path / "file"), b"a long line\n", durable=False)
    assert (tmp_path / "file").read_text() == "\na long line\n"


def test_a_full_disk_is_told_with_the_name_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError) as raised:
        append(str(tmp_path / "file"), b"line\n", durable=False)
    assert raised.value.filename == str(tmp_path / "file")
    assert len(os.listdir("/proc/self/fd")) == before  # it is closed all the same
