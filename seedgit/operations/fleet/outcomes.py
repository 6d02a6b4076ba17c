"""What an upgrade does to the records that lie over one seed. It needs no repository."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from seedgit import codes
from seedgit.errors import InputError, SeedgitError
from seedgit.formats.document import Document
from seedgit.git.stored_record import seed_of
from seedgit.named_tuple import NamedTuple
from seedgit.operations.fleet.job import (
    LAID,
    LOST,
    READ,
    WAITS,
    Answer,
    Case,
    Job,
    Part,
    ToldFinding,
)
from seedgit.operations.fleet.model import DECIDED, FleetFinding
from seedgit.operations.fleet.shared import Loaded, Shared
from seedgit.operations.plan.model import NEEDS_APPROVAL, NO_OP, PlanDecision
from seedgit.operations.plan.overrides import (
    held_decisions,
    layer_decisions,
    lost_decisions,
    waiting_decisions,
)
from seedgit.operations.stack.covers import with_covers
from seedgit.overlay.decisions import (
    Question,
    StoredDecision,
    answer,
    question_of,
    question_of_parked,
)
from seedgit.overlay.rebase import Outcome, Rebased
from seedgit.rules.ownership import SeedRule, plain_names
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.pointer import parse_pointer
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

SEED_IS_GONE = "the seed is gone"
OWN = "the site's own"


class FoundDecision(NamedTuple):
    """A decision that `seedgit plan` would make.

    pointer  its place as a selector: unlike list indices, the same for all sites
    asked    what a person is asked, if it is about an override that is in the seed's new version
    path     what the record says its seed is
    """

    decision: PlanDecision
    pointer: str
    asked: Question | None = None
    path: str = ""


class Outcomes:
    """The answers to jobs about an upgrade: the decisions that `seedgit plan` would make."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def answer(self, job: Job) -> Answer:
        """What becomes of the records of a job, all layers seen together."""
        told: list[ToldFinding] = []
        usable: list[tuple[Part, Loaded]] = []
        for part in job.parts:
            try:
                usable.append((part, self.shared.record(part.entry, job.case)))
            except InputError as error:
                path = seed_of(part.entry[0])
                told.append(_problem(path, codes.UNUSABLE_RECORD, error, part.layer))
        known = [decision for _, loaded in usable for decision in loaded.record.decisions]
        found: list[FoundDecision] = []
        for part, loaded in usable:
            try:
                made = self.found(job.case, loaded, part.here, known)
            except SeedgitError as error:
                told.append(_problem(job.case.path, codes.NOT_PARSEABLE, error, part.layer))
                continue
            layer, path = part.layer or OWN, loaded.record.path
            found += [
                each._replace(decision=each.decision._replace(overlay=layer), path=path)
                for each in made
            ]
        layers = [part.layer or OWN for part in job.parts]
        shown = (each for each in _covered(found, layers) if each.decision.bucket != NO_OP)
        told += [_told(each, self.values(job.case, each.decision)) for each in shown]
        return tuple(told)

    def values(self, case: Case, decision: PlanDecision) -> dict[str, Value]:
        """The values of a decision, with masks for what is a secret in a version of the seed."""
        at, made, then = parse_pointer(decision.pointer), dict(decision.values), case.then
        plain = set(plain_names(at, made.get("local", ABSENT)))
        document = ABSENT
        if then is not None and case.kind in (LAID, WAITS):
            with suppress(InputError):
                document = self.shared.document(then.id, then.path).value
        for rule in filter(None, (then and then.rule, case.rule, *case.secrets)):
            known = rule if document is not ABSENT else rule.wary()
            made = {side: known.told(v, at, document, plain) for side, v in made.items()}
        return made

    def found(
        self, case: Case, loaded: Loaded, here: bool, known: Sequence[StoredDecision]
    ) -> list[FoundDecision]:
        """The decisions about a record.

        here   whether it lies over today's seed too
        known  what was decided before
        """
        record, today, then = loaded.record, case.today, case.then
        if case.kind == READ:
            return []
        if case.kind == LOST:
            lost = [d._replace(detail=SEED_IS_GONE) for d in lost_decisions("", case.path, record)]
            return [FoundDecision(d, self.on_base(loaded, d, case.rule)) for d in lost]
        if case.kind == WAITS:
            return self.held(case, loaded)
        assert case.kind == LAID and then is not None
        seed = self.shared.document(then.id, then.path)
        after = self.shared.rebased(loaded, seed, then.id, then.rule)
        now = self.today(case, loaded) if here and today is not None else None
        asked = {id(o): _question(after, o) for o in after.outcomes if o.needs_person}

        def decided(outcome: Outcome) -> str:
            question = asked.get(id(outcome))
            earlier = answer(known, question) if question else None
            return DECIDED + earlier.choice if earlier else ""

        made = layer_decisions("", case.path, record, after, now, decided)
        found = self.selectors(made, after, loaded, seed, then.rule)
        count = len(after.outcomes)
        questions = [asked.get(id(outcome)) for outcome in after.outcomes]
        return [
            *(e._replace(asked=q) for e, q in zip(found[:count], questions, strict=True)),
            *found[count:],
        ]

    def today(self, case: Case, loaded: Loaded) -> Rebased | None:
        version = case.today
        if version is None:
            return None
        try:
            seed = self.shared.document(version.id, version.path)
            return self.shared.rebased(loaded, seed, version.id, version.rule)
        except InputError:
            return None

    def held(self, case: Case, loaded: Loaded) -> list[FoundDecision]:
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
        return [FoundDecision(d, self.on_base(loaded, d, rule)) for d in waiting]

    def selectors(
        self,
        decisions: list[PlanDecision],
        after: Rebased,
        loaded: Loaded,
        seed: Document,
        rule: SeedRule | None,
    ) -> list[FoundDecision]:
        """The decisions with their selectors."""
        base = self.shared.base(loaded.record)
        found = []
        for number, decision in enumerate(decisions):
            document, tokens = seed, parse_pointer(decision.pointer)
            outcome = after.outcomes[number] if number < len(after.outcomes) else None
            if outcome is not None and outcome.status in (codes.ORPHANED, codes.AMBIGUOUS):
                document, tokens = base, outcome.before
            found.append(FoundDecision(decision, _selector(document.value, tokens, rule, decision)))
        return found

    def on_base(self, loaded: Loaded, decision: PlanDecision, rule: SeedRule | None) -> str:
        try:
            base = self.shared.base(loaded.record)
        except SeedgitError:
            return decision.pointer
        return _selector(base.value, parse_pointer(decision.pointer), rule, decision)


