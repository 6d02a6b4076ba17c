"""What `verify` found, as data."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Deviation(NamedTuple):
    """One pointer with a wrong value.

    expected  the value that seedgit decides, or the seed's earlier value; ABSENT for none
    found     the value that was committed, or the override's
    allowed   the reason for it in a trailer of the commit
    name      the pointer for people, with items of lists by identity; "" where that is the same
    """

    code: str
    path: str
    pointer: str = ""
    commit: str = ""
    line: int | None = None
    expected: Value = ABSENT
    found: Value = ABSENT
    overlay: str = ""
    detail: str = ""
    allowed: str = ""
    name: str = ""

    def data(self) -> dict[str, Any]:
        values = {"expected": self.expected, "found": self.found}
        words = ("commit", "line", "overlay", "detail", "allowed")
        return {
            "code": self.code,
            "path": self.path,
            "pointer": self.pointer,
            **{name: value for name, value in values.items() if value is not ABSENT},
            **{name: value for name in words if (value := getattr(self, name))},
        }


class SeedInMerge(NamedTuple):
    """A seed in a merge commit, and what became of it there."""

    commit: str
    path: str
    outcome: str


class NotChecked(NamedTuple):
    """Something that was not checked. The reason is a stable code and a text."""

    code: str
    text: str


class Verified(NamedTuple):
    """What was checked and found. `range` is "" where there are no rules at all."""

    range: str
    upstream: str | None = None
    merges: int = 0
    commits: int = 0
    seeds: tuple[SeedInMerge, ...] = ()
    findings: tuple[Deviation, ...] = ()
    notes: tuple[NotChecked, ...] = ()

    @property
    def failures(self) -> tuple[Deviation, ...]:
        return tuple(f for f in self.findings if not f.allowed)

    def count(self, outcome: str) -> int:
        return sum(seed.outcome == outcome for seed in self.seeds)

    def data(self) -> dict[str, Any]:
        return {
            "ok": not self.failures,
            "range": self.range,
            "upstream": self.upstream,
            "merges": self.merges,
            "commits": self.commits,
            "seeds": [seed._asdict() for seed in self.seeds],
            "findings": [finding.data() for finding in self.findings],
            "notes": [note._asdict() for note in self.notes],
        }
