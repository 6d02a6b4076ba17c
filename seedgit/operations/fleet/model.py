"""A fleet's plan as data: groups of sites, and findings with their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from seedgit.named_tuple import NamedTuple
from seedgit.operations.plan.model import BUCKETS, NEEDS_APPROVAL, NO_OP, Plan
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Outcome = tuple[int, ...]

DECIDED = "decided before: "  # and the choice: the detail of a finding that was decided about


class FleetFinding(NamedTuple):
    """What becomes of one override. It is the same at every site that has this finding.

    pointer     a selector: list items by identity where they have one
    layer       the overlay of the override, where it lies below the site's own; else ""
    covered_by  the layer above it whose value holds there instead
    """

    bucket: str
    path: str
    pointer: str
    reason: str
    detail: str = ""
    layer: str = ""
    covered_by: str = ""

    @property
    def waits(self) -> bool:
        """Whether it waits for a person, and nobody has decided yet."""
        return self.bucket == NEEDS_APPROVAL and not self.detail.startswith(DECIDED)

    @property
    def rank(self) -> tuple[int | str, ...]:
        return BUCKETS.index(self.bucket), *self[1:]


class Values:
    """The values of a finding at all its sites. `seed` is the value after the upgrade.

    sites   how many sites have the finding
    counts  how many have each local value, by its text
    """

    def __init__(
        self,
        sites: int = 0,
        seed: Value = ABSENT,
        over: Mapping[str, Value] | None = None,
        local: Mapping[str, Value] | None = None,
    ) -> None:
        self.sites = sites
        self.seed = seed
        self.over = dict(over or {})
        self.local = dict(local or {})
        self.counts = Counter[str]()

    def add(self, values: tuple[Value, Value, Value], sites: int) -> None:
        """Add what some sites have: the seed's value, what theirs was made over, and theirs."""
        self.seed, over, local = values
        self.over.setdefault(text_of(over), over)
        text = text_of(local)
        self.local.setdefault(text, local)
        self.counts[text] += sites


class SiteGroup(NamedTuple):
    """Sites with the same outcome. A group without findings has the sites that do not change.

    id              names it as long as neither the sites nor the upgrade change
    representative  the site to look at: one of those that equal most others of the group
    """

    sites: tuple[str, ...]
    findings: tuple[FleetFinding, ...]
    id: str = ""
    representative: str = ""

    @property
    def bucket(self) -> str:
        """The bucket of the most serious finding."""
        return self.findings[0].bucket if self.findings else NO_OP


class SiteGroups:
    """Groups, the largest first. Each is made when it is asked for: of a hundred thousand, a person
    is shown a few.

    found  the outcome of each group, as numbers that `make` knows, and its sites
    """

    def __init__(
        self,
        found: Sequence[tuple[Outcome, Sequence[str]]],
        make: Callable[[Outcome, Sequence[str]], SiteGroup],
    ) -> None:
        self._found = found
        self._make = make

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[SiteGroup]:
        return (self._make(*each) for each in self._found)

    def first(self, count: int) -> list[SiteGroup]:
        return [self._make(*each) for each in self._found[:count]]

    @property
    def unchanged(self) -> int:
        """How many sites there are without findings."""
        return sum(len(names) for outcome, names in self._found if not outcome)


class FleetPlan(NamedTuple):
    """`upgrade` is the merge with the seeds that it changes, decided as in `seedgit plan`."""

    upgrade: Plan
    seeds: tuple[str, ...]
    conflicts: tuple[str, ...]
    sites: tuple[str, ...]
    groups: SiteGroups
    findings: dict[FleetFinding, Values]

    @property
    def needs_person(self) -> bool:
        return bool(self.conflicts) or any(finding.waits for finding in self.findings)

    @property
    def unchanged(self) -> int:
        return self.groups.unchanged

    def data(self) -> dict[str, Any]:
        numbers = {finding: n for n, finding in enumerate(self.findings)}
        return {
            "ref": self.upgrade.ref,
            "head": self.upgrade.head,
            "commit": self.upgrade.commit,
            "merge-bases": list(self.upgrade.bases),
            "merge": self.upgrade.kind,
            "seeds": list(self.seeds),
            "conflicts": list(self.conflicts),
            "sites": len(self.sites),
            "no-change": self.unchanged,
            "groups": [
                {
                    "id": group.id,
                    "representative": group.representative,
                    "sites": list(group.sites),
                    "bucket": group.bucket,
                    "findings": [numbers[finding] for finding in group.findings],
                }
                for group in self.groups
            ],
            "findings": [
                _finding_data(finding, values, len(self.sites))
                for finding, values in self.findings.items()
            ],
        }


def _finding_data(finding: FleetFinding, values: Values, of: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "bucket": finding.bucket,
        "path": finding.path,
        "pointer": finding.pointer,
        "reason": finding.reason,
        "sites": values.sites,
        "share": round(values.sites / of, 4),
        "over": [v for v in values.over.values() if v is not ABSENT],
        "local": _counted(values),
    }
    if values.seed is not ABSENT:
        made["seed"] = values.seed
    made |= {"layer": finding.layer} if finding.layer else {}
    made |= {"covered-by": finding.covered_by} if finding.covered_by else {}
    return made | ({"detail": finding.detail} if finding.detail else {})


def _counted(values: Values) -> list[dict[str, Any]]:
    return [value_data(values.local[text], n) for text, n in values.counts.most_common()]


def value_data(value: Value, sites: int) -> dict[str, Any]:
    data = {"absent": True} if value is ABSENT else {"value": value}
    return {**data, "sites": sites}


def text_of(value: Value) -> str:
    return "" if value is ABSENT else canonical(value)
