"""What an upgrade does to the records that lie over one seed. It needs no repository."""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import InputError, SeedgitError
from seedgit.formats.document import Document
from seedgit.git.stored_record import seed_of
from seedgit.operations.fleet.job import LAID, LOST, READ, WAITS, Answer, Case, Job, ToldFinding
from seedgit.operations.fleet.model import FleetFinding
from seedgit.operations.fleet.shared import Loaded, Shared
from seedgit.operations.plan.model import NEEDS_APPROVAL, NO_OP, PlanDecision
from seedgit.operations.plan.overrides import (
    held_decisions,
    layer_decisions,
    lost_decisions,
    waiting_decisions,
)
from seedgit.operations.stack.covers import with_covers
from seedgit.overlay.rebase import Rebased
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.pointer import parse_pointer
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

SEED_IS_GONE = "the seed is gone"
OWN = "the site's own"
Named = list[tuple[PlanDecision, str]]


class Outcomes:
    """The answers to jobs about an upgrade: the decisions that `seedgit plan` would make."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def answer(self, job: Job) -> Answer:
        """What becomes of the records of a job, all layers seen together."""
        told: list[ToldFinding] = []
        found: Named = []
        for part in job.parts:
            layer = part.layer or OWN
            try:
                loaded = self.shared.record(part.entry, job.case)
            except InputError as error:
                path = seed_of(part.entry[0])
                told.append(_problem(path, codes.UNUSABLE_RECORD, error, part.layer))
                continue
            try:
                made = self.named(job.case, loaded, part.here)
            except SeedgitError as error:
                path = job.case.path or loaded.record.path
                told.append(_problem(path, codes.NOT_PARSEABLE, error, part.layer))
                continue
            found += [(d._replace(overlay=layer), pointer) for d, pointer in made]
        layers = [part.layer or OWN for part in job.parts]
        for decision, pointer in _covered(found, layers):
            if decision.bucket != NO_OP:
                told.append(_told(decision, pointer))
        return tuple(told)

    def named(self, case: Case, loaded: Loaded, here: bool) -> Named:
        """The decisions about a record, each with its selector."""
        record, today, then = loaded.record, case.today, case.then
        if case.kind == READ:
            return []
        if case.kind == LOST:
            lost = [d._replace(detail=SEED_IS_GONE) for d in lost_decisions("", case.path, record)]
            return [(d, self.on_base(loaded, d, case.rule)) for d in lost]
        if case.kind == WAITS:
            return self.held(case, loaded)
        assert case.kind == LAID and then is not None
        seed = self.shared.document(then.id, then.path)
        after = self.shared.rebased(loaded, seed, then.id, then.rule)
        now = self.today(case, loaded) if here and today is not None else None
        made = layer_decisions("", case.path, record, after, now)
        return self.selectors(made, after, loaded, seed, then.rule)

    def today(self, case: Case, loaded: Loaded) -> Rebased | None:
        version = case.today
        if version is None:
            return None
        try:
            seed = self.shared.document(version.id, version.path)
            return self.shared.rebased(loaded, seed, version.id, version.rule)
        except InputError:
            return None

    def held(self, case: Case, loaded: Loaded) -> Named:
        """The decisions about a record whose seed is in conflict after the merge."""
        rule, theirs = case.rule, case.then
        now = self.today(case, loaded)
        if now is not None and theirs is not None:
            try:
                seed = self.shared.document(theirs.id, theirs.path)
                after = self.shared.rebased(loaded, seed, theirs.id, rule)
            except InputError:
                pass
            else:
                made = list(held_decisions("", case.path, after, now))
                return self.selectors(made, after, loaded, seed, rule)
        waiting = waiting_decisions("", case.path, loaded.record)
        return [(d, self.on_base(loaded, d, rule)) for d in waiting]

    def selectors(
        self,
        decisions: list[PlanDecision],
        after: Rebased,
        loaded: Loaded,
        seed: Document,
        rule: SeedRule | None,
    ) -> Named:
        """The decisions with selectors: unlike list indices, these are the same for all sites."""
        base = self.shared.base(loaded.record)
        found = []
        for number, decision in enumerate(decisions):
            document, tokens = seed, parse_pointer(decision.pointer)
            outcome = after.outcomes[number] if number < len(after.outcomes) else None
            if outcome is not None and outcome.status in (codes.ORPHANED, codes.AMBIGUOUS):
                document, tokens = base, outcome.before
            found.append((decision, _selector(document.value, tokens, rule, decision)))
        return found

    def on_base(self, loaded: Loaded, decision: PlanDecision, rule: SeedRule | None) -> str:
        try:
            base = self.shared.base(loaded.record)
        except SeedgitError:
            return decision.pointer
        return _selector(base.value, parse_pointer(decision.pointer), rule, decision)


def _covered(found: Named, layers: list[str]) -> Named:
    """The decisions, each with the layer that covers it."""
    if len(layers) < 2:
        return found
    covered = with_covers([decision for decision, _ in found], layers)
    return list(zip(covered, (pointer for _, pointer in found), strict=True))


def _problem(path: str, reason: str, error: SeedgitError, layer: str = "") -> ToldFinding:
    return ToldFinding(FleetFinding(NEEDS_APPROVAL, path, "", reason, error.message, layer))


def _told(decision: PlanDecision, pointer: str) -> ToldFinding:
    layer = "" if decision.overlay == OWN else decision.overlay
    finding = FleetFinding(
        *(decision.bucket, decision.path, pointer, decision.reason, decision.detail),
        *(layer, decision.covered_by),
    )
    if not decision.values:
        return ToldFinding(finding)
    seed, over, local = (decision.values.get(name, ABSENT) for name in ("remote", "base", "local"))
    return ToldFinding(finding, (seed, over, local))


def _selector(
    value: Value, tokens: tuple[str, ...], rule: SeedRule | None, decision: PlanDecision
) -> str:
    """The selector of a place. An item that the site inserted is named by its own identity."""
    inserted = decision.values.get("base", ABSENT) is ABSENT
    local = decision.values.get("local", ABSENT) if inserted else ABSENT
    return selector_of(value, tokens, rule.key_of if rule else no_key, local)
