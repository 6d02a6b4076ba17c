"""What becomes of each override in an upgrade, from the rebase of its overlay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seedgit import codes
from seedgit.operations.plan.model import (
    AUTO_APPLY,
    LOCAL,
    NEEDS_APPROVAL,
    NO_OP,
    REMOTE,
    UNCLEAR,
    WARNINGS,
    PlanDecision,
)
from seedgit.overlay.override import Override
from seedgit.overlay.rebase import Outcome, Rebased
from seedgit.overlay.record import Record
from seedgit.rules.ownership import REVIEW
from seedgit.values.diff import ABSENT
from seedgit.values.value import same


def layer_decisions(
    overlay: str,
    path: str,
    record: Record,
    after: Rebased,
    now: Rebased | None,
    decided: Callable[[Outcome], str] = lambda outcome: "",
) -> list[PlanDecision]:
    """What becomes of the overrides of a record.

    after  the record on the seed after the upgrade
    now    the record on today's seed
    """
    found: list[PlanDecision] = []
    outcomes = after.outcomes
    count = len(record.overrides)
    before = now.outcomes if now else ()
    names = _parked_names(after)
    for n, outcome in enumerate(outcomes):
        same_as_now = n < count and n < len(before) and _alike(outcome, before[n])
        made = _outcome(overlay, path, outcome, same_as_now, n >= count)
        name = names.get(id(outcome.override), "")
        found.append(made._replace(detail=decided(outcome), name=name))
    parked_now = now.parked if now else ()
    for parked in after.parked:
        if any(parked.override == o.override for o in outcomes):
            continue
        bucket = WARNINGS if parked in parked_now else NEEDS_APPROVAL
        reason = codes.ALREADY_PENDING if parked in parked_now else parked.reason
        gone = parked.reason != codes.YIELDED
        about = _about(bucket, (overlay, path), parked.override, UNCLEAR, reason, gone=gone)
        found.append(about._replace(name=names.get(id(parked.override), "")))
    return found


def _parked_names(rebased: Rebased) -> dict[int, str]:
    """The names of parked overrides. Their pointers may belong to other items by now."""
    return {id(p.override): p.label for p in rebased.parked if p.reason != codes.YIELDED}


def held_decisions(
    overlay: str, path: str, theirs: Rebased, now: Rebased
) -> Iterator[PlanDecision]:
    """As `layer_decisions`, for a seed in conflict. `theirs`: the record on upstream's version."""
    for outcome, today in zip(theirs.outcomes, now.outcomes, strict=False):
        if _alike(outcome, today):
            yield _about(
                WARNINGS, (overlay, path), outcome.override, UNCLEAR, codes.SEED_IN_CONFLICT
            )
        else:
            made = _outcome(overlay, path, outcome, False, False)
            name = _parked_names(theirs).get(id(outcome.override), "")
            yield made._replace(detail="the seed is in conflict", name=name)


def waiting_decisions(overlay: str, path: str, record: Record) -> list[PlanDecision]:
    """As `layer_decisions`, where it is known only that the seed is in conflict."""
    return [
        _about(WARNINGS, (overlay, path), o, UNCLEAR, codes.SEED_IN_CONFLICT) for o in _held(record)
    ]


def lost_decisions(overlay: str, path: str, record: Record) -> list[PlanDecision]:
    """The decisions about the overrides of a seed that the merge removes."""
    return [
        _about(NEEDS_APPROVAL, (overlay, path), o, UNCLEAR, codes.ORPHANED, gone=True)
        for o in _held(record)
    ]


def _alike(one: Outcome, other: Outcome) -> bool:
    return one.status == other.status and same(one.override.seed, other.override.seed)


def _outcome(
    overlay: str, path: str, outcome: Outcome, same_as_now: bool, restored: bool
) -> PlanDecision:
    status, policy = outcome.status, outcome.on_seed_change
    bucket, source, reason = NO_OP, LOCAL, status
    if same_as_now and outcome.needs_person:
        bucket, reason = WARNINGS, codes.ALREADY_PENDING
    elif restored and status != codes.MOVED_UNDER:
        bucket, reason = AUTO_APPLY, codes.RESTORED
    elif status in (codes.ORPHANED, codes.AMBIGUOUS):
        bucket, source = NEEDS_APPROVAL, UNCLEAR
    elif status == codes.YIELDED:
        bucket, source = AUTO_APPLY, REMOTE
    elif status in (codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER) and not same_as_now:
        bucket = NEEDS_APPROVAL if policy == REVIEW else WARNINGS
    gone = status in (codes.ORPHANED, codes.AMBIGUOUS)
    return _about(bucket, (overlay, path), outcome.override, source, reason, gone=gone)


def _about(
    bucket: str,
    of: tuple[str, str],
    override: Override,
    source: str,
    reason: str,
    gone: bool = False,
) -> PlanDecision:
    """The decision about an override.

    of    the overlay and the path of its seed
    gone  upstream no longer has this place
    """
    overlay, path = of
    seed = ABSENT if gone else override.seed
    values = {"base": override.over, "local": override.local, "remote": seed}
    made = PlanDecision(bucket, path, override.pointer, source, reason, values, overlay)
    return made._replace(why=override.why)


def _held(record: Record) -> Iterator[Override]:
    yield from record.overrides
    for parked in record.parked:
        yield parked.override
