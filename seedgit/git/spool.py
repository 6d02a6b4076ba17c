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
from bisect import insort
from contextlib import contextmanager, suppress

from seedgit.errors import Refused
from seedgit.files.safe import TICK, left_behind, read_regular
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Final

    from seedgit.git.repository import Repository

FOLDER: Final = "spool"
_SUFFIX: Final = ".entry"
_LOCK: Final = "spool-lock"  # both are beside the spool
_INTENT: Final = "spool-intent"
_PATIENCE: Final = 30.0  # seconds to wait for whoever drains it


class Spooled(NamedTuple):
    """One thing that a program wrote.

    name  of the file in the spool; they sort by time
    path  of the seed
    seed  the blob of the seed in what was last in the file
    last  what was last in the file
    live  what the program made of it
    tree  the git directory of the working tree that has the file
    at    when, in seconds since 1970
    """

    name: str
    path: str
    seed: str
    last: bytes
    live: bytes
    tree: str

    @property
    def at(self) -> float:
        return int(self.name.partition("-")[0]) / 1e9


def _name_of(entry: Spooled) -> str:
    return entry.name


class Spool:
    """The spool of a clone."""

    def __init__(self, repository: Repository) -> None:
        self.folder = repository.common_dir / "seedgit" / FOLDER
        self._read: dict[str, Spooled | None] = {}
        self._numbers = itertools.count()
        self._intent = self.folder.with_name(_INTENT)
        self._writer = repository.writer
        self._tree = repository.at.git_dir
        self._rehearsed: dict[str, bool] = {}  # what a rehearsal has put in, or dropped
        self._listed: set[str] = set()  # what was in the folder, and of which path that is
        self._by_path: dict[str, list[Spooled]] = {}
        self._marks: tuple[int, int] | None = None  # of the folder, while they say that it is so

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
        """As `entries`, of one seed. Of many seeds, one after the other, the spool is read once."""
        if self._rehearsed:
            return [entry for entry in self.entries() if entry.path == path]
        self._follow()
        return list(self._by_path.get(path, ()))

    def _follow(self) -> None:
        """Find out what is new in the folder, or gone, since the last look at it."""
        try:
            found = os.stat(self.folder)
        except FileNotFoundError:
            there, marks = set[str](), None
        else:
            marks = found.st_ino, found.st_mtime_ns
            if marks == self._marks:
                return
            there = {*os.listdir(self.folder)}
        for name in self._listed - there:
            self._unlist(name)
        for name in sorted(there - self._listed):
            entry = self._entry(name) if name.endswith(_SUFFIX) else None
            if entry is not None:
                insort(self._by_path.setdefault(entry.path, []), entry, key=_name_of)
        self._listed = there
        # Whatever comes within the same tick of the clock leaves no other time.
        settled = marks is not None and time.time_ns() - marks[1] > TICK
        self._marks = marks if settled else None

    def _unlist(self, name: str) -> None:
        """Have an entry looked at anew."""
        self._listed.discard(name)
        entry = self._read.get(name)
        if entry is not None:
            left = [e for e in self._by_path.get(entry.path, ()) if e.name != name]
            self._by_path[entry.path] = left
        self._marks = None

    def last_here(self, path: str) -> Spooled | None:
        """The newest entry of a file of this working tree."""
        return next((e for e in reversed(self.of(path)) if e.tree == self._tree), None)

    def put(self, path: str, seed: str, last: bytes, live: bytes) -> Spooled:
        """Add an entry. It is on the disk when this returns. Raises OSError."""
        name = f"{time.time_ns():020}-{os.getpid()}-{next(self._numbers)}{_SUFFIX}"
        return self._write(Spooled(name, path, seed, last, live, self._tree))

    def _write(self, entry: Spooled) -> Spooled:
        about: dict[str, str | int] = {"path": entry.path, "seed": entry.seed, "tree": entry.tree}
        about |= {"last": len(entry.last), "live": len(entry.live)}
        data = json.dumps(about).encode() + b"\n" + entry.last + entry.live
        self._writer.keep(self.folder / entry.name, data)
        self._unlist(entry.name)
        self._read[entry.name] = entry
        if not (self.folder / entry.name).exists():
            self._rehearsed[entry.name] = True
        return entry

    def _drop(self, name: str) -> None:
        self._writer.drop(self.folder / name)
        self._unlist(name)
        if name in self._rehearsed or (self.folder / name).exists():
            self._rehearsed[name] = False

    # -- while it is drained -----------------------------------------------------------------------

    def waits(self) -> bool:
        """Whether there is anything to drain, or to recover."""
        return bool(self.names()) or self._intent.exists()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other worktrees from draining it. Raises Refused if one does not end."""
        try:
            with self._writer.alone(self.folder.with_name(_LOCK), _PATIENCE):
                self._sweep()
                yield
        except TimeoutError:
            text = "another sync of files in place does not end"
            raise Refused(text, hint="try again later") from None

    def _sweep(self) -> None:
        """Remove what a process that was killed has begun to write: git has taken nothing away."""
        with suppress(FileNotFoundError):
            for name in left_behind(str(self.folder)):
                self._writer.drop(self.folder / name)

    def intend(self, commit: str, fates: Mapping[Spooled, bytes | None]) -> None:
        """Say what becomes of entries once a commit is made. It is on the disk then.

        fates  what counts as last in the file from then on, by entry; None: nothing of it is left
        """
        about = {e.name: None if last is None else len(last) for e, last in fates.items()}
        head = json.dumps({"commit": commit, "fates": about}).encode()
        self._writer.keep(self._intent, head + b"\n" + b"".join(filter(None, fates.values())))

    def settle(self, fates: Mapping[Spooled, bytes | None]) -> None:
        """Do so."""
        for entry, last in fates.items():
            if last is None:
                self._drop(entry.name)
            elif last != entry.last:
                self._write(entry._replace(last=last))
        self._writer.drop(self._intent)

    def join(self, one: Spooled, two: Spooled) -> Spooled:
        """Put one entry in the place of two, of which it is the later one, with another `last`."""
        made = self._write(two)
        self._drop(one.name)
        return made

    def recover(self, made: Callable[[str], bool]) -> None:
        """Go on where whoever drained it was killed, if the commit was made."""
        try:
            head, _, rest = read_regular(str(self._intent)).partition(b"\n")
            about = json.loads(head)
            fates: dict[Spooled, bytes | None] = {}
            for name, size in about["fates"].items():
                last, rest = (None, rest) if size is None else (rest[:size], rest[size:])
                entry = self._entry(name)
                if entry is not None:
                    fates[entry] = last
            commit = str(about["commit"])
        except FileNotFoundError:
            return
        except (ValueError, LookupError, TypeError, AttributeError):
            commit, fates = "", {}  # it is damaged: entries stay, and at worst a person is asked
        self.settle(fates if commit and made(commit) else {})

    def _entry(self, name: str) -> Spooled | None:
        if name not in self._read:
            self._read[name] = self._parsed(name)
        return self._read[name]

    def _parsed(self, name: str) -> Spooled | None:
        """An entry; None where it is gone or damaged."""
        try:
            head, _, rest = read_regular(str(self.folder / name)).partition(b"\n")
            about = json.loads(head)
            path, seed, tree = (str(about[name]) for name in ("path", "seed", "tree"))
            middle, end = int(about["last"]), int(about["last"]) + int(about["live"])
        except (OSError, ValueError, LookupError, TypeError):
            return None
        whole = len(rest) == end and middle >= 0
        return Spooled(name, path, seed, rest[:middle], rest[middle:], tree) if whole else None
