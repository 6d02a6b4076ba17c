"""Finds which defaults of the seeds the sites override, and with which values."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git.fleet import sites
from seedgit.git.preview import quarantine
from seedgit.operations.fleet.model import text_of, value_data
from seedgit.operations.fleet.shared import Loaded, RecordKey, Shared
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import ADD, Override
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
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
    """The defaults of today's seeds that sites override, most frequent first. Writes nothing."""
    with quarantine(workspace.repository) as (aside, _):
        shared = Shared(aside)
        found = sites(aside)
        problems: list[tuple[str, str]] = []
        # How many sites have a record at a seed. All else is worked out once for each record.
        site_counts: Counter[tuple[RecordKey, str]] = Counter()
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
                site_counts[loaded.key, placed[path].path or path] += 1
        progress(len(found), len(found))
        return FleetOverrides(
            tuple(site.name for site in found),
            _habits(workspace, shared, site_counts, loads, len(found)),
            tuple(problems),
        )


def _habits(
    workspace: Workspace,
    shared: Shared,
    site_counts: Counter[tuple[RecordKey, str]],
    loads: dict[RecordKey, Loaded],
    of: int,
) -> tuple[Habit, ...]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    known: dict[str, Value] = {}
    for (key, path), number in site_counts.items():
        record = loads[key].record
        rule = workspace.rules.match(path)
        made = {_named(shared, record, override, rule): override for override in record.overrides}
        for pointer, override in made.items():
            local = override.local
            text = text_of(local)
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
