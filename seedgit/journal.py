"""The journal: one row for every run of every entry point, in SQLite in the common git directory.

Many processes write it at once (WAL, a busy timeout); a reader never stops a writer. It is kept for
people, never read to decide a merge: whoever writes it must be able to go on without it.

Retention: the newest `KEEP` rows; older ones go as new ones come.
"""

from __future__ import annotations

import os
import sys
import time

from seedgit import __version__, codes
from seedgit.errors import InputError, RepositoryError
from seedgit.files.safe import make_private, open_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from typing import Any

FILE = "seedgit/journal.sqlite"
TRIVIAL = "trivial"  # beside it: the paths of the merges by trivial_merge.awk, one a line
TRIVIAL_MOST = 1 << 20  # bytes
KEEP = 20_000
MERGE_DRIVER = "merge-driver"  # its entry
PRUNE_EVERY = 500  # rows between two looks at the retention

PATIENCE = 5.0  # seconds a writer waits for others
DRIVER_PATIENCE = 1.0  # the same, where a merge waits

# Each script takes the schema one version up; `PRAGMA user_version` says which is there.
MIGRATIONS = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        time REAL NOT NULL,
        entry TEXT NOT NULL,
        arguments TEXT,
        mode TEXT,
        path TEXT,
        base TEXT,
        ours TEXT,
        theirs TEXT,
        outcome TEXT NOT NULL,
        reason TEXT,
        status INTEGER,
        ms REAL,
        seedgit TEXT NOT NULL,
        python TEXT NOT NULL,
        verdict TEXT,
        git_result TEXT,
        seedgit_result TEXT,
        decisions TEXT,
        difference TEXT,
        intended TEXT,
        error TEXT,
        also TEXT
    );
    CREATE INDEX runs_by_verdict ON runs (verdict, time) WHERE verdict IS NOT NULL;
    CREATE INDEX runs_by_outcome ON runs (outcome, id);
    CREATE TABLE marks (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    """,
    # Of a dry-run with nothing to write, the intent was kept as Python prints it.
    """
    ALTER TABLE runs ADD COLUMN merge TEXT;
    UPDATE runs SET intended = NULL WHERE intended LIKE '"Intent(%';
    CREATE TABLE accepted (
        id INTEGER PRIMARY KEY,
        time REAL NOT NULL,
        who TEXT,
        why TEXT NOT NULL,
        path TEXT,
        base TEXT,
        ours TEXT,
        theirs TEXT,
        verdict TEXT,
        git_result TEXT,
        seedgit_result TEXT
    );
    """,
)

# What makes two divergences one: the same versions of the same file, with the same results.
IDENTITY = ("path", "base", "ours", "theirs", "verdict", "git_result", "seedgit_result")

NUMBERS = ("id", "time", "status", "ms", "value")
STRUCTURED = ("arguments", "decisions", "difference", "intended")
FACTS = ("time", "entry", "arguments", "mode", "path", "base", "ours", "theirs", "outcome")
ABOUT = ("reason", "status", "ms", "seedgit", "python", "error", "also", "intended")
COMPARED = ("verdict", "git_result", "seedgit_result", "decisions", "difference", "merge")
COLUMNS = frozenset((*FACTS, *ABOUT, *COMPARED))

# Verdicts on one file's merge, seedgit's result beside git's own.
VERDICTS = (codes.AGREE, codes.DIVERGE, codes.GIT_ONLY, codes.SEEDGIT_ONLY, codes.NEITHER)


class Damaged(InputError):
    """SQLite cannot make sense of the file any more."""


def verdict(git: bytes | None, seedgit: bytes | None) -> str:
    """How two engines' clean results compare; None where one found none."""
    if git is None:
        return codes.NEITHER if seedgit is None else codes.SEEDGIT_ONLY
    if seedgit is None:
        return codes.GIT_ONLY
    return codes.AGREE if git == seedgit else codes.DIVERGE


def find_git_dir(start: str = ".") -> str | None:
    """The git directory around `start`, without asking git; None where there is none. OSError.

    As git finds it (gitrepository-layout(5)): the environment, `.git`, a linked worktree's file.
    """
    git_dir = os.environ.get("GIT_DIR")
    if not git_dir:
        place = os.path.abspath(start)
        while True:
            git_dir = os.path.join(place, ".git")
            if os.path.exists(git_dir):
                break
            if os.path.dirname(place) == place:
                return None
            place = os.path.dirname(place)
    if os.path.isfile(git_dir):
        named = _first_line(git_dir).removeprefix("gitdir: ")
        git_dir = os.path.join(os.path.dirname(git_dir), named)
    return git_dir


def find_common_dir(start: str = ".") -> str | None:
    """As `find_git_dir`, the one that all worktrees share; None also where that is broken."""
    try:
        git_dir = find_git_dir(start)
        if git_dir is None:
            return None
        common = os.environ.get("GIT_COMMON_DIR")
        if not common:
            pointer = os.path.join(git_dir, "commondir")
            common = git_dir
            if os.path.isfile(pointer):
                common = os.path.join(git_dir, _first_line(pointer))
    except (OSError, UnicodeDecodeError):
        return None
    return os.path.normpath(common) if os.path.isdir(common) else None


def _first_line(name: str) -> str:
    with open(name, encoding="utf-8", errors="surrogateescape") as file:
        return file.readline().rstrip("\n")


class Journal:
    """The journal of one clone. Every method raises InputError or RepositoryError, nothing else."""

    def __init__(self, common_dir: str | os.PathLike[str], patience: float = PATIENCE) -> None:
        self.path = os.path.join(common_dir, FILE)
        self._patience = patience

    # -- writing ---------------------------------------------------------------------------------

    def add(self, entry: str, outcome: str, **fields: Any) -> int:
        """Write a row (see COLUMNS) and return its id."""
        row = {"time": time.time(), "entry": entry, "outcome": outcome, **fields}
        with _Connection(self.path, self._patience) as connection:
            # What failed must survive a power cut too; the rest may cost the last few rows.
            if outcome == codes.FAILED:
                connection.execute("PRAGMA synchronous = FULL")
            return _insert(connection, row)

    def add_failure(self, id: int, error: str) -> None:
        """Put a later failure, of a cleanup perhaps, beside the first one of a row."""
        with _Connection(self.path, self._patience) as connection:
            connection.execute(
                "UPDATE runs SET also = coalesce(also || char(10), '') || ? WHERE id = ?",
                (error, id),
            )

    def prune(self, before: float | None = None, keep: int | None = None) -> int:
        """Drop rows older than `before` (seconds since 1970), or all but the newest `keep`."""
        with _Connection(self.path, self._patience) as connection:
            gone = 0
            if before is not None:
                gone += connection.execute("DELETE FROM runs WHERE time < ?", (before,)).rowcount
            if keep is not None:
                newest = "SELECT id FROM runs ORDER BY id DESC LIMIT ?"
                done = connection.execute(f"DELETE FROM runs WHERE id NOT IN ({newest})", (keep,))
                gone += done.rowcount
            connection.execute("VACUUM")
        return gone

    def mark(self, name: str, value: float) -> None:
        """Remember a number under a name."""
        with _Connection(self.path, self._patience) as connection:
            connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def accept(self, row: dict[str, Any], why: str, who: str = "") -> None:
        """Keep a row's divergence as one that a person knows; a later reason replaces this one."""
        with _Connection(self.path, self._patience) as connection:
            connection.execute("BEGIN IMMEDIATE")
            _withdraw(connection, row)
            names = ("time", "who", "why", *IDENTITY)
            values = [time.time(), who, why, *(row[name] for name in IDENTITY)]
            marks = ", ".join("?" * len(names))
            asked = f"INSERT INTO accepted ({', '.join(names)}) VALUES ({marks})"
            connection.execute(asked, [_storable(value) for value in values])
            connection.execute("COMMIT")

    def withdraw(self, row: dict[str, Any]) -> bool:
        """Take an acceptance back; whether there was one."""
        with _Connection(self.path, self._patience) as connection:
            return _withdraw(connection, row)

    def check(self) -> int:
        """Look the whole file over; returns how many rows it has. Raises Damaged for a bad one."""
        if not os.path.lexists(self.path):
            return 0
        sqlite3 = _sqlite()
        with _Connection(self.path, self._patience) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise sqlite3.DatabaseError(f"malformed: {said}")
        for table in ("marks", "accepted"):
            list(self._select(f"SELECT * FROM {table}", []))
        return sum(1 for _ in self._select("SELECT * FROM runs", []))

    # -- reading ---------------------------------------------------------------------------------

    def marked(self, name: str) -> float | None:
        """The number under a name; None where there is none."""
        for row in self._select("SELECT value FROM marks WHERE name = ?", [name]):
            return float(row["value"])
        return None

    def accepted(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The divergences that a person has accepted: time, who and why by what `identity` says."""
        # One that could not be brought up to date, for it may not be written, has no such table.
        there = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'accepted'"
        if not list(self._select(there, [])):
            return {}
        found = self._select("SELECT * FROM accepted ORDER BY id", [])
        return {identity(row): {n: row[n] for n in ("time", "who", "why")} for row in found}

    def row(self, id: int) -> dict[str, Any] | None:
        """One row; None where there is none, or no longer."""
        return next(iter(self.rows(id=id)), None)

    def rows(
        self,
        *,
        id: int | None = None,
        failed: bool = False,
        verdicts: tuple[str, ...] = (),
        entry: str | None = None,
        path: str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int = -1,
    ) -> list[dict[str, Any]]:
        """The rows that fit all that is asked, the newest first.

        verdicts  any of these; `path` is a glob; times are seconds since 1970
        """
        tests: list[tuple[str, list[Any]]] = []
        if id is not None:
            tests.append(("id = ?", [id]))
        if failed:
            tests.append(("outcome = ?", [codes.FAILED]))
        if verdicts:
            tests.append((f"verdict IN ({', '.join('?' * len(verdicts))})", list(verdicts)))
        if entry is not None:
            tests.append(("entry = ?", [entry]))
        if path is not None:
            tests.append(("path GLOB ?", [path]))
        if since is not None:
            tests.append(("time >= ?", [since]))
        if until is not None:
            tests.append(("time < ?", [until]))
        where = " AND ".join(test for test, _ in tests) or "1"
        values = [value for _, given in tests for value in given]
        asked = f"SELECT * FROM runs WHERE {where} ORDER BY id DESC LIMIT ?"
        return list(self._select(asked, [*values, limit]))

    def _select(self, asked: str, values: list[Any]) -> Iterator[dict[str, Any]]:
        import json

        if not os.path.lexists(self.path):
            return
        with _Connection(self.path, self._patience) as connection:
            cursor = connection.execute(asked, values)
            names = [column[0] for column in cursor.description]
            for found in cursor.fetchall():
                row = dict(zip(names, found, strict=True))
                try:
                    if bad := [name for name, value in row.items() if not _fits(name, value)]:
                        raise ValueError(f"in {bad[0]}")
                    for name in STRUCTURED:
                        if row.get(name):
                            row[name] = json.loads(row[name])
                except (ValueError, RecursionError) as error:
                    raise _damaged(self.path, f"row {row.get('id', '?')}: {error}") from None
                yield row


class _Connection:
    """A connection with the schema in place; SQLite's errors come out as the project's own."""

    def __init__(self, path: str, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> sqlite3.Connection:
        sqlite3 = _sqlite()
        try:
            # SQLite follows links, and gives what stands beside the file the permissions of it.
            make_private(self._path)
            for beside in ("-wal", "-shm"):
                make_private(self._path + beside, make=False)
            self._connection = self._open()
        except (sqlite3.Error, OSError, InputError) as error:
            self.__exit__(None, None, None)
            raise self._said(error) from None
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        sqlite3 = _sqlite()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if isinstance(error, sqlite3.Error):
            raise self._said(error) from None

    def _open(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = _sqlite().connect(
            self._path, timeout=self._patience, isolation_level=None
        )
        self._connection = connection
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version < len(MIGRATIONS):
            self._migrate_if_writable(connection, version)
        elif version > len(MIGRATIONS):
            raise InputError(
                f"written by a newer seedgit (schema {version}, this one knows {len(MIGRATIONS)})",
                where=self._path,
                hint="install that version, or move the file away",
            )
        connection.execute("PRAGMA synchronous = NORMAL")
        self._take_in(connection)
        return connection

    def _take_in(self, connection: sqlite3.Connection) -> None:
        """Give each merge by trivial_merge.awk its row.

        An awk may have the file open and be about to write: so it stays where it is, and a mark
        says how much of it has its rows. It goes when it is large and nothing in it is new.
        """
        place = os.path.join(os.path.dirname(self._path), TRIVIAL)
        asked = "SELECT coalesce(max(value), 0) FROM marks WHERE name = ?"
        try:
            size = os.stat(place).st_size
            (taken,) = connection.execute(asked, (TRIVIAL,)).fetchone()
            if size == taken <= TRIVIAL_MOST:
                return
            connection.execute("BEGIN IMMEDIATE")
            (taken,) = connection.execute(asked, (TRIVIAL,)).fetchone()
            with open(open_regular(place), "rb") as file:
                found = os.fstat(file.fileno())
                taken = taken if taken <= found.st_size else 0  # else it is another one by now
                file.seek(taken)
                lines = file.read().split(b"\n")[:-1]
            if taken > TRIVIAL_MOST and not lines:
                os.unlink(place)
                taken = 0
        # None, or none that can be read: that keeps nobody from the journal.
        except (OSError, InputError):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return
        from seedgit.mode import LIVE

        row: dict[str, Any] = {"time": found.st_mtime, "entry": MERGE_DRIVER, "mode": LIVE}
        row |= {"outcome": codes.NOTHING, "reason": codes.NOOP_TRIVIAL_MERGE, "status": 0}
        for line in lines:
            _insert(connection, {**row, "path": line.decode("utf-8", "surrogateescape")})
            taken += len(line) + 1
        connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (TRIVIAL, taken))
        connection.execute("COMMIT")

    def _migrate_if_writable(self, connection: sqlite3.Connection, version: int) -> None:
        """One that this user may only read is read as it is: who writes it brings it up to date."""
        try:
            self._migrate(connection)
        except _sqlite().OperationalError as error:
            if not version or "readonly" not in str(error):
                raise
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        sqlite3 = _sqlite()
        deadline = time.monotonic() + self._patience
        while True:
            # Changing to WAL does not wait for others as everything else does.
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for script in MIGRATIONS[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")

    def _said(self, error: Exception) -> RepositoryError | InputError:
        if isinstance(error, InputError):
            return error
        text = str(error)
        if any(sign in text for sign in ("not a database", "malformed", "no such", "decode")):
            return _damaged(self._path, text)
        return RepositoryError(
            f"the journal cannot be used: {text}",
            where=self._path,
            hint="see that the disk is not full and the file is writable; merges go on without it",
        )


def _damaged(path: str, text: str) -> Damaged:
    return Damaged(
        f"the journal is damaged: {text}",
        where=path,
        hint="seedgit doctor --fix moves it aside; merges go on without it",
    )


def _fits(name: str, value: Any) -> bool:
    """Whether a column has a value of its kind, or none."""
    return value is None or isinstance(value, (int, float) if name in NUMBERS else str)


def identity(row: dict[str, Any]) -> tuple[Any, ...]:
    """What of a row says which divergence it is."""
    return tuple(_storable(row[name]) for name in IDENTITY)


def _withdraw(connection: sqlite3.Connection, row: dict[str, Any]) -> bool:
    tests = " AND ".join(f"{name} IS ?" for name in IDENTITY)
    return bool(connection.execute(f"DELETE FROM accepted WHERE {tests}", identity(row)).rowcount)


def _insert(connection: sqlite3.Connection, row: dict[str, Any]) -> int:
    row = {**row, "seedgit": __version__, "python": sys.version.partition(" ")[0]}
    for name in STRUCTURED:
        if row.get(name) is not None:
            row[name] = _as_json(row[name])
    unknown = row.keys() - COLUMNS
    if unknown:
        raise TypeError(f"no such column: {', '.join(sorted(unknown))}")
    names = list(row)
    marks = ", ".join("?" * len(names))
    done = connection.execute(
        f"INSERT INTO runs ({', '.join(names)}) VALUES ({marks})",
        [_storable(row[name]) for name in names],
    )
    id = int(done.lastrowid or 0)
    if id % PRUNE_EVERY == 0:
        connection.execute("DELETE FROM runs WHERE id <= ?", (id - KEEP,))
    return id


def _sqlite() -> Any:
    """SQLite without what `sqlite3` adds for dates, which takes as long to load as SQLite."""
    try:
        import _sqlite3
    except ImportError:
        import sqlite3

        return sqlite3
    return _sqlite3


def _as_json(value: Any) -> str:
    """JSON in ASCII, as `json.dumps` writes it; json is not loaded for texts in lists and maps."""
    try:
        from _json import encode_basestring_ascii as quoted
    except ImportError:
        from json.encoder import encode_basestring_ascii as quoted
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_as_json, value))}]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        members = (f"{quoted(key)}: {_as_json(item)}" for key, item in value.items())
        return f"{{{', '.join(members)}}}"
    import json

    return json.dumps(value, ensure_ascii=True, default=str)


def _storable(value: Any) -> Any:
    """SQLite takes no lone surrogates, which names that are not UTF-8 have."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value
