"""Plans one upgrade for many sites: what becomes of every overlay, with equal sites as a group.

The repository does not change.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git.fleet import Site, SiteTree, sites
from seedgit.operations.fleet.census import Census, texts
from seedgit.operations.fleet.engine import Engine, ThisProcess, at_work
from seedgit.operations.fleet.job import (
    LAID,
    LOST,
    READ,
    WAITS,
    Answer,
    Case,
    SeedVersion,
    ToldFinding,
)
from seedgit.operations.fleet.model import FleetFinding, FleetPlan, SiteGroup, Values
from seedgit.operations.fleet.rules_of_sites import Layers, RulesOfSites
from seedgit.operations.fleet.under import Under, rules_of
from seedgit.operations.plan.model import NEEDS_APPROVAL
from seedgit.operations.plan.preview import previewed
from seedgit.operations.plan.upgrade import Upgrade
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE, SITE_RULES


def fleet_plan(
    workspace: Workspace,
    ref: str | None = None,
    progress: Progress = quiet,
    engine: Engine | None = None,
) -> FleetPlan:
    """Preview `git merge REF` for every overlay in the repository. Writes nothing.

    A problem of one site is a finding of that site, and does not affect others. Raises as `plan`.
    """
    with previewed(workspace, ref) as upgrade:
        return FleetPlanner(workspace, upgrade).plan(progress, engine or ThisProcess())


class UpgradeUnder(Under):
    """What an upgrade does to the records of the sites at which the same rules count.

    changed  the seeds that the upgrade changes, by their paths after it
    waiting  those that it leaves in conflict, by their paths before it
    """

    def __init__(self, upgrade: Upgrade) -> None:
        self.before, self.after = upgrade.before, upgrade.after
        if self.before.files.get(RULES_FILE) == self.after.files.get(RULES_FILE):
            self.after = self.after.ruled_by(self.before.rules)  # one rule, one rebase
        states = (self.before, self.after)
        super().__init__(states, rules_of(upgrade.workspace, self.after, self.before))
        self.seeds = list(upgrade.changed())
        unmerged = upgrade.preview.unmerged
        self.changed = {s.merged.path: s for s in self.seeds if s.merged}
        self.waiting = {
            s.ours.path: s
            for s in self.seeds
            if s.ours and (s.merged.path if s.merged else s.ours.path) in unmerged
        }

    def case(self, path: str, homes: tuple[str | None, ...]) -> Case:
        here, there = homes
        nothing = Case(READ, there or here or path)
        if not self.seeds:
            return nothing
        if here is not None and here in self.waiting:
            versions, rule = self.waiting[here], self.before.rules.match(here)
            theirs = versions.theirs
            then = SeedVersion(theirs.id, theirs.path, rule) if theirs else None
            shown = versions.merged.path if versions.merged else here
            return Case(WAITS, shown, self.today(here), then, rule)
        if there is None:
            if here is None:
                return nothing
            return Case(LOST, here, rule=self.before.rules.match(here))
        if there not in self.changed:
            return nothing
        then = SeedVersion(self.after.tracked[there].id, there, self.after.rules.match(there))
        ours = self.changed[there].ours
        was = here is not None and ours is not None and here == ours.path
        today = self.today(here) if here is not None and was else None
        return Case(LAID, there, today, then, then.rule)

    def today(self, here: str) -> SeedVersion | None:
        entry = self.before.tracked.get(here)
        return SeedVersion(entry.id, here, self.before.rules.match(here)) if entry else None


class FleetPlanner:
    """Plans for each site under its own rules. Sites at which the same rules count share the work.

    under  by the rules of layers that count
    """

    def __init__(self, workspace: Workspace, upgrade: Upgrade) -> None:
        self.workspace = workspace
        self.upgrade = upgrade
        self.rules = RulesOfSites(workspace)
        self.made: dict[tuple[bytes | None, ...], UpgradeUnder] = {}

    def plan(self, progress: Progress, engine: Engine) -> FleetPlan:
        repository = self.upgrade.repository
        found = sites(repository)
        seeds = self.under(self.rules.here).seeds if found else []
        versions = {
            e.id: None for seed in seeds for e in (seed.ours, seed.theirs, seed.merged) if e
        }
        documents = dict(texts(repository, versions))
        with at_work(engine, self.workspace.repository, documents) as crew:
            census = Census(repository, crew, documents)
            census.take(found, self, progress)
        self.workspace.plain_texts |= census.texts
        groups, findings = _joined(census)
        ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[1]))
        used = list(self.made.values()) or [self.under(self.rules.here)]
        return FleetPlan(
            self.upgrade.made,
            tuple(sorted({path for each in used for path in (*each.changed, *each.waiting)})),
            tuple(sorted(self.upgrade.preview.unmerged)),
            tuple(site.name for site in found),
            tuple(SiteGroup(tuple(names), key) for key, names in ordered),
            {f: findings[f] for f in sorted(findings, key=lambda finding: finding.rank)},
        )

    def of(self, tree: SiteTree) -> tuple[UpgradeUnder, Answer]:
        layers, error = self.rules.of(tree)
        told = (_problem(SITE_RULES, codes.UNUSABLE_RULES, error),) if error else ()
        return self.under(layers), told

    def unusable(self, site: Site, error: RepositoryError) -> ToldFinding:
        return _problem("", codes.UNUSABLE_OVERLAY, error)

    def under(self, layers: Layers) -> UpgradeUnder:
        """What becomes of the sites at which these rules of layers count."""
        key = tuple(each.data for each in layers)
        if key not in self.made:
            self.made[key] = UpgradeUnder(self.upgrade.under(layers))
        return self.made[key]


def _problem(path: str, reason: str, error: SeedgitError) -> ToldFinding:
    return ToldFinding(FleetFinding(NEEDS_APPROVAL, path, "", reason, error.message))


def _joined(
    census: Census,
) -> tuple[dict[tuple[FleetFinding, ...], list[str]], dict[FleetFinding, Values]]:
    """(the sites of each outcome, the findings with their values)."""
    groups: dict[tuple[FleetFinding, ...], list[str]] = {}
    findings: dict[FleetFinding, Values] = {}
    for row, names in census.joined():
        told = [
            each
            for number in row
            for each in census.answers[number]
            if isinstance(each, ToldFinding)
        ]
        for each in told:
            values = findings.setdefault(each.finding, Values())
            if each.values is not None:
                values.add(each.values, len(names))
        key = tuple(sorted({each.finding for each in told}, key=lambda finding: finding.rank))
        for finding in key:
            findings[finding].sites += len(names)
        groups.setdefault(key, []).extend(names)
    for names in groups.values():
        names.sort()
    return groups, findings
