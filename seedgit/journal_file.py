"""The journal's file: its schema, connections to it, and how rows are written."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

from seedgit import __version__
from seedgit.errors import InputError, RepositoryError
from seedgit.files.safe import make_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any


FILE = "seedgit/journal.sqlite"
KEEP = 20_000
MERGE_DRIVER = "merge-driver"  # the `entry` of the driver's rows
PRUNE_EVERY = 500  # old rows are dropped after so many new ones
# Each script brings the schema up by one version. `PRAGMA user_version` is the current one.
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
    # Summaries read this index alone, however much the rows hold.
    """
    DROP INDEX runs_by_verdict;
    CREATE INDEX runs_by_verdict ON runs (verdict, time, merge) WHERE verdict IS NOT NULL;
    """,
    # The values of overrides were kept as arguments, and errors quoted them; some were secrets.
    """
    UPDATE runs SET arguments = '["' || entry || '", "..."]' WHERE entry IN ('set', 'resolve');
    UPDATE runs SET error = NULL, also = NULL, reason = NULL
        WHERE entry IN ('set', 'resolve') AND error IS NOT NULL;
    """,
)
STRUCTURED = ("arguments", "decisions", "difference", "intended")
FACTS = ("time", "entry", "arguments", "mode", "path", "base", "ours", "theirs", "outcome")
ABOUT = ("reason", "status", "ms", "seedgit", "python", "error", "also", "intended")
COMPARED = ("verdict", "git_result", "seedgit_result", "decisions", "difference", "merge")
MERGES = "seedgit/merges"  # as in merge_folder, which few have to load
COLUMNS = frozenset((*FACTS, *ABOUT, *COMPARED))


class Damaged(InputError):
    """SQLite can no longer read the file."""


class Connection:
    """A connection with the schema in place. It raises SQLite's errors as seedgit's own.

    Entered again inside, it stays open until the outermost block is left.
    """

    def __init__(self, path: str, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._connection: sqlite3.Connection | None = None
        self._depth = 0

    def __enter__(self) -> sqlite3.Connection:
        self._depth += 1
        if self._connection is not None:
            return self._connection
        sqlite3 = sqlite()
        try:
            # SQLite follows links, and gives the files beside it the same permissions.
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
        sqlite3 = sqlite()
        self._depth -= 1
        if self._connection is not None and not self._depth:
            self._connection.close()
            self._connection = None
        if isinstance(error, sqlite3.Error):
            raise self._said(error) from None

    def _open(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite().connect(
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
        """Add the rows of whole merges that are over (seedgit/merge_folder.py)."""
        clone = os.path.dirname(os.path.dirname(self._path))
        if not any(os.path.isdir(os.path.join(clone, name)) for name in (MERGES, "worktrees")):
            return
        from seedgit.merge_folder import claim, finished, remove, rows_used

        # What cannot be read must keep nobody from the journal.
        try:
            for folder in finished(clone):
                claimed = claim(folder)  # fails where another process was faster
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite().Error:
                    os.rename(claimed, folder)
                    raise
                for row in rows_used(claimed):
                    insert(connection, {**row, "entry": MERGE_DRIVER})
                connection.execute("COMMIT")
                remove(claimed)
        except (OSError, InputError, TypeError):
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _migrate_if_writable(self, connection: sqlite3.Connection, version: int) -> None:
        """Bring the schema up to date, unless this user may only read the journal."""
        try:
            self._migrate(connection)
        except sqlite().OperationalError as error:
            if not version or "readonly" not in str(error):
                raise
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        sqlite3 = sqlite()
        deadline = time.monotonic() + self._patience
        while True:
            # Unlike all else, the change to WAL does not wait for other processes by itself.
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
        connection.execute("PRAGMA secure_delete = ON")  # what is replaced is overwritten
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for script in MIGRATIONS[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
        if version:  # rows that were dropped earlier are in free pages, and in the write-ahead log
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                with suppress(sqlite3.OperationalError):  # others use the journal now
                    connection.execute(statement)

    def _said(self, error: Exception) -> RepositoryError | InputError:
        if isinstance(error, InputError):
            return error
        text = str(error)
        if any(sign in text for sign in ("not a database", "malformed", "no such", "decode")):
            return damaged(self._path, text)
        return RepositoryError(
            f"the journal cannot be used: {text}",
            where=self._path,
            hint="see that the disk is not full and the file is writable; merges go on without it",
        )


def damaged(path: str, text: str) -> Damaged:
    return Damaged(
        f"the journal is damaged: {text}",
        where=path,
        hint="seedgit doctor --fix moves it aside; merges go on without it",
    )


def insert(connection: sqlite3.Connection, row: dict[str, Any]) -> int:
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
        [storable(row[name]) for name in names],
    )
    id = int(done.lastrowid or 0)
    if id % PRUNE_EVERY == 0:
        connection.execute("DELETE FROM runs WHERE id <= ?", (id - KEEP,))
    return id


def sqlite() -> Any:
    """SQLite's module without the date support of `sqlite3`, which takes as long to load."""
    try:
        import _sqlite3
    except ImportError:
        import sqlite3

        return sqlite3
    return _sqlite3


def _as_json(value: Any) -> str:
    """JSON in ASCII, as `json.dumps` writes it. For texts in lists and maps, json is not loaded."""
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


def storable(value: Any) -> Any:
    """A value that SQLite accepts: without the lone surrogates of names that are not UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value
