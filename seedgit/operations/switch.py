"""Off, dry-run, live: change the mode of a clone, and the evidence that live is safe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seedgit import journal
from seedgit.errors import Refused
from seedgit.git import settings
from seedgit.git.config import LOCAL, WORKTREE
from seedgit.journal import Journal
from seedgit.mode import DRY_RUN, KEY, LIVE, OFF
from seedgit.operations.setup import Step, install_driver, remove_driver
from seedgit.operations.workspace import Workspace

# Of the merges that git finds clean, as many must agree before live is allowed unforced.
ENOUGH_AGREEMENT = 0.95


@dataclass(frozen=True)
class Agreement:
    """The recorded verdicts on merges, counted: what `dry-run` and `replay` have seen."""

    counts: dict[str, int]

    @property
    def clean_in_git(self) -> int:
        return sum(self.counts[v] for v in (journal.AGREE, journal.DIVERGE, journal.GIT_ONLY))

    @property
    def rate(self) -> float | None:
        """Of the files that git merged cleanly, how many seedgit merged alike; None: none seen."""
        return self.counts[journal.AGREE] / self.clean_in_git if self.clean_in_git else None

    @property
    def poor(self) -> bool:
        return self.rate is not None and self.rate < ENOUGH_AGREEMENT

    def data(self) -> dict[str, Any]:
        return {"files": sum(self.counts.values()), **self.counts, "agreement": self.rate}

    def line(self) -> str:
        """The figures for a person."""
        if not sum(self.counts.values()):
            return "no merge is on record yet"
        parts = [f"{n} {name}" for name, n in self.counts.items() if n]
        rate = "" if self.rate is None else f"; agreement {self.rate:.1%}"
        return f"{sum(self.counts.values())} files on record: {', '.join(parts)}{rate}"


def agreement(workspace: Workspace, **query: Any) -> Agreement:
    """The verdicts in the journal; `query` as for `Journal.rows`."""
    rows = Journal(workspace.repository.common_dir).rows(verdicts=journal.VERDICTS, **query)
    found = [row["verdict"] for row in rows]
    return Agreement({name: found.count(name) for name in journal.VERDICTS})


def switch(
    workspace: Workspace, mode: str, *, worktree: bool = False, force: bool = False
) -> list[Step]:
    """Make `mode` the clone's, or only this worktree's.

    off takes the merge driver out, so that git is git to the byte; the others put it in. Raises
    Refused for live where the recorded agreement is poor, unless forced.
    """
    repository = workspace.repository
    if mode == LIVE and not force:
        seen = agreement(workspace)
        if seen.poor:
            raise Refused(
                f"the recorded agreement is too poor to go live: {seen.line()}",
                hint="seedgit divergences shows where; seedgit mode live --force goes all the same",
            )
    scope = WORKTREE if worktree else LOCAL
    repository.config.set(KEY, mode, scope)
    steps = [Step(KEY, "set", f"{mode}, in {scope} configuration")]
    if mode == OFF and not worktree:
        steps += remove_driver(repository)
    elif mode in (DRY_RUN, LIVE):
        steps += install_driver(workspace)
    return steps


def installed(workspace: Workspace) -> bool:
    """Whether git knows the merge driver here."""
    return workspace.repository.config.get(settings.DRIVER_KEY) is not None
