"""Documents by the hashes of their bytes: which are kept, for how long, and which are encrypted."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from seedgit.git.writer import Live
from seedgit.operations.live_tree import contents as module
from seedgit.operations.live_tree.contents import SEALED, Contents, digest

OTHER = digest(b"other")


class Vault:
    """In place of the site's keys: what it seals is written backwards."""

    def seal(self, data: bytes) -> bytes:
        return SEALED + data[::-1]

    def open(self, data: bytes) -> bytes | None:
        return data.removeprefix(SEALED)[::-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "contents"


@pytest.fixture
def contents(folder: Path) -> Contents:
    nobody: Any = None
    return Contents(str(folder), Live(nobody))


def unlocked(contents: Contents) -> Contents:
    """With a key for secrets."""
    here: Any = object()
    contents.workspace = here
    vars(contents)["_vault"] = Vault()
    return contents


def test_what_was_kept_is_there_under_its_hash(contents: Contents, folder: Path) -> None:
    name = contents.keep(b"data")
    assert name == digest(b"data")
    assert contents.get(name) == b"data"
    assert os.listdir(folder) == [name]
    assert contents.get(OTHER) is None


def test_what_is_there_is_not_written_again(contents: Contents, folder: Path) -> None:
    place = folder / contents.keep(b"data")
    before = place.stat()
    assert contents.keep(b"data") == place.name
    assert place.stat().st_ino == before.st_ino


def test_what_is_damaged_counts_as_lost(contents: Contents, folder: Path) -> None:
    name = contents.keep(b"data")
    (folder / name).write_bytes(b"date")
    assert contents.get(name) is None
    (folder / name).write_bytes(b"")
    assert contents.get(name) is None


def test_a_flush_is_about_what_has_to_last_and_was_written_since(
    contents: Contents, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(module, "flush", flushed.extend)
    name = contents.keep(b"one")
    contents.keep(b"one")
    contents.keep(b"two", durable=False)
    contents.flush()
    assert flushed == [str(folder / name)]
    contents.flush()
    assert flushed == [str(folder / name)]


def test_what_a_rehearsal_only_says_it_keeps_is_not_flushed(
    contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(module, "flush", flushed.extend)
    monkeypatch.setattr(Live, "keep", lambda *_, **__: None)
    contents.keep(b"one")
    contents.flush()
    assert flushed == []


def test_a_document_with_a_secret_is_kept_encrypted(contents: Contents, folder: Path) -> None:
    plain = contents.keep(b"data")
    assert not contents.sealed(plain)
    name = unlocked(contents).keep(b"data", secret=True)  # it was plain before
    assert name == plain
    assert contents.sealed(name)
    assert b"data" not in (folder / name).read_bytes()
    assert contents.get(name) == b"data"
    before = (folder / name).stat().st_ino
    assert contents.keep(b"data", secret=True) == contents.keep(b"data") == name
    assert (folder / name).stat().st_ino == before
    assert contents.sealed(name)
    assert not contents.sealed(OTHER)


def test_without_a_workspace_there_is_no_key(contents: Contents) -> None:
    name = unlocked(contents).keep(b"data", secret=True)
    contents.workspace = None
    assert contents.get(name) is None


def test_only_what_is_named_stays(contents: Contents, folder: Path) -> None:
    contents.keep_only([])  # there is no folder yet
    one, two = contents.keep(b"one"), contents.keep(b"two")
    contents.keep_only({one})
    assert os.listdir(folder) == [one]
    contents.keep_only({two})
    assert os.listdir(folder) == []


def test_what_is_young_stays_too(contents: Contents, folder: Path) -> None:
    names = [contents.keep(data) for data in (b"old", b"young", b"named")]
    now = time.time()
    for name, age in zip(names, (70, 50, 70), strict=True):
        os.utime(folder / name, (now - age, now - age))
    contents.keep_only({names[2]}, young=60)
    assert sorted(os.listdir(folder)) == sorted(names[1:])
