"""Plans one upgrade for many sites: what becomes of every overlay, with equal sites as a group.

The repository does not change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha1
from itertools import chain

from seedgit import codes
from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git.fleet import Site, SiteTree, site_trees, sites
from seedgit.git.names import to_bytes
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.past import rewritten
from seedgit.named_tuple import NamedTuple
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
from seedgit.operations.fleet.model import (
    FleetFinding,
    FleetPlan,
    Outcome,
    SiteGroup,
    SiteGroups,
    Values,
)
from seedgit.operations.fleet.remembered import Remembered, keep, read
from seedgit.operations.fleet.rules_of_sites import Layers, RulesOfSites
from seedgit.operations.fleet.under import MOVED, Under, rules_of
from seedgit.operations.plan.model import NEEDS_APPROVAL
from seedgit.operations.plan.preview import previewed
from seedgit.operations.plan.upgrade import Upgrade
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE, SITE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import _Hash as HASH

ID_LENGTH = 8  # of a group's id
MOST = 500_000  # records of earlier plans that are remembered
KEPT = 1_000  # distinct records from which on it is worth while to remember what was found


def fleet_plan(
    workspace: Workspace,
    ref: str | None = None,
    progress: Progress = quiet,
    engine: Engine | None = None,
    of: str = "*",
) -> FleetPlan:
    """Preview `git merge REF` for every overlay in the repository. Writes nothing.

    of  which sites: a shell's pattern of their names

    A problem of one site is a finding of that site, and does not affect others. Raises as `plan`.
    """
    return planned(workspace, ref, progress, engine, of).plan


class Planned(NamedTuple):
    """A plan, and what it was made of.

    sites   by name
    census  the answers about their records
    """

    plan: FleetPlan
    sites: dict[str, Site]
    census: Census


def planned(
    workspace: Workspace,
    ref: str | None = None,
    progress: Progress = quiet,
    engine: Engine | None = None,
    of: str = "*",
) -> Planned:
    """As `fleet_plan`, with what it was made of."""
    with previewed(workspace, ref) as upgrade:
        return FleetPlanner(workspace, upgrade, of).plan(progress, engine or ThisProcess())


class UpgradeUnder(Under):
    """What an upgrade does to the records of the sites at which the same rules count.

    changed  the seeds that the upgrade changes, by their paths after it
    waiting  those that it leaves in conflict, by their paths before it
    wrong    what is wrong with the layers that lie below these sites
    """

    def __init__(self, upgrade: Upgrade) -> None:
        self.before, self.after = upgrade.before, upgrade.after
        if self.before.files.get(RULES_FILE) == self.after.files.get(RULES_FILE):
            self.after = self.after.ruled_by(self.before.rules)  # one rule, one rebase
        states = (self.before, self.after)
        super().__init__(states, rules_of(upgrade.workspace, self.after, self.before))
        self.wrong: Answer = ()
        self.seeds = list(upgrade.changed())
        unmerged = upgrade.preview.unmerged
        self.changed = {s.merged.path: s for s in self.seeds if s.merged}
        self.waiting = {
            s.ours.path: s
            for s in self.seeds
            if s.ours and (s.merged.path if s.merged else s.ours.path) in unmerged
        }
        self.seeds_told = tuple(sorted({*self.changed, *self.waiting}))

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


# What counts at some sites: the rules of layers, and the overlays that lie below.
Counting = tuple[tuple[bytes | None, ...], tuple[str, ...]]


class FleetPlanner:
    """Plans for each site under its own rules. Sites at which the same rules count share the work.

    made      by what counts at them
    overlays  every overlay that is here, by its ref
    """

    census: Census

    def __init__(self, workspace: Workspace, upgrade: Upgrade, of: str = "*") -> None:
        self.workspace = workspace
        self.pattern = of
        self.upgrade = upgrade
        self.rules = RulesOfSites(workspace)
        self.remembered = Remembered()
        self.made: dict[Counting, UpgradeUnder] = {}
        self.overlays: dict[str, Site] = {}
        # Where git shows other commits than those that were made, ids do not say what is in them.
        repository = workspace.repository
        self.lasting = not repository.cut_off() and not rewritten(repository)

    def plan(self, progress: Progress, engine: Engine) -> Planned:
        repository = self.upgrade.repository
        every = sites(repository)
        found = self.rules.sites(every, self.pattern)
        self.overlays = {site.ref: site for site in every}
        seeds = self.changes(self.rules.here).seeds if found else []
        versions = {
            e.id: None for seed in seeds for e in (seed.ours, seed.theirs, seed.merged) if e
        }
        documents = dict(texts(repository, versions))
        with at_work(engine, self.workspace.repository, documents) as crew:
            if self.lasting:
                self.remembered = read(self.workspace.repository, self.seen())
            census = self.census = Census(repository, crew, documents, self.remembered)
            census.take(found, self, progress)
        # What is kept is about one fleet: that about a part of it would take its place.
        if self.lasting and not census.texts and self.pattern == "*":
            self._keep(census)
        self.workspace.plain_texts |= census.texts
        joined = _Joined(census)
        names = {site.name: site for site in found}
        used = [under.seeds_told for under in self.made.values()]
        used += {site.seeds for site in census.lasting.sites.values()}
        used = used or [self.changes(self.rules.here).seeds_told]
        plan = FleetPlan(
            self.upgrade.made,
            tuple(sorted({path for each in used for path in each})),
            tuple(sorted(self.upgrade.preview.unmerged)),
            tuple(names),
            self._groups(joined, names),
            joined.findings,
        )
        return Planned(plan, names, census)

    def _groups(self, joined: _Joined, sites: dict[str, Site]) -> SiteGroups:
        seen = sha1(to_bytes(self.seen()))

        def make(outcome: Outcome, names: Sequence[str]) -> SiteGroup:
            id = _id(seen.copy(), joined.digest(outcome), (sites[name] for name in names))
            usual = joined.usual[outcome][1]
            return SiteGroup(tuple(names), joined.findings_of(outcome), id, usual)

        found = sorted(joined.groups.items(), key=lambda item: (-len(item[1]), item[1]))
        return SiteGroups(found, make)

    def _keep(self, census: Census) -> None:
        """Remember what was found, if that was enough work."""
        before, lasting = self.remembered.sites, census.lasting
        if lasting.sites.keys() == before.keys() or census.asked + len(before) < KEPT:
            return
        lasting.packed = dict(self.remembered.packed)
        for key, under in self.made.items():
            if under.wrong:  # which may be mended without any commit
                continue
            told = ((raw, census.told(n)) for raw, n in under.numbers.items() if n != MOVED)
            found = {raw: answer for raw, answer in told if answer is not None}
            if len(under.answered) < MOST:
                found = {**under.answered, **found}
            lasting.take(_name(key), found, self.workspace.repository.object_format.size)
        keep(self.workspace.repository, lasting)

    def seen(self) -> str:
        """What the plan depends on beside the sites."""
        made, preview = self.upgrade.made, self.upgrade.preview
        words = [made.head, made.commit, *made.bases, preview.tree, self.workspace.rules_id]
        words += [e.id for path in sorted(preview.unmerged) for e in preview.unmerged[path]]
        for name in self.workspace.below:
            site = self.overlays.get(overlay_ref(name))
            words += [name, site.commit if site else ""]
        return sha1(to_bytes("\0".join(words))).hexdigest()

    def lasts(self, site: Site) -> bool:
        return bool(site.commit) and not self.rules.is_own(site)

    def of(self, tree: SiteTree) -> tuple[UpgradeUnder, Answer]:
        layers, error = self.rules.of(tree)
        told = (_problem(SITE_RULES, codes.UNUSABLE_RULES, error),) if error else ()
        under = self.under(layers, self.rules.below(tree.site))
        return under, (*under.wrong, *told)

    def unusable(self, site: Site, error: RepositoryError) -> ToldFinding:
        return _problem("", codes.UNUSABLE_OVERLAY, error)

    def under(self, layers: Layers, below: tuple[str, ...] = ()) -> UpgradeUnder:
        """What becomes of the sites at which these rules of layers count, over these overlays."""
        key = tuple(each.data for each in layers), below
        if key not in self.made:
            self.made[key] = under = self.changes(layers)
            under.answered = self.remembered.records(_name(key))
            for name in below:
                self._lay(under, name)
            under.laid(self.census.job)
        return self.made[key]

    def changes(self, layers: Layers) -> UpgradeUnder:
        return UpgradeUnder(self.upgrade.under(layers))

    def _lay(self, under: UpgradeUnder, name: str) -> None:
        site = self.overlays.get(overlay_ref(name))
        if site is None:
            return
        try:
            (tree,) = site_trees(self.upgrade.repository, [site])
            under.lay(name, tree.entries(self.upgrade.repository), self.census.job)
        except RepositoryError as error:
            under.wrong += (_problem("", codes.UNUSABLE_OVERLAY, error, name),)


def _name(counting: Counting) -> str:
    return sha1(repr(counting).encode()).hexdigest()


def _problem(path: str, reason: str, error: SeedgitError, layer: str = "") -> ToldFinding:
    return ToldFinding(FleetFinding(NEEDS_APPROVAL, path, "", reason, error.message, layer))


class _Joined:
    """The answers, joined to the sites. An outcome is the numbers of its findings, by their rank.

    groups    the sites of each outcome
    usual     for each outcome, how many sites have the most frequent row of answers, and the first
              of them
    findings  with their values
    """

    def __init__(self, census: Census) -> None:
        told = [[e for e in answer if isinstance(e, ToldFinding)] for answer in census.answers]
        every = {each.finding for answer in told for each in answer}
        self._ranked = sorted(every, key=lambda finding: finding.rank)
        self._digests = [sha1(to_bytes("\0".join(finding))).digest() for finding in self._ranked]
        rank = {finding: number for number, finding in enumerate(self._ranked)}
        ranks = [tuple({rank[each.finding] for each in answer}) for answer in told]
        times = Counter[int]()  # of each answer, in the order of the sites
        self.groups: dict[Outcome, list[str]] = {}
        self.usual: dict[Outcome, tuple[int, str]] = {}
        for row, names in census.joined():
            key = tuple(sorted({*chain.from_iterable(map(ranks.__getitem__, row))}))
            self.groups.setdefault(key, []).extend(names)
            if len(names) > self.usual.get(key, (0, ""))[0]:
                self.usual[key] = len(names), names[0]
            _count(times, row, len(names))
        values = [Values() for _ in self._ranked]
        for number, count in times.items():
            for each in told[number]:
                if each.values is not None:
                    values[rank[each.finding]].add(each.values, count)
        sites = Counter[int]()
        for key, names in self.groups.items():
            names.sort()
            _count(sites, key, len(names))
        for number, count in sites.items():
            values[number].sites = count
        # Of an earlier plan there may be answers that no site has any more.
        pairs = zip(self._ranked, values, strict=True)
        self.findings = {finding: value for finding, value in pairs if value.sites}

    def findings_of(self, outcome: Outcome) -> tuple[FleetFinding, ...]:
        return tuple(map(self._ranked.__getitem__, outcome))

    def digest(self, outcome: Outcome) -> bytes:
        """An outcome, as it is part of a group's id."""
        return b"".join(map(self._digests.__getitem__, outcome))


def _count(times: Counter[int], numbers: Sequence[int], sites: int) -> None:
    """Count what some sites have."""
    if sites == 1:
        times.update(numbers)  # in C
        return
    for number in numbers:
        times[number] += sites


def _id(made: HASH, outcome: bytes, group: Iterable[Site]) -> str:
    """Names a group: another one if a site, the upgrade or the rules have changed.

    made  has what all groups share
    """
    for site in group:
        made.update(to_bytes(f"\0{site.ref}\0{site.commit}"))
    made.update(outcome)
    return made.hexdigest()[:ID_LENGTH]
