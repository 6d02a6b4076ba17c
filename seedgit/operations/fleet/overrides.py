"""Finds which defaults of the seeds the sites override, and with which values."""

from __future__ import annotations

from collections import Counter
from typing import Any

from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git.fleet import Site, sites
from seedgit.git.preview import quarantine
from seedgit.git.site_rules import over
from seedgit.named_tuple import NamedTuple
from seedgit.operations.fleet.model import text_of, value_data
from seedgit.operations.fleet.rules_of_sites import Layers, RulesOfSites
from seedgit.operations.fleet.shared import Loaded, RecordKey, Shared, ShownRecords
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.secrets.stored_plain import StoredPlain
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import ADD, Override
from seedgit.overlay.record import Record
from seedgit.rules.ownership import Rules, SeedRule
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.pointer import exists, parse_selector, resolve, select
from seedgit.values.selector import selector_of
from seedgit.values.value import Value


class Habit(NamedTuple):
    """A place of a seed that sites override, and their values.

    pointer  a selector: list items by identity where they have one
    values   each distinct value (ABSENT: removed) with its number of sites, most frequent first
    seed     the seed's value now; ABSENT where it has none or cannot be read
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
            "values": [value_data(value, n) for value, n in self.values],
        }
        return made | ({} if self.seed is ABSENT else {"seed": self.seed})


class FleetOverrides(NamedTuple):
    sites: tuple[str, ...]
    habits: tuple[Habit, ...]
    problems: tuple[tuple[str, str], ...]

    def data(self) -> dict[str, Any]:
        return {
            "sites": len(self.sites),
            "overrides": [habit.data() for habit in self.habits],
            "problems": [{"site": site, "problem": text} for site, text in self.problems],
        }


def fleet_overrides(workspace: Workspace, progress: Progress = quiet) -> FleetOverrides:
    """The defaults of today's seeds that sites override, most frequent first. Writes nothing.

    Items of lists are named by the keys that the rules of each site give them.
    """
    with quarantine(workspace.repository) as (aside, _):
        shared = Shared(aside)
        found = sites(aside)
        counting = _Counting(workspace, shared)
        for number, site in enumerate(found):
            progress(number, len(found))
            counting.take(site)
        progress(len(found), len(found))
        return FleetOverrides(
            tuple(site.name for site in found),
            _habits(counting, len(found)),
            tuple(counting.problems),
        )


class _Ruling(NamedTuple):
    """The rules of some sites, and records as they let them be shown."""

    rules: Rules
    seen: ShownRecords


class _Counting:
    """Counts how many sites have a record at a seed. All else is worked out once for each record.

    counts  by record, path and rules
    """

    def __init__(self, workspace: Workspace, shared: Shared) -> None:
        self.workspace = workspace
        self.shared = shared
        self.counts: Counter[tuple[RecordKey, str, Layers]] = Counter()
        self.loads: dict[RecordKey, Loaded] = {}
        self.problems: list[tuple[str, str]] = []
        self._layers = RulesOfSites(workspace)
        self.ruled: dict[Layers, _Ruling] = {}

    def take(self, site: Site) -> None:
        """Count one site's records."""
        layers, error = self._layers.of(site)
        if error is not None:
            self.problems.append((site.name, str(error)))
        try:
            records, broken = self.shared.records(site)
        except RepositoryError as problem:
            self.problems.append((site.name, problem.message))
            return
        self.problems += [(site.name, f"{path}: {each.message}") for path, each in broken]
        key = tuple(each._replace(layer="", commit=None) for each in layers)
        if key not in self.ruled:
            self.ruled[key] = self._ruling(layers)
        records = self.ruled[key].seen.of(records)
        placed = self.shared.places(records, self.workspace)
        for path, loaded in records.items():
            self.loads[loaded.key] = loaded
            self.counts[loaded.key, placed[path].path or path, key] += 1

    def _ruling(self, layers: Layers) -> _Ruling:
        rules, _ = over(self.workspace.package_rules, layers)
        texts = self.workspace.plain_texts
        plain = StoredPlain(rules, lambda r: self.shared.document(r.base, r.path), texts)
        return _Ruling(
            rules, ShownRecords(lambda record: plain.record(self.workspace.concealed(record)))
        )


def _habits(counting: _Counting, of: int) -> tuple[Habit, ...]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    known: dict[str, Value] = {}
    for (key, path, layers), number in counting.counts.items():
        record = counting.loads[key].record
        rule = counting.ruled[layers].rules.match(path)
        named = {_named(counting.shared, record, o, rule): o for o in record.overrides}
        for pointer, override in named.items():
            local = override.local
            text = text_of(local)
            known[text] = local
            counts.setdefault((path, pointer), Counter())[text] += number
    habits = []
    for (path, pointer), values in counts.items():
        number = values.total()
        distinct = tuple((known[text], n) for text, n in values.most_common())
        seed = _default(counting.workspace, counting.shared, path, pointer)
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
