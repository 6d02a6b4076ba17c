"""How far seedgit's merges agree with git's, by the journal: the evidence that live is safe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from seedgit import codes
from seedgit.journal import APART, IDENTITY, VERDICTS, Journal, identity
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The share of merges clean in git that must agree before live is allowed without --force.
ENOUGH_AGREEMENT = 0.95


class Agreement(NamedTuple):
    """The recorded verdicts on merges, counted: what `dry-run` and `replay` have seen.

    accepted  divergences that a person has accepted: they are in none of the counts
    """

    counts: dict[str, int]
    accepted: int = 0

    @property
    def files(self) -> int:
        return sum(self.counts.values()) + self.accepted

    @property
    def clean_in_git(self) -> int:
        return sum(self.counts[v] for v in (codes.AGREE, codes.DIVERGE, codes.GIT_ONLY))

    @property
    def rate(self) -> float | None:
        """The share of the files clean in git that seedgit merged alike; None if none was seen."""
        return self.counts[codes.AGREE] / self.clean_in_git if self.clean_in_git else None

    @property
    def poor(self) -> bool:
        return self.rate is not None and self.rate < ENOUGH_AGREEMENT

    def data(self) -> dict[str, Any]:
        figures = {"files": self.files, **self.counts, "accepted": self.accepted}
        return {**figures, "agreement": self.rate}

    def line(self) -> str:
        """The figures for a person."""
        if not self.files:
            return "no merge is on record yet"
        counts = {**self.counts, "accepted": self.accepted}
        parts = [f"{n} {name}" for name, n in counts.items() if n]
        rate = "" if self.rate is None else f"; agreement {self.rate:.1%}"
        return f"{number_of(self.files, 'file')} on record: {', '.join(parts)}{rate}"


def agreement(workspace: Workspace, **query: Any) -> Agreement:
    """The verdicts in the journal; `query` as for `Journal.rows`."""
    kept = Journal(workspace.repository.common_dir)
    known = kept.accepted()
    counts = Counter[str]()
    for _, verdict, count in kept.tally(**query).counts:
        counts[verdict] += count
    apart = kept.rows(only=IDENTITY, verdicts=APART, **query) if known else []
    return counted(counts, [row["verdict"] for row in apart if identity(row) in known])


def counted(counts: Mapping[str, int], accepted: Sequence[str] = ()) -> Agreement:
    """Verdicts, counted. `accepted` are those among them that a person has accepted."""
    known = Counter(accepted)
    left = {name: counts.get(name, 0) - known[name] for name in VERDICTS}
    return Agreement(left, len(accepted))
