"""A plan as data: one decision for each pointer, and each seed after the upgrade."""

from __future__ import annotations

from collections.abc import Mapping

from seedgit import codes
from seedgit.merge import decision as merge
from seedgit.named_tuple import NamedTuple
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The kinds of merge.
UP_TO_DATE, FAST_FORWARD, TRUE_MERGE = "already-up-to-date", "fast-forward", "merge"

AUTO_APPLY, NEEDS_APPROVAL = "auto_apply", "needs_approval"
WARNINGS, NO_OP = "warnings", "no_op"
BUCKETS = (NEEDS_APPROVAL, WARNINGS, AUTO_APPLY, NO_OP)

# Where a decision takes its value from.
LOCAL, REMOTE, MERGED, UNCLEAR = "local", "remote", "merge", "ambiguous"
SOURCES = {
    merge.BASE: merge.BASE,
    merge.OURS: LOCAL,
    merge.THEIRS: REMOTE,
    merge.MERGE: MERGED,
    codes.CONFLICT: UNCLEAR,
}


class PlanDecision(NamedTuple):
    """What becomes of one pointer. `pointer` is one of the merged seed where possible.

    name        the pointer with list items by identity; "" where it was not looked up
    values      the values of base, local (the site's) and remote (upstream's); none where absent
    overlay     the overlay of the override; "" where the decision is about the seed alone
    covered_by  the overlay above it whose value holds there instead
    why         the reason that the override was made with
    candidates  for a seed that is gone: the files that may have replaced it
    """

    bucket: str
    path: str
    pointer: str
    source: str
    reason: str
    values: Mapping[str, Value] = {}
    overlay: str = ""
    detail: str = ""
    candidates: tuple[str, ...] = ()
    name: str = ""
    covered_by: str = ""
    why: str = ""

    @property
    def parked(self) -> bool:
        """Whether it is about an override that will have no place."""
        return self.reason in (codes.ORPHANED, codes.AMBIGUOUS, codes.YIELDED, codes.SEED_GONE)

    @property
    def seed(self) -> Value:
        """The seed's value after the upgrade; ABSENT if it has none, or that is not known."""
        return self.values.get("remote", ABSENT)

    @property
    def label(self) -> str:
        return self.name or self.pointer

    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "path": self.path,
            "pointer": self.pointer,
            "name": self.label,
            "source": self.source,
            "reason": self.reason,
            "values": {k: v for k, v in self.values.items() if v is not ABSENT},
        }
        found |= {k: v for k in ("overlay", "detail", "why") if (v := getattr(self, k))}
        found |= {"covered-by": self.covered_by} if self.covered_by else {}
        return found | ({"candidates": list(self.candidates)} if self.candidates else {})


def note(bucket: str, reason: str, path: str, detail: str) -> PlanDecision:
    """A remark on a file that is not a seed, or on no file at all."""
    source = UNCLEAR if bucket == NEEDS_APPROVAL else REMOTE
    return PlanDecision(bucket, path, "", source, reason, detail=detail)


class SeedPlan(NamedTuple):
    """One seed: its path before and after, and the ids of what the merge leaves.

    blob       the seed as it will be in the working tree, conflict markers and all
    effective  the effective file, as `render` will print it; "" where it cannot be made
    """

    was: str | None
    path: str | None
    conflicted: bool
    blob: str = ""
    effective: str = ""

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "was": self.was,
            "conflict": self.conflicted,
            "blob": self.blob,
            "effective": self.effective,
        }


class Plan(NamedTuple):
    """The plan of an upgrade.

    blocked    paths because of which git would refuse the merge
    elsewhere  conflicts in files that are not seeds
    layers     the active overlays, lowest first
    """

    ref: str
    head: str
    commit: str
    bases: tuple[str, ...]
    kind: str
    decisions: tuple[PlanDecision, ...] = ()
    seeds: tuple[SeedPlan, ...] = ()
    blocked: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()

    @property
    def covered(self) -> int:
        """How many overrides have no effect, because a layer above them has the place."""
        return sum(bool(decision.covered_by) for decision in self.decisions)

    def bucket(self, name: str) -> tuple[PlanDecision, ...]:
        return tuple(d for d in self.decisions if d.bucket == name)

    @property
    def needs_person(self) -> bool:
        return bool(self.bucket(NEEDS_APPROVAL) or self.elsewhere)

    def data(self) -> dict[str, Any]:
        return {
            "ref": self.ref,
            "head": self.head,
            "commit": self.commit,
            "merge-bases": list(self.bases),
            "merge": self.kind,
            "blocked": list(self.blocked),
            "conflicts-elsewhere": list(self.elsewhere),
            "layers": list(self.layers),
            "covered-by-a-layer": self.covered,
            "seeds": [seed.data() for seed in self.seeds],
            **{name: [d.data() for d in self.bucket(name)] for name in BUCKETS},
        }
