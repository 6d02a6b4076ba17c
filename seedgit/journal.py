"""The journal: one row for every run of every entry point, in SQLite in the common git directory.

Many processes may write it at once (WAL, a busy timeout), and a reader never blocks a writer. The
journal is for people. It never decides a merge, so every writer must be able to go on without it.

Retention: the newest `KEEP` rows. Older rows are dropped as new ones are added.
"""

from __future__ import annotations

import os
import time

from seedgit import codes
from seedgit.journal_file import (
    FILE,
    STRUCTURED,
    Connection,
    damaged,
    insert,
    sqlite,
    storable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from typing import Any, TypedDict, Unpack

    class Wanted(TypedDict, total=False):
        """Which rows to read: any of `verdicts`; `path` is a glob; times are seconds since 1970."""

        id: int | None
        after: float  # an id; the rows that came later
        failed: bool
        verdicts: tuple[str, ...]
        entry: str | None
        path: str | None
        since: float | None
        until: float | None


PATIENCE = 5.0  # seconds a writer waits for others
DRIVER_PATIENCE = 1.0  # the same, where a merge waits
_TESTS = {
    "id": "id = ?",
    "after": "id > ?",
    "failed": f"? AND outcome = '{codes.FAILED}'",
    "verdicts": "verdict IN (?)",
    "entry": "entry = ?",
    "path": "path GLOB ?",
    "since": "time >= ?",
    "until": "time < ?",
}
# Two divergences are the same if they have the same file, versions and results.
IDENTITY = ("path", "base", "ours", "theirs", "verdict", "git_result", "seedgit_result")
NUMBERS = ("id", "time", "status", "ms", "value", "count")
_NUMBER, _TEXT = (int, float, type(None)), (str, type(None))
# A time that is none becomes a blob, which `_select` finds to be damage.
DAY = """coalesce(CASE WHEN typeof(time) IN ('real', 'integer') THEN
    date(CAST(time AS INTEGER), 'unixepoch', 'localtime') END, x'') AS day"""
# Verdicts on one file's merge: how seedgit's result compares with git's own.
VERDICTS = (codes.AGREE, codes.DIVERGE, codes.GIT_ONLY, codes.SEEDGIT_ONLY, codes.NEITHER)
APART = (codes.DIVERGE, codes.GIT_ONLY, codes.SEEDGIT_ONLY)  # on a file not merged alike
SEEN = "divergences-seen"  # the mark of the newest divergence that somebody has looked at


def verdict(git: bytes | None, seedgit: bytes | None) -> str:
    """The verdict on the clean results of the two engines. None: the engine has no clean result."""
    if git is None:
        return codes.NEITHER if seedgit is None else codes.SEEDGIT_ONLY
    if seedgit is None:
        return codes.GIT_ONLY
    return codes.AGREE if git == seedgit else codes.DIVERGE


class Journal:
    """The journal of one clone. Every method raises InputError or RepositoryError, nothing else.

    Each opens the file; inside `with journal:` it stays open.
    """

    def __init__(self, common_dir: str | os.PathLike[str], patience: float = PATIENCE) -> None:
        self.path = os.path.join(common_dir, FILE)
        self._connection = Connection(self.path, patience)

    def __enter__(self) -> Journal:
        self._connection.__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._connection.__exit__(kind, error, trace)

    # -- writing ---------------------------------------------------------------------------------

    def add(self, entry: str, outcome: str, **fields: Any) -> int:
        """Write a row (see COLUMNS) and return its id."""
        row = {"time": time.time(), "entry": entry, "outcome": outcome, **fields}
        with self._connection as connection:
            # What failed must survive a power cut too; the rest may cost the last few rows.
            if outcome == codes.FAILED:
                connection.execute("PRAGMA synchronous = FULL")
            return insert(connection, row)

    def add_failure(self, id: int, error: str) -> None:
        """Add a later failure, perhaps of a clean-up, to the first one of a row."""
        with self._connection as connection:
            connection.execute(
                "UPDATE runs SET also = coalesce(also || char(10), '') || ? WHERE id = ?",
                (error, id),
            )

    def prune(self, before: float | None = None, keep: int | None = None) -> int:
        """Drop rows older than `before` (seconds since 1970), or all but the newest `keep`."""
        with self._connection as connection:
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
        with self._connection as connection:
            connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def accept(self, row: dict[str, Any], why: str, who: str = "") -> None:
        """Mark a row's divergence as known to a person. A later reason replaces an earlier one."""
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            _withdraw(connection, row)
            names = ("time", "who", "why", *IDENTITY)
            values = [time.time(), who, why, *(row[name] for name in IDENTITY)]
            marks = ", ".join("?" * len(names))
            asked = f"INSERT INTO accepted ({', '.join(names)}) VALUES ({marks})"
            connection.execute(asked, [storable(value) for value in values])
            connection.execute("COMMIT")

    def withdraw(self, row: dict[str, Any]) -> bool:
        """Withdraw an acceptance. Returns whether there was one."""
        with self._connection as connection:
            return _withdraw(connection, row)

    def check(self) -> int:
        """Check the whole file. Returns the number of rows. Raises Damaged where one is bad."""
        if not os.path.lexists(self.path):
            return 0
        sqlite3 = sqlite()
        with self._connection as connection:
            (text,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if text != "ok":
                raise sqlite3.DatabaseError(f"malformed: {text}")
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
        """The divergences that a person has accepted: `identity` -> time, who and why."""
        # An old journal that this user cannot write, and so cannot update, has no such table.
        there = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'accepted'"
        if not list(self._select(there, [])):
            return {}
        found = self._select("SELECT * FROM accepted ORDER BY id", [])
        return {identity(row): {n: row[n] for n in ("time", "who", "why")} for row in found}

    def unseen(self) -> int:
        """How many divergences there are since somebody last looked, without accepted ones."""
        if not os.path.lexists(self.path):
            return 0
        with self:
            known = self.accepted()
            newer: Wanted = {"verdicts": APART, "after": self.marked(SEEN) or 0}
            if known:
                rows = self.rows(only=IDENTITY, **newer)
                return sum(identity(row) not in known for row in rows)
            return sum(row["count"] for row in self.rows(only=("count(*) AS count",), **newer))

    def row(self, id: int) -> dict[str, Any] | None:
        """One row; None where there is none (any more)."""
        return next(iter(self.rows(id=id)), None)

    def marks(self, prefix: str) -> list[str]:
        """The rest of every name with this beginning that has a number."""
        asked = "SELECT name FROM marks WHERE name >= ? AND name < ?"
        found = self._select(asked, [prefix, prefix + chr(0x10FFFF)])
        return [row["name"].removeprefix(prefix) for row in found]

    def rows(
        self, *, limit: int = -1, only: tuple[str, ...] = (), **wanted: Unpack[Wanted]
    ) -> list[dict[str, Any]]:
        """The rows that meet all the conditions, the newest first; `only` some of their columns."""
        where, values = _where(wanted)
        columns = ", ".join(only) or "*"
        select = f"SELECT {columns} FROM runs {where} ORDER BY id DESC LIMIT ?"
        return list(self._select(select, [*values, limit]))

    def oldest_first(self, **wanted: Unpack[Wanted]) -> Iterator[dict[str, Any]]:
        """As `rows`, but the oldest first, and one after the other."""
        where, values = _where(wanted)
        return self._select(f"SELECT * FROM runs {where} ORDER BY id", values)

    def tally(self, **wanted: Unpack[Wanted]) -> Tally:
        """The verdicts of the rows that meet all the conditions, counted. No row is read whole."""
        where, values = _where({"verdicts": VERDICTS, **wanted})
        counts = f"SELECT {DAY}, verdict, count(*) AS count FROM runs {where} GROUP BY 1, 2"
        merges = f"SELECT DISTINCT {DAY}, merge FROM runs {where} AND merge <> ''"
        alone = f"SELECT {DAY}, time FROM runs {where} AND coalesce(merge, '') = '' ORDER BY time"
        asked = (counts, merges, alone)
        return Tally(*([tuple(row.values()) for row in self._select(a, values)] for a in asked))

    def _select(self, asked: str, values: list[Any]) -> Iterator[dict[str, Any]]:
        if not os.path.lexists(self.path):
            return
        with self._connection as connection:
            cursor = connection.execute(asked, values)
            names = [column[0] for column in cursor.description]
            kinds = [_NUMBER if name in NUMBERS else _TEXT for name in names]
            structured = [name for name in names if name in STRUCTURED]
            for found in cursor:
                row = dict(zip(names, found, strict=True))
                try:
                    if not all(map(isinstance, found, kinds)):
                        fits = zip(names, map(isinstance, found, kinds), strict=True)
                        raise ValueError(f"in {next(name for name, fit in fits if not fit)}")
                    for name in structured:
                        if row[name]:
                            import json  # late: what counts rows needs none

                            row[name] = json.loads(row[name])
                except (ValueError, RecursionError) as error:
                    raise damaged(self.path, f"row {row.get('id', '?')}: {error}") from None
                yield row


class Tally:
    """Verdicts, counted by days of the reader's own zone, as in 2026-01-31.

    counts  (a day, a verdict, how many rows have it)
    merges  (a day, the commits that were merged), each once
    alone   (a day, a time) of the rows that do not say which merge they are of, in order
    """

    def __init__(
        self,
        counts: list[tuple[str, str, int]],
        merges: list[tuple[str, str]],
        alone: list[tuple[str, float]],
    ) -> None:
        self.counts = counts
        self.merges = merges
        self.alone = alone


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    """The conditions as SQL, and its values."""
    tests: list[str] = []
    values: list[Any] = []
    for name, value in wanted.items():
        if value is not None and value is not False and value != ():
            given = list(value) if isinstance(value, tuple) else [value]
            tests.append(_TESTS[name].replace("?", ", ".join("?" * len(given))))
            values += given
    return f"WHERE {' AND '.join(tests) or '1'}", values


def identity(row: dict[str, Any]) -> tuple[Any, ...]:
    """The part of a row that identifies its divergence."""
    return tuple(storable(row[name]) for name in IDENTITY)


def _withdraw(connection: sqlite3.Connection, row: dict[str, Any]) -> bool:
    tests = " AND ".join(f"{name} IS ?" for name in IDENTITY)
    return bool(connection.execute(f"DELETE FROM accepted WHERE {tests}", identity(row)).rowcount)
