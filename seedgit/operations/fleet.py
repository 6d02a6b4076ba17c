"""One upgrade of many sites: what becomes of every overlay in the repository, sites alike as one.

Work is shared by content. A record is decoded once per (name, tree id), a document parsed once per
(blob, format), a rebase made once per (base blob, seed blob, record, rule); a site that has what
another has costs a few look-ups. Nothing of the repository changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.formats.document import Document
from seedgit.formats.registry import format_name
from seedgit.git.fleet import Reader, Site, sites
from seedgit.git.preview import quarantine
from seedgit.git.repository import Repository
from seedgit.git.stored_record import seed_of
from seedgit.operations.homes import Home, homes
from seedgit.operations.plan.model import (
    BUCKETS,
    NEEDS_APPROVAL,
    NO_OP,
    NOT_PARSEABLE,
    UNCLEAR,
    Decision,
    Plan,
)
from seedgit.operations.plan.overrides import (
    held_decisions,
    layer_decisions,
    lost_decisions,
    waiting_decisions,
)
from seedgit.operations.plan.preview import previewed
from seedgit.operations.plan.upgrade import Upgrade
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import ADD, Override, Record
from seedgit.overlay.rebase import AMBIGUOUS, ORPHANED, Rebased, rebase
from seedgit.overlay.record_json import record_from
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.pointer import exists, parse_pointer, parse_selector, resolve, select
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, canonical

UNUSABLE_RECORD = "unusable-record"
UNUSABLE_OVERLAY = "unusable-overlay"
SEED_IS_GONE = "the seed is gone"

Progress = Callable[[int, int], None]
RecordKey = tuple[str, str]  # an entry's name and id


def _quiet(done: int, of: int) -> None:
    pass


# -- what is shared ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Loaded:
    """A record, decoded once for all sites that have it."""

    key: RecordKey
    record: Record


class Shared:
    """Parsed documents and rebased records, by content."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.reader = Reader(repository)
        self._records: dict[RecordKey, Loaded | InputError] = {}
        self._documents: dict[tuple[str, str | None], Document | InputError] = {}
        self._rebased: dict[tuple[str, str, RecordKey, SeedRule | None], Rebased] = {}

    def records(self, site: Site) -> tuple[dict[str, Loaded], list[tuple[str, InputError]]]:
        """A site's records by seed path, and the problems. Raises RepositoryError."""
        found: dict[str, Loaded] = {}
        problems = []
        for key in self.reader.entries(site).items():
            loaded = self._records.get(key)
            if loaded is None:
                loaded = self._records[key] = self._load(key)
            if isinstance(loaded, InputError):
                problems.append((seed_of(key[0]), loaded))
            else:
                found[loaded.record.path] = loaded
        return found, problems

    def _load(self, key: RecordKey) -> Loaded | InputError:
        try:
            stored = self.reader.record(*key)
            return Loaded(key, record_from(stored.path, stored.base, stored.body))
        except InputError as error:
            return error

    def document(self, id: str, path: str) -> Document:
        """Raises InputError."""
        key = (id, format_name(path))
        found = self._documents.get(key)
        if found is None:
            try:
                found = Document.parse(self.repository.blob(id), path)
            except InputError as error:
                found = error
            self._documents[key] = found
        if isinstance(found, InputError):
            raise found
        return found

    def rebased(self, loaded: Loaded, seed: Document, id: str, rule: SeedRule | None) -> Rebased:
        """A record on a version of its seed, of which `id` is the blob. Raises InputError."""
        record = loaded.record
        key = (record.base, id, loaded.key, rule)
        if key not in self._rebased:
            base = self.document(record.base, record.path)
            self._rebased[key] = rebase(
                record.overrides, base.value, seed.value, rule, parked=record.parked
            )
        return self._rebased[key]

    def places(self, records: dict[str, Loaded], workspace: Workspace) -> dict[str, Home]:
        """Where a site's records lie, by their paths; renames followed."""
        return homes({path: loaded.record for path, loaded in records.items()}, workspace)


