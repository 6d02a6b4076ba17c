"""What becomes of one site's overlay in an upgrade, under the rules that count at that site."""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.formats.document import Document
from seedgit.git.fleet import Site
from seedgit.operations.fleet.model import FleetFinding
from seedgit.operations.fleet.shared import Loaded, RecordKey, Shared, ShownRecords
from seedgit.operations.plan.model import NEEDS_APPROVAL, NO_OP, UNCLEAR, PlanDecision
from seedgit.operations.plan.overrides import (
    held_decisions,
    layer_decisions,
    lost_decisions,
    waiting_decisions,
)
from seedgit.operations.plan.upgrade import Upgrade
from seedgit.overlay.rebase import Rebased
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.pointer import parse_pointer
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

SEED_IS_GONE = "the seed is gone"
Found = tuple[tuple[FleetFinding, PlanDecision], ...]


class Outcomes:
    """The outcomes of the sites at which the same rules count.

    changed  the seeds that the upgrade changes, by their paths after it
    waiting  those that it leaves in conflict, by their paths before it
    """

    def __init__(self, upgrade: Upgrade, shared: Shared) -> None:
        self.shared = shared
        self.before, self.after = upgrade.before, upgrade.after
        if self.before.files.get(RULES_FILE) == self.after.files.get(RULES_FILE):
            self.after = self.after.ruled_by(self.before.rules)  # one rule, one rebase
        self.seeds = list(upgrade.changed())
        unmerged = upgrade.preview.unmerged
        self.changed = {s.merged.path: s for s in self.seeds if s.merged}
        self.waiting = {
            s.ours.path: s
            for s in self.seeds
            if s.ours and (s.merged.path if s.merged else s.ours.path) in unmerged
        }
        self.seen = ShownRecords(lambda record: self.before.concealed(self.after.concealed(record)))
        self.known: dict[tuple[RecordKey, str | None, str | None], Found] = {}

    def of(self, site: Site) -> list[tuple[FleetFinding, PlanDecision]]:
        try:
            records, problems = self.shared.records(site)
        except RepositoryError as error:
            return [problem("", codes.UNUSABLE_OVERLAY, error)]
        records = self.seen.of(records)
        found = [problem(path, codes.UNUSABLE_RECORD, error) for path, error in problems]
        if not self.seeds:
            return found
        now, then = (self.shared.places(records, files) for files in (self.before, self.after))
        for path, loaded in records.items():
            here, there = now[path].path, then[path].path
            if there is not None and there not in self.changed and here not in self.waiting:
                continue
            key = (loaded.key, here, there)
            known = self.known.get(key)
            if known is None:
                known = self.known[key] = self.outcome(loaded, here, there)
            found += known
        return found

    def outcome(self, loaded: Loaded, here: str | None, there: str | None) -> Found:
        try:
            named = self.named(loaded, here, there)
        except SeedgitError as error:
            return (problem(there or here or loaded.record.path, codes.NOT_PARSEABLE, error),)
        return tuple(
            (FleetFinding(d.bucket, d.path, pointer, d.reason, d.detail), d)
            for d, pointer in named
            if d.bucket != NO_OP
        )

    def named(
        self, loaded: Loaded, here: str | None, there: str | None
    ) -> list[tuple[PlanDecision, str]]:
        """The decisions that `seedgit plan` would make, each with its selector."""
        record = loaded.record
        if here is not None and here in self.waiting:
            return self.held(loaded, here)
        if there is None:
            if here is None:
                return []
            lost = [d._replace(detail=SEED_IS_GONE) for d in lost_decisions("", here, record)]
            return [(d, self.on_base(loaded, d, self.before.rules.match(here))) for d in lost]
        rule = self.after.rules.match(there)
        id = self.after.tracked[there].id
        seed = self.shared.document(id, there)
        after = self.shared.rebased(loaded, seed, id, rule)
        ours = self.changed[there].ours
        now = None
        if ours is not None and here == ours.path and here in self.before.tracked:
            now = self.today(loaded, here)
        made = layer_decisions("", there, record, after, now)
        return self.selectors(made, after, loaded, seed, rule)

    def today(self, loaded: Loaded, here: str) -> Rebased | None:
        id = self.before.tracked[here].id
        try:
            seed = self.shared.document(id, here)
            return self.shared.rebased(loaded, seed, id, self.before.rules.match(here))
        except InputError:
            return None

    def held(self, loaded: Loaded, here: str) -> list[tuple[PlanDecision, str]]:
        """The decisions about a record whose seed is in conflict after the merge."""
        versions = self.waiting[here]
        path = versions.merged.path if versions.merged else here
        rule = self.before.rules.match(here)
        now = self.today(loaded, here)
        if now is not None and versions.theirs is not None:
            try:
                seed = self.shared.document(versions.theirs.id, versions.theirs.path)
                theirs = self.shared.rebased(loaded, seed, versions.theirs.id, rule)
            except InputError:
                pass
            else:
                made = list(held_decisions("", path, theirs, now))
                return self.selectors(made, theirs, loaded, seed, rule)
        waiting = waiting_decisions("", path, loaded.record)
        return [(d, self.on_base(loaded, d, rule)) for d in waiting]

    def selectors(
        self,
        decisions: list[PlanDecision],
        after: Rebased,
        loaded: Loaded,
        seed: Document,
        rule: SeedRule | None,
    ) -> list[tuple[PlanDecision, str]]:
        """The decisions with selectors: unlike list indices, these are the same for all sites."""
        base = self.shared.document(loaded.record.base, loaded.record.path)
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
            base = self.shared.document(loaded.record.base, loaded.record.path)
        except SeedgitError:
            return decision.pointer
        return _selector(base.value, parse_pointer(decision.pointer), rule, decision)


def _selector(
    value: Value, tokens: tuple[str, ...], rule: SeedRule | None, decision: PlanDecision
) -> str:
    """The selector of a place. An item that the site inserted is named by its own identity."""
    inserted = decision.values.get("base", ABSENT) is ABSENT
    local = decision.values.get("local", ABSENT) if inserted else ABSENT
    return selector_of(value, tokens, rule.key_of if rule else no_key, local)


def problem(path: str, reason: str, error: SeedgitError) -> tuple[FleetFinding, PlanDecision]:
    made = PlanDecision(NEEDS_APPROVAL, path, "", UNCLEAR, reason, detail=error.message)
    return FleetFinding(NEEDS_APPROVAL, path, "", reason, error.message), made
