"""The journal's file: its schema, those of older and newer versions, and what is damaged."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seedgit import codes, journal_file
from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.journal import Journal
from tests.conftest import Repo
from tests.site import seedgit
from tests.test_journal import recorded


def test_a_journal_of_a_newer_seedgit_is_left_alone(tmp_path: Path) -> None:
    import sqlite3

    kept = Journal(tmp_path)
    kept.add("test", codes.DONE)
    connection = sqlite3.connect(kept.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="newer seedgit"):
        kept.add("test", codes.DONE)


EMPTY_INTENT = "Intent(refs=[], files=[], configuration=[], remotes=[])"


def older_journal(place: Path) -> None:
    """A journal as the first schema had it, with a row of a dry-run that had nothing to write."""
    import sqlite3

    file = place / journal_file.FILE
    file.parent.mkdir()
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(journal_file.MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
        asked = "INSERT INTO runs (time, entry, outcome, seedgit, python, verdict, path, intended)"
        values = (f"{n}, 'set', 'done', '0', '3', 'diverge', 'a', ?" for n in range(2))
        for value in values:
            connection.execute(f"{asked} VALUES ({value})", (json.dumps(EMPTY_INTENT),))


def test_an_older_journal_is_brought_up_to_date(tmp_path: Path) -> None:
    older_journal(tmp_path)
    kept = Journal(tmp_path)
    assert [(row["merge"], row["intended"]) for row in kept.rows()] == [(None, None)] * 2
    assert kept.accepted() == {}
    kept.add("test", codes.DONE, merge="a b")
    assert [row["merge"] for row in kept.rows()] == ["a b", None, None]
    assert kept.check() == 3


def test_an_older_journal_is_brought_up_to_date_once_by_many(tmp_path: Path) -> None:
    older_journal(tmp_path)
    program = (
        "import sys; from seedgit.journal import Journal; sys.stdin.read(1)\n"
        "for n in range(10): Journal(sys.argv[1], 30).add('test', 'done')"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    running = [subprocess.Popen(words, stdin=subprocess.PIPE) for _ in range(6)]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"x")
        process.stdin.close()
    assert [process.wait() for process in running] == [0] * 6
    assert len(Journal(tmp_path).rows()) == 62


def test_an_older_journal_that_may_only_be_read_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    class ReadOnly(sqlite3.Connection):
        def __init__(self, *words: Any, **named: Any) -> None:
            super().__init__(*words, **named)
            self.execute("PRAGMA query_only = on")

    class Module:
        Error, OperationalError = sqlite3.Error, sqlite3.OperationalError
        connect = staticmethod(lambda *w, **n: sqlite3.connect(*w, **n, factory=ReadOnly))

    older_journal(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(journal_file, "sqlite", lambda: Module)
        kept = Journal(tmp_path)
        assert len(kept.rows()) == 2
        assert kept.accepted() == {}
        assert kept.row(1)
        with pytest.raises(RepositoryError, match="cannot be used"):
            kept.add("test", codes.DONE)
    assert [row["intended"] for row in Journal(tmp_path).rows()] == [None, None]


def test_a_schema_of_tomorrow_is_reached_from_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Journal(tmp_path)
    kept.add("test", codes.DONE)
    later = "ALTER TABLE marks ADD COLUMN note TEXT"
    monkeypatch.setattr(journal_file, "MIGRATIONS", (*journal_file.MIGRATIONS, later))
    kept.add("test", codes.DONE)
    assert len(kept.rows()) == 2


def test_a_damaged_journal_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    place = tmp_path / journal_file.FILE
    place.parent.mkdir()
    place.write_bytes(b"not a database, by far" * 100)
    with pytest.raises(SeedgitError, match="damaged") as caught:
        Journal(tmp_path).add("test", codes.DONE)
    assert "doctor --fix" in caught.value.hint


@pytest.mark.parametrize(
    "cell",
    ["time = x'ff00ff'", "entry = x'ff'", "error = CAST(x'ff' AS TEXT)", "arguments = '[[['"],
)
def test_a_damaged_row_is_told_and_doctor_moves_the_journal_aside(site: Repo, cell: str) -> None:
    seedgit(site, "status")
    with contextlib.closing(sqlite3.connect(site.path / ".git" / journal_file.FILE)) as connection:
        connection.execute(f"UPDATE runs SET {cell}")
        connection.commit()
    accept = ("divergences", "--accept", "1", "--why", "x")
    for words in (("journal",), ("journal", "1"), ("replay", "1"), accept):
        said = seedgit(site, *words)
        assert (said.status, "the journal is damaged" in said.err) == (3, True), (words, said)
    assert seedgit(site, "status").status == 0
    assert "the journal is damaged" in seedgit(site, "doctor").out
    seedgit(site, "doctor", "--fix")
    assert seedgit(site, "journal").status == 0


def test_an_older_journal_gets_its_index(tmp_path: Path) -> None:
    kept = recorded(tmp_path, 5)
    with contextlib.closing(sqlite3.connect(kept.path)) as connection:
        connection.execute("DROP INDEX runs_by_verdict")
        connection.execute(
            "CREATE INDEX runs_by_verdict ON runs (verdict, time) WHERE verdict IS NOT NULL"
        )
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    assert len(kept.rows()) == 5
    with contextlib.closing(sqlite3.connect(kept.path)) as connection:
        asked = "EXPLAIN QUERY PLAN SELECT verdict, time, merge FROM runs WHERE verdict = 'agree'"
        assert "COVERING INDEX runs_by_verdict" in str(connection.execute(asked).fetchall())
