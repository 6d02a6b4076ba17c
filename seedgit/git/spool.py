"""The spool: what programs wrote to files in place, until it is captured.

One file for each time that a clean filter took something away, in the common git directory: a
removed worktree loses nothing. Only its owner can read it: effective values never become git
objects. Each has one line of JSON, then what was last in the file, then what a program made of it.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from seedgit.files.safe import read_regular

if TYPE_CHECKING:
    from seedgit.git.repository import Repository

FOLDER: Final = "spool"
_SUFFIX: Final = ".entry"


class Spooled(NamedTuple):
    """One thing that a program wrote.

    name  of the file in the spool; they sort by time
    path  of the seed
    seed  the blob of the seed in what was last in the file
    last  what was last in the file
    live  what the program made of it
    at    when, in seconds since 1970
    """

    name: str
    path: str
    seed: str
    last: bytes
    live: bytes

    @property
    def at(self) -> float:
        return int(self.name.partition("-")[0]) / 1e9


class Spool:
    """The spool of a clone."""

    def __init__(self, repository: Repository) -> None:
        self.folder = repository.common_dir / "seedgit" / FOLDER
        self._read: dict[str, Spooled | None] = {}
        self._numbers = itertools.count()
        self._writer = repository.writer
        self._rehearsed: dict[str, bool] = {}  # what a rehearsal has put in, or dropped

    def names(self) -> list[str]:
        """The names of all entries, the oldest first."""
        found: set[str] = set()
        with suppress(FileNotFoundError):
            found.update(name for name in os.listdir(self.folder) if name.endswith(_SUFFIX))
        found |= {name for name, there in self._rehearsed.items() if there}
        return sorted(name for name in found if self._rehearsed.get(name, True))

    def entries(self) -> list[Spooled]:
        """Every entry that can be read, the oldest first."""
        return [entry for name in self.names() if (entry := self._entry(name)) is not None]

    def of(self, path: str) -> list[Spooled]:
        """As `entries`, of one seed."""
        return [entry for entry in self.entries() if entry.path == path]

    def put(self, path: str, seed: str, last: bytes, live: bytes) -> Spooled:
        """Add an entry. It is on the disk when this returns. Raises OSError."""
        name = f"{time.time_ns():020}-{os.getpid()}-{next(self._numbers)}{_SUFFIX}"
        return self._write(Spooled(name, path, seed, last, live))

    def keep(self, entry: Spooled, last: bytes) -> None:
        """Keep an entry, as a change of something else: the rest of it was captured."""
        self._write(entry._replace(last=last))

    def _write(self, entry: Spooled) -> Spooled:
        about: dict[str, str | int] = {"path": entry.path, "seed": entry.seed}
        about |= {"last": len(entry.last), "live": len(entry.live)}
        data = json.dumps(about).encode() + b"\n" + entry.last + entry.live
        self._writer.keep(self.folder / entry.name, data)
        self._read[entry.name] = entry
        if not (self.folder / entry.name).exists():
            self._rehearsed[entry.name] = True
        return entry

    def drop(self, entry: Spooled) -> None:
        """Take an entry out."""
        self._writer.drop(self.folder / entry.name)
        if entry.name in self._rehearsed or (self.folder / entry.name).exists():
            self._rehearsed[entry.name] = False

    def _entry(self, name: str) -> Spooled | None:
        if name not in self._read:
            self._read[name] = self._parsed(name)
        return self._read[name]

    def _parsed(self, name: str) -> Spooled | None:
        """An entry; None where it is gone or damaged."""
        try:
            head, _, rest = read_regular(str(self.folder / name)).partition(b"\n")
            about = json.loads(head)
            path, seed = str(about["path"]), str(about["seed"])
            middle, end = int(about["last"]), int(about["last"]) + int(about["live"])
        except (OSError, ValueError, LookupError, TypeError):
            return None
        whole = len(rest) == end and middle >= 0
        return Spooled(name, path, seed, rest[:middle], rest[middle:]) if whole else None
