"""What something costs: the processes of git it starts, the blobs it reads, the texts it parses."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from seedgit.formats.document import Document
from seedgit.git.objects import BLOB, COMMIT, TREE, Objects


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
    start, load, parse, loads = subprocess.Popen.__init__, Objects.load, Document.parse, json.loads

    def started(self: Any, words: Any, *more: Any, **options: Any) -> None:
        if words[0] in (b"git", "git"):
            names = [word.decode() for word in words[1:] if isinstance(word, bytes)]
            found.git.append(next((n for n in names if not n.startswith("-") and "=" not in n), ""))
        start(self, words, *more, **options)

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

    monkeypatch.setattr(subprocess.Popen, "__init__", started)
    monkeypatch.setattr(Objects, "load", loaded)
    monkeypatch.setattr(Document, "parse", parsed)
    monkeypatch.setattr(json, "loads", decoded)
    return found
