"""Where seedgit's merge and git's own had different results, read from the journal."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any, NamedTuple

from seedgit import codes, journal
from seedgit.errors import UsageError
from seedgit.journal import Journal, identity
from seedgit.operations.agreement import Agreement, counted
from seedgit.operations.people import GIT, SEEDGIT, mark_people
from seedgit.operations.workspace import Workspace

SEEN = "divergences-seen"
APART = tuple(v for v in journal.VERDICTS if v not in (codes.AGREE, codes.NEITHER))
PAUSE = 60.0  # seconds between two runs of git, if no merge is on record
TOTAL = "total"


class Day(NamedTuple):
    """One day's merges, or those of all days. `people` counts what was committed, where engines
    differ: as git had it, as seedgit had it, as neither."""

    day: str
    merges: int
    agreement: Agreement
    people: dict[str, int]

    def data(self) -> dict[str, Any]:
        people = {f"as-{name}": count for name, count in self.people.items()}
        return {"day": self.day, "merges": self.merges, **self.agreement.data(), **people}


class Divergences(NamedTuple):
    """Rows of the journal, each with `commit` and `people` (whose result that commit has, None
    where it is not known), and with `accepted`: time, who and why, or None.

    accepted  how many were left out because a person has accepted them
    """

    rows: list[dict[str, Any]]
    accepted: int


def divergences(
    workspace: Workspace, verdict: str | None = None, *, accepted: bool = False, **query: Any
) -> Divergences:
    """Rows whose verdict is neither agree nor neither, or is `verdict`. They then count as seen.

    accepted  those that a person has accepted, instead of all others
    """
    kept = Journal(workspace.repository.common_dir)
    known = kept.accepted()
    found = kept.rows(verdicts=(verdict,) if verdict else APART, **query)
    for row in found:
        row["accepted"] = known.get(identity(row))
    newest = kept.rows(verdicts=APART, limit=1)
    if newest and newest[0]["id"] != kept.marked(SEEN):
        kept.mark(SEEN, newest[0]["id"])
    rows = [row for row in found if (row["accepted"] is not None) == accepted]
    mark_people(workspace, rows)
    return Divergences(rows, 0 if accepted else len(found) - len(rows))


def unseen(workspace: Workspace) -> int:
    """How many divergences there are since they were last looked at, without accepted ones."""
    kept = Journal(workspace.repository.common_dir)
    last = kept.marked(SEEN) or 0
    new = [row for row in kept.rows(verdicts=APART) if row["id"] > last]
    known = kept.accepted() if new else {}
    return sum(identity(row) not in known for row in new)


def by_day(workspace: Workspace, **query: Any) -> list[Day]:
    """The verdicts of each day, the newest first, and of all of them together at the end."""
    kept = Journal(workspace.repository.common_dir)
    rows = kept.rows(verdicts=journal.VERDICTS, **query)
    mark_people(workspace, [row for row in rows if row["verdict"] in APART])
    days: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        day = time.strftime("%Y-%m-%d", time.localtime(row["time"]))
        days.setdefault(day, []).append(row)
    known = kept.accepted()
    newest = sorted(days.items(), reverse=True)
    return [_day(day, found, known) for day, found in (*newest, (TOTAL, rows))]


def _day(day: str, rows: list[dict[str, Any]], known: dict[Any, Any]) -> Day:
    found = [row.get("people") for row in rows]
    people = {name: found.count(name) for name in (GIT, SEEDGIT, codes.NEITHER)}
    return Day(day, _merges(rows), counted(rows, known), people)


def _merges(rows: list[dict[str, Any]]) -> int:
    """How many merges the files were part of; for older rows, runs of git with pauses between."""
    known = {row["merge"] for row in rows if row.get("merge")}
    times: list[float] = sorted(row["time"] for row in rows if not row.get("merge"))
    runs = sum(b - a > PAUSE for a, b in pairwise(times)) + (1 if times else 0)
    return len(known) + runs


# -- what a person knows -------------------------------------------------------------------------


def accept(workspace: Workspace, rows: list[dict[str, Any]], why: str) -> None:
    """Accept divergences, with a reason: they are not counted again. Raises UsageError."""
    kept = Journal(workspace.repository.common_dir)
    for row in rows:
        _require_apart(row)
    who = workspace.repository.config.get("user.name") or ""
    for row in rows:
        kept.accept(row, why, who)


def withdraw(workspace: Workspace, rows: list[dict[str, Any]]) -> None:
    """Count divergences again that were accepted. Raises UsageError if one was not."""
    kept = Journal(workspace.repository.common_dir)
    known = kept.accepted()
    for row in rows:
        if identity(row) not in known:
            raise UsageError(
                f"row {row['id']} is not accepted", hint="seedgit divergences --accepted"
            )
    for row in rows:
        kept.withdraw(row)


def _require_apart(row: dict[str, Any]) -> None:
    if row["verdict"] not in APART:
        raise UsageError(
            f"row {row['id']} is not a divergence, but {row['verdict'] or row['entry']}",
            hint="seedgit divergences lists them",
        )
