"""Plans one upgrade for many sites: what becomes of every overlay, with equal sites as a group.

The repository does not change.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.git.fleet import Site, sites
from seedgit.git.site_rules import SiteRules
from seedgit.operations.fleet.model import FleetFinding, FleetPlan, SiteGroup, Values, text_of
from seedgit.operations.fleet.outcomes import Outcomes, problem
from seedgit.operations.fleet.rules_of_sites import RulesOfSites
from seedgit.operations.fleet.shared import Shared
from seedgit.operations.plan.model import PlanDecision
from seedgit.operations.plan.preview import previewed
from seedgit.operations.plan.upgrade import Upgrade
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace
from seedgit.rules import SITE_RULES
from seedgit.values.diff import ABSENT


def fleet_plan(
    workspace: Workspace, ref: str | None = None, progress: Progress = quiet
) -> FleetPlan:
    """Preview `git merge REF` for every overlay in the repository. Writes nothing.

    A problem of one site is a finding of that site, and does not affect others. Raises as `plan`.
    """
    with previewed(workspace, ref) as upgrade:
        return FleetPlanner(workspace, upgrade).plan(progress)


class FleetPlanner:
    """Plans for each site under its own rules. Sites at which the same rules count share the work.

    outcomes  by the rules of layers that count
    """

    def __init__(self, workspace: Workspace, upgrade: Upgrade) -> None:
        self.upgrade = upgrade
        self.shared = Shared(upgrade.repository)
        self.rules = RulesOfSites(workspace)
        self.outcomes: dict[tuple[bytes | None, ...], Outcomes] = {}

    def plan(self, progress: Progress) -> FleetPlan:
        found = sites(self.upgrade.repository)
        groups: dict[tuple[FleetFinding, ...], list[str]] = {}
        findings: dict[FleetFinding, Values] = {}
        for number, site in enumerate(found):
            progress(number, len(found))
            outcome = self.site(site)
            for finding, decision in outcome:
                _add(findings.setdefault(finding, Values()), site.name, decision)
            key = tuple(sorted({f for f, _ in outcome}, key=lambda finding: finding.rank))
            groups.setdefault(key, []).append(site.name)
        progress(len(found), len(found))
        ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[1]))
        used = list(self.outcomes.values()) or [self.under(self.rules.here)]
        return FleetPlan(
            self.upgrade.made,
            tuple(sorted({path for each in used for path in (*each.changed, *each.waiting)})),
            tuple(sorted(self.upgrade.preview.unmerged)),
            tuple(site.name for site in found),
            tuple(SiteGroup(tuple(names), key) for key, names in ordered),
            {f: findings[f] for f in sorted(findings, key=lambda finding: finding.rank)},
        )

    def site(self, site: Site) -> list[tuple[FleetFinding, PlanDecision]]:
        layers, error = self.rules.of(site)
        found = self.under(layers).of(site)
        return [problem(SITE_RULES, codes.UNUSABLE_RULES, error), *found] if error else found

    def under(self, layers: tuple[SiteRules, ...]) -> Outcomes:
        """What becomes of the sites at which these rules of layers count."""
        key = tuple(each.data for each in layers)
        if key not in self.outcomes:
            self.outcomes[key] = Outcomes(self.upgrade.under(layers), self.shared)
        return self.outcomes[key]


def _add(values: Values, site: str, decision: PlanDecision) -> None:
    if not values.sites or values.sites[-1] != site:
        values.sites.append(site)
    if not decision.values:
        return
    values.seed = decision.values.get("remote", ABSENT)
    over, local = (decision.values.get(name, ABSENT) for name in ("base", "local"))
    values.over.setdefault(text_of(over), over)
    text = text_of(local)
    values.local.setdefault(text, local)
    values.counts[text] += 1
