"""What a plan says, as data: a decision a pointer, and what the upgrade leaves of each seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from seedgit import codes
from seedgit.merge import decision as merge
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

# What kind of merge it would be.
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


@dataclass(frozen=True)
class PlanDecision:
    """What becomes of one pointer. `pointer` counts list items in the merged seed where it can.

    name: the pointer, but items of lists by identity; "" where nobody has looked
    values: those of base, local (the site's), remote (upstream's); what is absent is left out
    overlay: the overlay an override is from; "" where the decision is about the seed alone
    candidates: where its seed is gone, the files that may become of it
    """

    bucket: str
    path: str
    pointer: str
    source: str
    reason: str
    values: dict[str, Value] = field(default_factory=dict)
    overlay: str = ""
    detail: str = ""
    candidates: tuple[str, ...] = ()
    name: str = ""

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
        found |= {k: v for k in ("overlay", "detail") if (v := getattr(self, k))}
        return found | ({"candidates": list(self.candidates)} if self.candidates else {})


def note(bucket: str, reason: str, path: str, detail: str) -> PlanDecision:
    """What there is to say of a file that is no seed, or of none."""
    source = UNCLEAR if bucket == NEEDS_APPROVAL else REMOTE
    return PlanDecision(bucket, path, "", source, reason, detail=detail)


@dataclass(frozen=True)
class SeedPlan:
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


@dataclass(frozen=True)
class Plan:
    """blocked: paths for which git would refuse. elsewhere: conflicts in what is no seed."""

    ref: str
    head: str
    commit: str
    bases: tuple[str, ...]
    kind: str
    decisions: tuple[PlanDecision, ...] = ()
    seeds: tuple[SeedPlan, ...] = ()
    blocked: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

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
            "seeds": [seed.data() for seed in self.seeds],
            **{name: [d.data() for d in self.bucket(name)] for name in BUCKETS},
        }