# -- one upgrade of all --------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What becomes of one override, the same at every site that has this finding.

    pointer  a selector: list items by identity where they have one
    """

    bucket: str
    path: str
    pointer: str
    reason: str
    detail: str = ""

    @cached_property
    def rank(self) -> tuple[int, str, str, str, str]:
        return BUCKETS.index(self.bucket), self.path, self.pointer, self.reason, self.detail


@dataclass
class Values:
    """The values of a finding over all its sites. `seed` is what the upgrade brings."""

    sites: list[str] = field(default_factory=list)
    seed: Value = ABSENT
    over: dict[str, Value] = field(default_factory=dict)
    local: dict[str, Value] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Group:
    """Sites with one and the same outcome; without findings, those with no change."""

    sites: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def bucket(self) -> str:
        """The bucket of the finding that weighs most."""
        return self.findings[0].bucket if self.findings else NO_OP


@dataclass(frozen=True)
class FleetPlan:
    """upgrade: the merge, and the seeds it changes; its decisions are those of `seedgit plan`."""

    upgrade: Plan
    seeds: tuple[str, ...]
    conflicts: tuple[str, ...]
    sites: tuple[str, ...]
    groups: tuple[Group, ...]
    findings: dict[Finding, Values]

    @property
    def needs_person(self) -> bool:
        return bool(self.conflicts) or any(f.bucket == NEEDS_APPROVAL for f in self.findings)

    @property
    def unchanged(self) -> int:
        return sum(len(group.sites) for group in self.groups if not group.findings)

    def data(self) -> dict[str, Any]:
        numbers = {finding: n for n, finding in enumerate(self.findings)}
        return {
            "ref": self.upgrade.ref,
            "head": self.upgrade.head,
            "commit": self.upgrade.commit,
            "merge-bases": list(self.upgrade.bases),
            "merge": self.upgrade.kind,
            "seeds": list(self.seeds),
            "conflicts": list(self.conflicts),
            "sites": len(self.sites),
            "no-change": self.unchanged,
            "groups": [
                {
                    "sites": list(group.sites),
                    "bucket": group.bucket,
                    "findings": [numbers[finding] for finding in group.findings],
                }
                for group in self.groups
            ],
            "findings": [
                _finding_data(finding, values, len(self.sites))
                for finding, values in self.findings.items()
            ],
        }


def _finding_data(finding: Finding, values: Values, of: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "bucket": finding.bucket,
        "path": finding.path,
        "pointer": finding.pointer,
        "reason": finding.reason,
        "sites": len(values.sites),
        "share": round(len(values.sites) / of, 4),
        "over": [v for v in values.over.values() if v is not ABSENT],
        "local": _counted(values),
    }
    if values.seed is not ABSENT:
        made["seed"] = values.seed
    return made | ({"detail": finding.detail} if finding.detail else {})


def _counted(values: Values) -> list[dict[str, Any]]:
    return [_value_data(values.local[text], n) for text, n in values.counts.most_common()]


def _value_data(value: Value, sites: int) -> dict[str, Any]:
    said = {"absent": True} if value is ABSENT else {"value": value}
    return {**said, "sites": sites}


Found = tuple[tuple[Finding, Decision], ...]


def fleet_plan(
    workspace: Workspace, ref: str | None = None, progress: Progress = _quiet
) -> FleetPlan:
    """Preview `git merge REF` for every overlay in the repository. Writes nothing.

    What is wrong with one site is a finding of that site's, never the others'. Raises as `plan`.
    """
    with previewed(workspace, ref) as upgrade:
        return _FleetPlanner(upgrade).plan(progress)


class _FleetPlanner:
    def __init__(self, upgrade: Upgrade) -> None:
        self.upgrade = upgrade
        self.shared = Shared(upgrade.repository)
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
        self.conflicts = frozenset(self.waiting) | unmerged.keys()
        self.known: dict[tuple[RecordKey, str | None, str | None], Found] = {}

    def plan(self, progress: Progress) -> FleetPlan:
        found = sites(self.upgrade.repository)
        groups: dict[tuple[Finding, ...], list[str]] = {}
        findings: dict[Finding, Values] = {}
        for number, site in enumerate(found):
            progress(number, len(found))
            outcome = self.site(site)
            for finding, decision in outcome:
                _add(findings.setdefault(finding, Values()), site.name, decision)
            key = tuple(sorted({f for f, _ in outcome}, key=lambda finding: finding.rank))
            groups.setdefault(key, []).append(site.name)
        progress(len(found), len(found))
        ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[1]))
        return FleetPlan(
            self.upgrade.made,
            tuple(sorted(self.changed.keys() | self.waiting.keys())),
            tuple(sorted(self.upgrade.preview.unmerged)),
            tuple(site.name for site in found),
            tuple(Group(tuple(names), key) for key, names in ordered),
            {f: findings[f] for f in sorted(findings, key=lambda finding: finding.rank)},
        )

    def site(self, site: Site) -> list[tuple[Finding, Decision]]:
        try:
            records, problems = self.shared.records(site)
        except RepositoryError as error:
            return [_problem("", UNUSABLE_OVERLAY, error)]
        found = [_problem(path, UNUSABLE_RECORD, error) for path, error in problems]
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
            return (_problem(there or here or loaded.record.path, NOT_PARSEABLE, error),)
        return tuple(
            (Finding(d.bucket, d.path, pointer, d.reason, d.detail), d)
            for d, pointer in named
            if d.bucket != NO_OP
        )

    def named(
        self, loaded: Loaded, here: str | None, there: str | None
    ) -> list[tuple[Decision, str]]:
        """The decisions as `seedgit plan` makes them, each with its selector."""
        record = loaded.record
        if here is not None and here in self.waiting:
            return self.held(loaded, here)
        if there is None:
            if here is None:
                return []
            lost = [replace(d, detail=SEED_IS_GONE) for d in lost_decisions("", here, record)]
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

    def held(self, loaded: Loaded, here: str) -> list[tuple[Decision, str]]:
        """A record whose seed the merge leaves in conflict."""
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
        decisions: list[Decision],
        after: Rebased,
        loaded: Loaded,
        seed: Document,
        rule: SeedRule | None,
    ) -> list[tuple[Decision, str]]:
        """Sites count list items each by its own base: what names them is the same for all."""
        base = self.shared.document(loaded.record.base, loaded.record.path)
        found = []
        for number, decision in enumerate(decisions):
            document, tokens = seed, parse_pointer(decision.pointer)
            outcome = after.outcomes[number] if number < len(after.outcomes) else None
            if outcome is not None and outcome.status in (ORPHANED, AMBIGUOUS):
                document, tokens = base, outcome.before
            found.append((decision, _selector(document.value, tokens, rule, decision)))
        return found

    def on_base(self, loaded: Loaded, decision: Decision, rule: SeedRule | None) -> str:
        try:
            base = self.shared.document(loaded.record.base, loaded.record.path)
        except SeedgitError:
            return decision.pointer
        return _selector(base.value, parse_pointer(decision.pointer), rule, decision)


def _selector(
    value: Value, tokens: tuple[str, ...], rule: SeedRule | None, decision: Decision
) -> str:
    """An item that the site inserted is named by its own identity."""
    inserted = decision.values.get("base", ABSENT) is ABSENT
    local = decision.values.get("local", ABSENT) if inserted else ABSENT
    return selector_of(value, tokens, rule.key_of if rule else no_key, local)


def _add(values: Values, site: str, decision: Decision) -> None:
    if not values.sites or values.sites[-1] != site:
        values.sites.append(site)
    if not decision.values:
        return
    values.seed = decision.values.get("remote", ABSENT)
    over, local = (decision.values.get(name, ABSENT) for name in ("base", "local"))
    values.over.setdefault(_text(over), over)
    text = _text(local)
    values.local.setdefault(text, local)
    values.counts[text] += 1


def _text(value: Value) -> str:
    return "" if value is ABSENT else canonical(value)


def _problem(path: str, reason: str, error: SeedgitError) -> tuple[Finding, Decision]:
    made = Decision(NEEDS_APPROVAL, path, "", UNCLEAR, reason, detail=error.message)
    return Finding(NEEDS_APPROVAL, path, "", reason, error.message), made


# -- what sites override -------------------------------------------------------------------------


@dataclass(frozen=True)
class Habit:
    """A place of a seed, and how many sites override it, with which values.

    pointer  a selector: list items by identity where they have one
    values   each distinct value (ABSENT: taken away), and at how many sites, most frequent first
    seed     what the seed has there now; ABSENT where it has nothing, or cannot be read
    """

    path: str
    pointer: str
    sites: int
    share: float
    values: tuple[tuple[Value, int], ...]
    seed: Value = ABSENT

    def data(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "path": self.path,
            "pointer": self.pointer,
            "sites": self.sites,
            "share": round(self.share, 4),
            "distinct": len(self.values),
            "values": [_value_data(value, n) for value, n in self.values],
        }
        return made | ({} if self.seed is ABSENT else {"seed": self.seed})


@dataclass(frozen=True)
class FleetOverrides:
    sites: tuple[str, ...]
    habits: tuple[Habit, ...]
    problems: tuple[tuple[str, str], ...]

    def data(self) -> dict[str, Any]:
        return {
            "sites": len(self.sites),
            "overrides": [habit.data() for habit in self.habits],
            "problems": [{"site": site, "problem": text} for site, text in self.problems],
        }


def fleet_overrides(workspace: Workspace, progress: Progress = _quiet) -> FleetOverrides:
    """Which defaults of today's seeds the sites override, most of them first. Writes nothing."""
    with quarantine(workspace.repository) as (aside, _):
        shared = Shared(aside)
        found = sites(aside)
        problems: list[tuple[str, str]] = []
        # How many sites have a record at a seed: all else is asked once per record.
        holders: Counter[tuple[RecordKey, str]] = Counter()
        loads: dict[RecordKey, Loaded] = {}
        for number, site in enumerate(found):
            progress(number, len(found))
            try:
                records, broken = shared.records(site)
            except RepositoryError as error:
                problems.append((site.name, error.message))
                continue
            problems += [(site.name, f"{path}: {error.message}") for path, error in broken]
            placed = shared.places(records, workspace)
            for path, loaded in records.items():
                loads[loaded.key] = loaded
                holders[loaded.key, placed[path].path or path] += 1
        progress(len(found), len(found))
        return FleetOverrides(
            tuple(site.name for site in found),
            _habits(workspace, shared, holders, loads, len(found)),
            tuple(problems),
        )


