"""What something costs: the processes of git it starts, the blobs it reads, the texts it parses."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from seedgit.formats.document import Document
from seedgit.git.objects import BLOB, COMMIT, TREE, Objects


def command_of(words: Sequence[str | bytes]) -> str:
    """The command of git in its words, as `os.posix_spawnp` gets them."""
    rest = iter(map(os.fsdecode, words[1:]))
    for word in rest:
        if word in ("-C", "-c"):
            next(rest)
        elif not word.startswith("-"):
            return word
    return ""


class Counted:
    """Counts from the last `clear` on.

    git     the commands of git that were started, in order
    blobs   how many were read; parsed: how many documents were; rows: how many texts of JSON were
    trees   the ids of the commits and trees that were read, in order
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.git: list[str] = []
        self.trees: list[str] = []
        self.blobs = self.parsed = self.rows = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted()
    start, load, parse, loads = os.posix_spawnp, Objects.load, Document.parse, json.loads

    def started(name: str, words: Any, *more: Any, **options: Any) -> int:
        found.git.append(command_of(words))
        return start(name, words, *more, **options)

    def loaded(self: Objects, id: str) -> tuple[int, bytes]:
        kind, data = load(self, id)
        found.blobs += kind == BLOB
        found.trees += [id] if kind in (COMMIT, TREE) else []
        return kind, data

    def parsed(data: bytes, path: str) -> Document:
        found.parsed += 1
        return parse(data, path)

    def decoded(*arguments: Any, **options: Any) -> Any:
        found.rows += 1
        return loads(*arguments, **options)

    monkeypatch.setattr(os, "posix_spawnp", started)
    monkeypatch.setattr(Objects, "load", loaded)
    monkeypatch.setattr(Document, "parse", parsed)
    monkeypatch.setattr(json, "loads", decoded)
    return found


def running() -> set[int]:
    """The processes that this one has started and that have not ended: proc(5)."""
    found = (file.read_text().split() for file in Path("/proc/self/task").glob("*/children"))
    return {int(process) for some in found for process in some}
