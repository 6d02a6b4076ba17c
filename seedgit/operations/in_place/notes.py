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
    from collections.abc import Sequence
    from typing import Any, Final

_NAME: Final = "notes"
_LOCK: Final = "notes-lock"
KEPT: Final = 4  # notes of a path that are kept
_SLACK: Final = 200  # lines; each checkout adds one for a file, and not each has to tidy


class Noted(NamedTuple):
    """One content of a file.

    live  its hash
    seed  the blob of the seed that git sees in it
    kept  the hash of that seed, if git does not have it; "" if it does
    key   names what the content was made of; RAW: it is what git has, with nothing laid over it;
          with ABOUT before it: the content was about to be put into the file
    """

    path: str
    live: str
    seed: str
    kept: str
    key: str

    @property
    def about(self) -> bool:
        """Whether the next note tells if that was done. Without one, nobody knows."""
        return self.key.startswith(ABOUT)


RAW: Final = "raw"
ABOUT: Final = "about "
_NEXT: Final = b'", "'  # between two fields: within a string, a backslash is before a quote
_TYPES: Final = [str] * len(Noted._fields)


class Notes:
    """The notes of one worktree, beside the ledger. They follow what other processes write."""

    def __init__(self, ledger: Ledger, writer: Writer) -> None:
        self._place = os.path.join(ledger.folder, _NAME)
        self._lock = os.path.join(ledger.folder, _LOCK)
        self._writer = writer
        self._seen: tuple[int, ...] = ()
        self._size = 0
        self._lines = 0
        self._notes: dict[bytes, list[Noted]] = {}  # by how their lines begin
        self._unread: dict[bytes, list[bytes]] = {}  # lines; git mostly asks for few files

    def of(self, path: str) -> list[Noted]:
        """The notes of a path, the newest last."""
        self._refresh()
        return self._of(_begins(path))

    def _of(self, begins: bytes) -> list[Noted]:
        lines = self._unread.pop(begins, None)
        if lines is not None:
            text = b"\n".join(lines).decode("utf-8", "replace")
            found = [Noted(*fields) for fields in json_lines(text) if _is_note(fields)]
            self._notes.setdefault(begins, []).extend(found)
        return self._notes.get(begins, [])

    def _all(self) -> list[list[Noted]]:
        self._refresh()
        return [self._of(begins) for begins in {**self._notes, **self._unread}]

    def add(self, *notes: Noted) -> None:
        """Note what is about to be in files. Raises OSError."""
        data = "".join(json.dumps(list(note)) + "\n" for note in notes).encode()
        with self._writer.alone(self._lock):
            self._refresh()
            self._writer.append(self._place, data, durable=False)
            self._added(notes, len(data))

    def _added(self, notes: Sequence[Noted], size: int) -> None:
        """Take over what was just added, if that is all that came: it need not be read back."""
        before, (node, now) = self._size, self._marks()
        if self._seen in ((), (node, before)) and now - before == size + 1:  # after a line feed
            self._size, self._seen = now, (node, now)
            self._lines += len(notes)
            for note in notes:
                begins = _begins(note.path)
                self._notes[begins] = [*self._of(begins), note]

    def contents(self) -> set[str]:
        """The hashes of the documents that the notes need."""
        return {name for notes in self._all() for n in notes for name in (n.live, n.kept)}

    @property
    def long(self) -> bool:
        """Whether at least half of them are replaced by newer ones."""
        return self._lines > 2 * KEPT * len(self._notes.keys() | self._unread.keys()) + _SLACK

    def tidy(self) -> None:
        """Drop the notes that newer ones have replaced."""
        with self._writer.alone(self._lock):
            self._refresh()
            if not self.long:
                return
            kept = [note for notes in self._all() for note in _lasting(notes)[-KEPT:]]
            text = "".join(json.dumps(list(note)) + "\n" for note in kept)
            self._writer.keep(self._place, text.encode(), durable=False)

    def _marks(self) -> tuple[int, int]:
        """Which file it is, and its size in bytes; zeros where there is none."""
        try:
            found = os.stat(self._place)
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_size

    def _refresh(self) -> None:
        seen = self._marks()
        if seen in (self._seen, (0, 0)):
            return
        if self._seen[:1] != seen[:1] or seen[1] < self._size:
            self._size, self._lines, self._notes, self._unread = 0, 0, {}, {}
        with open(open_regular(self._place), "rb") as file:
            file.seek(self._size)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        for line in data[:whole].split(b"\n"):
            if line:
                self._lines += 1
                self._unread.setdefault(line.partition(_NEXT)[0], []).append(line)
        self._size += whole
        self._seen = seen


def _lasting(notes: list[Noted]) -> list[Noted]:
    return [note for note in notes if not note.about or note is notes[-1]]


def _begins(path: str) -> bytes:
    """How the lines of a path begin, up to where the path ends."""
    return b"[" + json.dumps(path).encode()[:-1]


def _is_note(fields: Any) -> bool:
    return isinstance(fields, list) and [*map(type, fields)] == _TYPES
