"""Files reach the disk: few one by one, many all at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from seedgit.files import flush as module
from seedgit.files.flush import FEW, flush


class Flushed:
    """What was flushed: the names of files, and how often a whole file system was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.files: list[str] = []
        self.systems = 0
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(module, "_syncfs", lambda: self.syncfs)

    def fsync(self, file: int) -> None:
        self.files.append(Path(f"/proc/self/fd/{file}").readlink().name)

    def syncfs(self, file: int) -> None:
        self.systems += 1


def made(folder: Path, count: int) -> list[str]:
    names = [str(folder / str(number)) for number in range(count)]
    for name in names:
        Path(name).touch()
    return names


def test_few_or_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = Flushed(monkeypatch)
    names = made(tmp_path, FEW + 1)
    flush([])
    flush(names[1:])
    assert (flushed.files, flushed.systems) == ([str(n) for n in range(1, FEW + 1)], 0)
    flush(names)
    assert (len(flushed.files), flushed.systems) == (FEW, 1)


def test_a_system_without_syncfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = Flushed(monkeypatch)
    monkeypatch.setattr(module, "_syncfs", lambda: None)
    flush(made(tmp_path, FEW + 1))
    assert len(flushed.files) == FEW + 1


def test_what_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = made(tmp_path, FEW + 1)
    flush(names)  # as it is on this machine
    with pytest.raises(FileNotFoundError):
        flush([str(tmp_path / "none")])

    class Library:
        def __init__(self, *_: Any, **__: Any) -> None:
            self.syncfs = lambda file: -1

    monkeypatch.setattr("ctypes.CDLL", Library)
    monkeypatch.setattr("ctypes.get_errno", lambda: 5)
    with pytest.raises(OSError, match="Input/output error"):
        flush(names)
