"""Where seedgit's merge and git's own did not come to the same: read from the journal."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from seedgit import journal
from seedgit.journal import Journal
from seedgit.operations.switch import Agreement
from seedgit.operations.workspace import Workspace

SEEN = "divergences-seen"
APART = tuple(v for v in journal.VERDICTS if v not in (journal.AGREE, journal.NEITHER))


@dataclass(frozen=True)
class Day:
    """One day's merges: `merges` counts runs of git, told apart by a pause of a minute."""

    day: str
    merges: int
    agreement: Agreement

    def data(self) -> dict[str, Any]:
        return {"day": self.day, "merges": self.merges, **self.agreement.data()}


def divergences(workspace: Workspace, verdict: str | None = None, **query: Any) -> list[Any]:
    """Rows whose verdict is not agree or neither, or is `verdict`; and they count as seen."""
    kept = Journal(workspace.repository.common_dir)
    rows = kept.rows(verdicts=(verdict,) if verdict else APART, **query)
    newest = kept.rows(verdicts=APART, limit=1)
    if newest:
        kept.mark(SEEN, newest[0]["id"])
    return rows


def unseen(workspace: Workspace) -> int:
    """How many divergences there are since they were last looked at."""
    kept = Journal(workspace.repository.common_dir)
    last = kept.marked(SEEN) or 0
    return sum(row["id"] > last for row in kept.rows(verdicts=APART))


def by_day(workspace: Workspace, **query: Any) -> list[Day]:
    """The verdicts of each day, the newest first."""
    kept = Journal(workspace.repository.common_dir)
    days: dict[str, list[dict[str, Any]]] = {}
    for row in kept.rows(verdicts=journal.VERDICTS, **query):
        day = time.strftime("%Y-%m-%d", time.localtime(row["time"]))
        days.setdefault(day, []).append(row)
    return [Day(day, _merges(rows), _counted(rows)) for day, rows in days.items()]


def _counted(rows: list[dict[str, Any]]) -> Agreement:
    found = [row["verdict"] for row in rows]
    return Agreement({name: found.count(name) for name in journal.VERDICTS})


def _merges(rows: list[dict[str, Any]]) -> int:
    times: list[float] = sorted(row["time"] for row in rows)
    return sum(b - a > 60.0 for a, b in pairwise(times)) + (1 if times else 0)
