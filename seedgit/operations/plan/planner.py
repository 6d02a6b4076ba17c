"""Makes the plan of an upgrade, seed by seed."""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.git.repository import MODE_LINK, GitEntry
from seedgit.git.settings import DRIVER_KEY
from seedgit.operations.plan.blocked import blocked
from seedgit.operations.plan.layers import Layers
from seedgit.operations.plan.model import (
    AUTO_APPLY,
    NEEDS_APPROVAL,
    REMOTE,
    UNCLEAR,
    WARNINGS,
    Plan,
    PlanDecision,
    SeedPlan,
    note,
)
from seedgit.operations.plan.names import told_by
from seedgit.operations.plan.seed_merge import SeedMerge, code_of, of_file
from seedgit.operations.plan.upgrade import SeedVersions, Upgrade
from seedgit.operations.stack.covers import with_covers
from seedgit.rules import RULES_FILE

# Upstream's change of an overridden value is reported once, with the override.
OF_AN_OVERRIDE = (codes.MOVED_UNDER, codes.YIELDED, codes.REDUNDANT, codes.ORPHANED)


class Planner:
    """Collects the parts of a plan.

    waiting  the seeds of HEAD that are in conflict after the merge
    """

    def __init__(self, upgrade: Upgrade) -> None:
        self.upgrade = upgrade
        self.layers = Layers(upgrade)
        self.waiting: set[str] = set()
        self.decisions: list[PlanDecision] = []
        self.seeds: list[SeedPlan] = []

    def plan(self, wanted: dict[str, str]) -> Plan:
        """The plan for all seeds.

        wanted  only these seeds: each path, with the name that the user gave
        """
        upgrade = self.upgrade
        found = list(upgrade.changed())
        if wanted:
            self.refuse_unknown(wanted, found)
            found = [seed for seed in found if any(e and e.path in wanted for e in seed)]
        for seed in found:
            self.seed(seed)
        notes = list(upgrade.notes)
        if not wanted:
            self.decisions += self.layers.lost(self.waiting)
        installed = upgrade.repository.config.get(DRIVER_KEY) is not None
        if not installed and any(seed.merged and seed.ours and seed.theirs for seed in found):
            run = "git merges seeds by lines here: run seedgit init"
            notes.append(note(WARNINGS, codes.DRIVER_NOT_INSTALLED, "", run))
        told = {seed.path or seed.was for seed in self.seeds if seed.conflicted}
        told |= {about.path for about in notes}
        unmerged = upgrade.preview.unmerged.keys()
        names = upgrade.after.names
        return upgrade.made._replace(
            decisions=(*notes, *with_covers(self.decisions, names)),
            seeds=tuple(self.seeds),
            blocked=blocked(upgrade),
            elsewhere=tuple(sorted(unmerged - told)) if not wanted else (),
            layers=tuple(names),
        )

    def refuse_unknown(self, wanted: dict[str, str], found: list[SeedVersions]) -> None:
        """Raise UsageError for a file that is a seed neither before nor after the merge."""
        upgrade = self.upgrade
        names = {entry.path for seed in found for entry in seed if entry}
        names |= upgrade.before.tracked.keys() | upgrade.after.tracked.keys()
        for path, name in wanted.items():
            if path not in names:
                raise UsageError(
                    f"is not a seed, neither here nor in {upgrade.made.ref}",
                    where=name,
                    hint=f"{RULES_FILE} says which files are seeds",
                )

    def seed(self, seed: SeedVersions) -> None:
        upgrade = self.upgrade
        was = seed.ours.path if seed.ours else None
        if seed.merged is None:
            if seed.ours is not None:
                self.gone(seed.ours, seed.theirs)
            return
        path = seed.merged.path
        conflicted = path in upgrade.preview.unmerged
        rule = upgrade.after.rules.match(path) or upgrade.ours.match(path)
        if not conflicted and path not in upgrade.after.tracked:
            if seed.merged.mode == MODE_LINK and was in upgrade.before.tracked:
                self.decisions.append(PlanDecision(AUTO_APPLY, path, "", REMOTE, codes.SEED_LINKED))
            return
        assert rule is not None
        merge = SeedMerge(upgrade, seed, rule)
        if conflicted:
            self.waiting |= {seed.ours.path} if seed.ours else set()
            local = list(merge.conflicts())
        else:
            local = [*of_file(seed), *merge.content()]
        result, overrides = self.layers.over(seed, conflicted)
        local, overrides = merge.named(local), merge.named(overrides)
        local = [self.layers.answered(decision) for decision in local]
        taken = [d for d in overrides if d.reason in OF_AN_OVERRIDE]
        left = [d for d in local if d.reason != codes.ONLY_THEIRS_CHANGED or not told_by(d, taken)]
        self.decisions += merge.told([*left, *overrides])
        effective = ""
        if result is not None and upgrade.readable:
            effective = upgrade.repository.blob_id(result.document.data)
        self.seeds.append(SeedPlan(was, path, conflicted, seed.merged.id, effective))

    def gone(self, ours: GitEntry, theirs: GitEntry | None) -> None:
        """Add a seed whose path is gone after the merge."""
        conflicted = ours.path in self.upgrade.preview.unmerged
        self.seeds.append(SeedPlan(ours.path, None, conflicted))
        if conflicted:
            self.waiting.add(ours.path)
            remarks = [
                r for r in self.upgrade.preview.remarks if ours.path in r.paths and r.conflict
            ]
            for kind, text in [(code_of(r.kind), r.text) for r in remarks] or [
                (codes.CONFLICT, "")
            ]:
                self.decisions.append(
                    PlanDecision(NEEDS_APPROVAL, ours.path, "", UNCLEAR, kind, detail=text)
                )
        elif theirs is None:
            self.decisions.append(
                PlanDecision(AUTO_APPLY, ours.path, "", REMOTE, codes.SEED_DELETED)
            )
        else:
            # Upstream gave it a name, or made it a kind of file, that is not a seed.
            values = {"base": ours.path, "remote": theirs.path}
            self.decisions.append(
                PlanDecision(AUTO_APPLY, ours.path, "", REMOTE, codes.SEED_RENAMED, values)
            )
