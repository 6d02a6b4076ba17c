"""The ledger of a live tree: what was last in each live file, and what that was made of.

It lies in the git directory of the worktree, and only its owner can read it: effective values never
become git objects.

    rows        one JSON list a line; the last one of a path counts. A cut last line is no row.
    contents/   effective documents, by the hash of their bytes, where they are not the seed's own

A row is written before a program's changes go into the overlay, before a live file is replaced, and
after that. So whatever came between, the ledger tells seedgit's own changes from a program's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress

from seedgit.errors import Refused, of_the_system
from seedgit.files.safe import TICK, read_regular
from seedgit.git.live_tree import LiveTree
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.live_tree.contents import Contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.workspace import Workspace

ROWS = "rows"
LOCK = "lock"
CONTENTS = "contents"
PATIENCE = 30.0  # seconds to wait for another sync
SPARE = 100  # lines that a ledger may have beside half as many as it has rows
_SAMPLE = 1 << 16  # bytes of it that tell how many lines a large one has, about


class Intent(NamedTuple):
    """A commit of an overlay that takes what a program changed in a file.

    seen, seed, base  as of the row, once the commit is made
    """

    commit: str
    seen: str
    seed: str
    base: str


class Row(NamedTuple):
    """What is known of one live file.

    path     of its seed
    stat     size, time and inode of the file; () if they say nothing
    seen     the hash of the content that the file had, or is about to have
    key      names all that its effective document was made of
    seed     the blob of the seed in it
    base     the hash of the effective document; "" where that is the seed's own bytes
    drift    whether the file has run-time drift
    clashes  places that a program and somebody else changed: (pointer, effective, live), the
             values in canonical JSON; None: there is no value
    since    when it was first found to be unreadable; 0: it is readable
    old      the hash of the content that was about to be replaced; "" once that was done
    intent   the commit that was about to take a program's changes; None once that was done
    withheld whether the file has secrets that cannot be encrypted
    states   with clashes: the commits that the overlays were at then
    """

    path: str
    stat: tuple[int, ...] = ()
    seen: str = ""
    key: str = ""
    seed: str = ""
    base: str = ""
    drift: bool = False
    clashes: tuple[tuple[str, str | None, str | None], ...] = ()
    since: float = 0
    old: str = ""
    intent: Intent | None = None
    withheld: bool = False
    states: tuple[str, ...] | None = None

    @property
    def loud(self) -> bool:
        """Whether there is something to tell of it, so that each sync looks at it."""
        return bool(self.drift or self.clashes or self.since or self.withheld)

    @classmethod
    def read(cls, fields: Any) -> Row | None:
        """A row from its JSON; None if that is none."""
        try:
            fields[1:2] = [tuple(each) for each in fields[1:2]]
            fields[7:8] = [tuple((p, e, v) for p, e, v in each) for each in fields[7:8]]
            fields[10:11] = [each and Intent(*map(str, each)) for each in fields[10:11]]
            fields[12:13] = [each and tuple(map(str, each)) for each in fields[12:13]]
            row = cls(*fields)
        except (ValueError, TypeError):
            return None
        return row if isinstance(row.path, str) else None

    def settled(self, made: bool) -> Row:
        """The row once it is known whether the commit of its intent was made."""
        if self.intent is None or not made:
            return self._replace(intent=None)
        _, seen, seed, base = self.intent
        return self._replace(seen=seen, seed=seed, base=base, intent=None)

    def line(self) -> str:
        return json.dumps(list(self)) + "\n"


class Ledger:
    """The ledger of one live tree.

    rows     by path: the last one
    earlier  by path: the one before it, which counts if the file was not replaced
    """

    def __init__(self, repository: Repository, tree: LiveTree) -> None:
        self.folder = tree.ledger(repository)
        self.rows: dict[str, Row] = {}
        self.earlier: dict[str, Row] = {}
        self._lines = 0
        self._count: int | None = None  # of all seeds, where only rows of a few were read
        self._writer = repository.writer
        self._contents = Contents(os.path.join(self.folder, CONTENTS), self._writer)

    def load(self, few: Collection[str] | None = None, count: int = 0) -> Ledger:
        """Read the rows: all, or those of a few of so many seeds."""
        self._count = None if few is None else count
        with suppress(FileNotFoundError):
            data = read_regular(os.path.join(self.folder, ROWS))
            wanted = data if few is None else b"".join(_lines_of(data, few))
            for fields in json_lines(wanted.decode("utf-8", "replace")):
                row = Row.read(fields)
                if row is not None:
                    self._put(row)
            if few is not None and data:
                self._lines = data.count(b"\n", 0, _SAMPLE) * len(data) // min(len(data), _SAMPLE)
        return self

    def _load_the_rest(self) -> None:
        """Read the rows of the other seeds too."""
        rows, earlier = self.rows, self.earlier
        self.rows, self.earlier, self._lines = {}, {}, 0
        self.load()
        self.rows |= rows
        self.earlier |= earlier

    def _put(self, row: Row) -> None:
        self._lines += 1
        known = self.rows.get(row.path)
        if known is not None and row.old and not known.old:
            self.earlier[row.path] = known
        self.rows[row.path] = row

    def candidates(self, path: str, seen: str) -> list[Row]:
        """The rows that may say what was last in a file with this content.

        There are two if a sync was killed while it replaced the file, and a program has changed
        the file since.
        """
        last, earlier = self.rows.get(path), self.earlier.get(path)
        if last is None:
            return []
        if not last.old or last.seen == seen or earlier is None:
            return [last]
        return [earlier] if seen in (last.old, earlier.seen) else [last, earlier]

    def settle(self, made: Callable[[str], bool]) -> None:
        """Find out which commits were made that syncs were about to make."""
        for rows in (self.rows, self.earlier):
            for path in [path for path, row in rows.items() if row.intent]:
                intent = rows[path].intent
                rows[path] = rows[path].settled(intent is not None and made(intent.commit))

    def unchanged(self, row: Row, place: str) -> bool:
        """Whether a file certainly is what it was when the row was written."""
        return bool(row.stat) and row.stat == stat_of(place)

    # -- writing -----------------------------------------------------------------------------------

    @contextmanager
    def held(self, few: Collection[str] | None = None, count: int = 0) -> Iterator[None]:
        """Keep other syncs of the tree waiting. Raises Refused if one does not end.

        few, count  as for `load`
        """
        try:
            with self._writer.alone(os.path.join(self.folder, LOCK), PATIENCE):
                self.rows, self.earlier, self._lines = {}, {}, 0
                self.load(few, count)
                yield
                self._tidy()
        except TimeoutError:
            raise Refused(
                "another sync of this live tree does not end", hint="try again later"
            ) from None

    def write(self, rows: Mapping[str, Row | None]) -> None:
        """Add rows, or drop those that are None. They are on the disk when this returns."""
        if not rows:
            return
        with self._named_errors():
            self._contents.flush()
        if any(row is None for row in rows.values()):
            if self._count is not None:
                self._load_the_rest()
            for path, row in rows.items():
                if row is None:
                    self.rows.pop(path, None)
                    self.earlier.pop(path, None)
                else:
                    self._put(row)
            self._rewrite()
            return
        for row in rows.values():
            if row is not None:
                self._put(row)
        text = "".join(row.line() for row in rows.values() if row is not None)
        with self._named_errors():
            self._writer.append(os.path.join(self.folder, ROWS), text.encode())

    def _tidy(self) -> None:
        """Drop the rows that newer ones have replaced, and contents that no row names."""
        if self._lines > 1.5 * max(len(self.rows), self._count or 0) + SPARE:
            self._rewrite()

    def _rewrite(self) -> None:
        if self._count is not None:
            self._load_the_rest()
        self.earlier = {}
        self._lines = len(self.rows)
        text = "".join(row.line() for row in self.rows.values())
        with self._named_errors():
            self._writer.keep(os.path.join(self.folder, ROWS), text.encode())
        intents = (row.intent for row in self.rows.values() if row.intent)
        named = {row.base for row in self.rows.values()} | {intent.base for intent in intents}
        self._contents.keep_only(named)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = str(error.filename or self.folder)
            raise of_the_system(error, where=where) from None

    # -- contents ----------------------------------------------------------------------------------

    def keep(self, data: bytes, *, secret: bool = False) -> str:
        """Keep an effective document, for rows to name it; returns its hash.

        secret  it has secrets in it: it is kept encrypted
        """
        with self._named_errors():
            return self._contents.keep(data, secret=secret)

    def sealed(self, row: Row) -> bool:
        """Whether the document of a row is kept encrypted."""
        return bool(row.base) and self._contents.sealed(row.base)

    def unseal(self, workspace: Workspace) -> None:
        """Have documents with secrets encrypted and decrypted with the keys of a workspace."""
        self._contents.workspace = workspace

    def content(self, name: str) -> bytes | None:
        """A document that was kept; None if it is not there, or damaged."""
        return self._contents.get(name)

    # -- damage ------------------------------------------------------------------------------------

    def damage(self) -> str:
        """What of it is lost, in words; "" if nothing is. Call it after `load`.

        A line that a crash has cut is no damage: it began as a row does.
        """
        lost = self._lost()
        if lost:
            return f"the ledger does not know any more what was last in the file of {lost[0]}"
        try:
            lines = read_regular(os.path.join(self.folder, ROWS)).split(b"\n")
        except FileNotFoundError:
            return ""
        if all(line.startswith(b'["') for line in lines if line):
            return ""
        return "the ledger has lines that are no rows: what they said is lost"

    def _lost(self) -> list[str]:
        rows = self.rows.values()
        based = [row for row in rows if row.base and not self._contents.sealed(row.base)]
        return [row.path for row in based if self.content(row.base) is None]

    def mend(self) -> int:
        """Keep only what can be relied on. Call it while the ledger is held.

        The next sync takes a file that is not known any more for one that was there before the
        live tree. Returns how many those are.
        """
        lost = self._lost()
        for path in lost:
            del self.rows[path]
        self._rewrite()
        return len(lost)

    def remove(self) -> None:
        """Forget the whole ledger."""
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            os.rmdir(os.path.dirname(self.folder))  # unless there is another one


def stat_of(place: str) -> tuple[int, ...]:
    """Size, time and inode of a file that nobody can have changed since; () else."""
    import time

    try:
        found = os.stat(place)
    except OSError:
        return ()
    if time.time_ns() - found.st_mtime_ns < TICK:
        return ()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _lines_of(data: bytes, paths: Collection[str]) -> Iterator[bytes]:
    """The lines of some seeds' rows, each seed's in their order."""
    for path in paths:
        start = json.dumps([path])[:-1].encode() + b","  # as `Row.line` begins
        at = data.find(start)
        while at >= 0:
            end = data.find(b"\n", at) + 1 or len(data)
            if at == 0 or data[at - 1 : at] == b"\n":
                yield data[at:end]
            at = data.find(start, end)


def json_lines(data: str) -> Iterator[Any]:
    """The values of lines of JSON, but for those that are none."""
    lines = [line for line in data.split("\n") if line]
    try:
        yield from json.loads(f"[{','.join(lines)}]")  # one call is much quicker than many
    except (ValueError, RecursionError):
        for line in lines:
            with suppress(ValueError, RecursionError):
                yield json.loads(line)
