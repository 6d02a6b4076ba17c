"""What the files in place are known to hold, and which version of the seed git sees in each.

A line of JSON for each content that seedgit put into a file, or found in it; the last one of a path
is what is in the file. The notes are a memory: without them, a file is read as the staged seed's.
Nothing is lost with them, so they are not flushed to the disk.
"""

from __future__ import annotations

import json
import os

from seedgit.files.safe import open_regular
from seedgit.git.writer import Writer
from seedgit.named_tuple import NamedTuple
from seedgit.operations.live_tree.ledger import Ledger, json_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_NAME: Final = "notes"
_LOCK: Final = "notes-lock"
KEPT: Final = 4  # notes of a path that are kept
_SLACK: Final = 200  # lines


class Noted(NamedTuple):
    """One content of a file.

    live  its hash
    seed  the blob of the seed that git sees in it
    kept  the hash of that seed, if git does not have it; "" if it does
    key   names what the content was made of; RAW: it is what git has, with nothing laid over it
    """

    path: str
    live: str
    seed: str
    kept: str
    key: str


RAW: Final = "raw"


class Notes:
    """The notes of one worktree, beside the ledger. They follow what other processes write."""

    def __init__(self, ledger: Ledger, writer: Writer) -> None:
        self._place = os.path.join(ledger.folder, _NAME)
        self._lock = os.path.join(ledger.folder, _LOCK)
        self._writer = writer
        self._seen: tuple[int, ...] = ()
        self._size = 0
        self._lines = 0
        self._notes: dict[str, list[Noted]] = {}

    def of(self, path: str) -> list[Noted]:
        """The notes of a path, the newest last."""
        self._refresh()
        return self._notes.get(path, [])

    def add(self, *notes: Noted) -> None:
        """Note what is about to be in files. Raises OSError."""
        text = "".join(json.dumps(list(note)) + "\n" for note in notes)
        with self._writer.alone(self._lock):
            self._writer.append(self._place, text.encode(), durable=False)

    def contents(self) -> set[str]:
        """The hashes of the documents that the notes need."""
        self._refresh()
        return {name for notes in self._notes.values() for n in notes for name in (n.live, n.kept)}

    @property
    def long(self) -> bool:
        """Whether most of them are replaced by newer ones."""
        return self._lines > KEPT * len(self._notes) + _SLACK

    def tidy(self) -> None:
        """Drop the notes that newer ones have replaced."""
        with self._writer.alone(self._lock):
            self._refresh()
            if not self.long:
                return
            kept = [note for notes in self._notes.values() for note in notes[-KEPT:]]
            text = "".join(json.dumps(list(note)) + "\n" for note in kept)
            self._writer.keep(self._place, text.encode(), durable=False)

    def _refresh(self) -> None:
        try:
            found = os.stat(self._place)
        except FileNotFoundError:
            return
        seen = found.st_ino, found.st_size
        if seen == self._seen:
            return
        if self._seen[:1] != seen[:1] or seen[1] < self._size:
            self._size, self._lines, self._notes = 0, 0, {}
        with open(open_regular(self._place), "rb") as file:
            file.seek(self._size)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        for fields in json_lines(data[:whole].decode("utf-8", "replace")):
            self._read(fields)
        self._size += whole
        self._seen = seen

    def _read(self, fields: Any) -> None:
        whole = isinstance(fields, list) and len(fields) == len(Noted._fields)
        if whole and all(isinstance(field, str) for field in fields):
            self._lines += 1
            note = Noted(*fields)
            self._notes.setdefault(note.path, []).append(note)