def _question(after: Rebased, outcome: Outcome) -> Question:
    """What a person is asked of an override, as `seedgit pending` will ask it."""
    gone = next((p for p in after.parked if p.override is outcome.override), None)
    return question_of_parked(gone) if gone else question_of(outcome.override)


def _covered(found: list[FoundDecision], layers: list[str]) -> list[FoundDecision]:
    """The decisions, each with the layer that covers it."""
    if len(layers) < 2:
        return found
    covered = with_covers([each.decision for each in found], layers)
    return [e._replace(decision=d) for e, d in zip(found, covered, strict=True)]


def _problem(path: str, reason: str, error: SeedgitError, layer: str = "") -> ToldFinding:
    return ToldFinding(FleetFinding(NEEDS_APPROVAL, path, "", reason, error.message, layer))


def _told(found: FoundDecision, values: dict[str, Value]) -> ToldFinding:
    """The finding for a decision; `values` are those that may be told."""
    decision, pointer, asked, path = found
    layer = "" if decision.overlay == OWN else decision.overlay
    finding = FleetFinding(
        *(decision.bucket, decision.path, pointer, decision.reason, decision.detail),
        *(layer, decision.covered_by),
    )
    if not values:
        return ToldFinding(finding)
    seed, over, local = (values.get(name, ABSENT) for name in ("remote", "base", "local"))
    return ToldFinding(finding, (seed, over, local), asked if finding.waits else None, path)


def _selector(
    value: Value, tokens: tuple[str, ...], rule: SeedRule | None, decision: PlanDecision
) -> str:
    """The selector of a place. An item that the site inserted is named by its own identity."""
    inserted = decision.values.get("base", ABSENT) is ABSENT
    local = decision.values.get("local", ABSENT) if inserted else ABSENT
    return selector_of(value, tokens, rule.key_of if rule else no_key, local)