def _habits(
    workspace: Workspace,
    shared: Shared,
    holders: Counter[tuple[RecordKey, str]],
    loads: dict[RecordKey, Loaded],
    of: int,
) -> tuple[Habit, ...]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    known: dict[str, Value] = {}
    for (key, path), number in holders.items():
        record = loads[key].record
        rule = workspace.rules.match(path)
        made = {_named(shared, record, override, rule): override for override in record.overrides}
        for pointer, override in made.items():
            local = override.local
            text = _text(local)
            known[text] = local
            counts.setdefault((path, pointer), Counter())[text] += number
    habits = []
    for (path, pointer), values in counts.items():
        number = values.total()
        distinct = tuple((known[text], n) for text, n in values.most_common())
        seed = _default(workspace, shared, path, pointer)
        habits.append(Habit(path, pointer, number, number / of, distinct, seed))
    return tuple(sorted(habits, key=lambda h: (-h.sites, h.path, h.pointer)))


def _named(shared: Shared, record: Record, override: Override, rule: SeedRule | None) -> str:
    try:
        base = shared.document(record.base, record.path).value
    except SeedgitError:
        return override.pointer
    added = override.value if override.op == ADD else ABSENT
    return selector_of(base, override.tokens, rule.key_of if rule else no_key, added)


def _default(workspace: Workspace, shared: Shared, path: str, pointer: str) -> Value:
    entry = workspace.tracked.get(path)
    if entry is None:
        return ABSENT
    try:
        seed = shared.document(entry.id, path).value
        places = [t for t in select(seed, parse_selector(pointer)) if exists(seed, t)]
    except SeedgitError:
        return ABSENT
    return resolve(seed, places[0]) if len(places) == 1 else ABSENT
