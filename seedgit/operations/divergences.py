"""Where seedgit's merge and git's own had different results, read from the journal."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.journal import APART, DAY, IDENTITY, SEEN, Journal, identity
from seedgit.named_tuple import NamedTuple
from seedgit.operations.past_merges.agreement import Agreement, counted
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIGHT = ("id", DAY, "arguments", "merge", *IDENTITY)  # enough to count people by
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
    workspace: Workspace,
    verdict: str | None = None,
    *,
    accepted: bool = False,
    most: int | None = None,
    **query: Any,
) -> Divergences:
    """Rows whose verdict is neither agree nor neither, or is `verdict`. They then count as seen.

    accepted  those that a person has accepted, instead of all others
    most      only so many, the newest
    """
    kept = Journal(workspace.repository.common_dir)
    known = kept.accepted()
    few = most is not None and bool(known)
    only = ("id", *IDENTITY) if few else ()  # enough to see which are accepted
    limit = -1 if most is None or few else most
    found = kept.rows(limit=limit, only=only, verdicts=(verdict,) if verdict else APART, **query)
    newest = kept.rows(only=("id",), verdicts=APART, limit=1)
    if newest and newest[0]["id"] != kept.marked(SEEN):
        kept.mark(SEEN, newest[0]["id"])
    rows = [row for row in found if bool(_of(row, known)) == accepted]
    if few:
        rows = [whole for row in rows[:most] if (whole := kept.row(row["id"]))]
    from seedgit.operations.past_merges.people import mark_people

    for row in rows:
        row["accepted"] = _of(row, known)
    mark_people(workspace, rows)
    hidden = 0 if accepted else sum(bool(_of(row, known)) for row in found)
    return Divergences(rows, hidden)


def _of(row: dict[str, Any], known: dict[tuple[Any, ...], dict[str, Any]]) -> dict[str, Any] | None:
    """How a row was accepted."""
    return known.get(identity(row)) if known else None


class _Seen:
    """What was seen in some time. `alone` has the times of files whose merge is not known."""

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self.merges: set[str] = set()
        self.alone: list[float] = []
        self.accepted: list[str] = []
        self.people = Counter[str | None]()

    def day(self, name: str) -> Day:
        from seedgit.operations.past_merges.people import GIT, SEEDGIT

        people = {name: self.people[name] for name in (GIT, SEEDGIT, codes.NEITHER)}
        return Day(name, self._merges(), counted(self.counts, self.accepted), people)

    def _merges(self) -> int:
        """How many merges the files were part of; for older rows, runs of git with pauses."""
        runs = sum(b - a > PAUSE for a, b in pairwise(self.alone)) + bool(self.alone)
        return len(self.merges) + runs


def by_day(workspace: Workspace, **query: Any) -> list[Day]:
    """The verdicts of each day, the newest first, and of all of them together at the end."""
    from seedgit.operations.past_merges.people import mark_people  # late: `status` only counts

    kept = Journal(workspace.repository.common_dir)
    known, tally = kept.accepted(), kept.tally(**query)
    apart = kept.rows(only=LIGHT, verdicts=APART, **query)
    mark_people(workspace, apart, lambda row: (kept.row(row["id"]) or row).get("difference"))
    total, days = _Seen(), defaultdict[str, _Seen](_Seen)
    for day, verdict, count in tally.counts:
        for seen in (days[day], total):
            seen.counts[verdict] += count
    for day, merge in tally.merges:
        for seen in (days[day], total):
            seen.merges.add(merge)
    for day, moment in tally.alone:
        for seen in (days[day], total):
            seen.alone.append(moment)
    for row in apart:
        for seen in (days[row["day"]], total):
            seen.people[row["people"]] += 1
            seen.accepted += [row["verdict"]] if _of(row, known) else []
    newest = sorted(days.items(), reverse=True)
    return [seen.day(day) for day, seen in (*newest, (TOTAL, total))]


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
