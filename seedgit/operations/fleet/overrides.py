"""Finds which defaults of the seeds the sites override, and with which values."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress

from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git.fleet import Site, SiteTree, sites
from seedgit.git.preview import quarantine
from seedgit.git.site_rules import over
from seedgit.named_tuple import NamedTuple
from seedgit.operations.fleet.census import Census
from seedgit.operations.fleet.engine import Engine, ThisProcess, at_work
from seedgit.operations.fleet.job import NAMED, Answer, Case, NamedOverride, Trouble
from seedgit.operations.fleet.model import text_of, value_data
from seedgit.operations.fleet.rules_of_sites import Layers, RulesOfSites
from seedgit.operations.fleet.under import Under, rules_of
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import Rules
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import exists, parse_selector, resolve, select
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any


_SIMPLE = (str, bool, int)


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


def fleet_overrides(
    workspace: Workspace,
    progress: Progress = quiet,
    engine: Engine | None = None,
    of: str = "*",
) -> FleetOverrides:
    """The defaults of today's seeds that sites override, most frequent first. Writes nothing.

    of  which sites: a shell's pattern of their names

    Items of lists are named by the keys that the rules of each site give them. Raises UsageError
    if no site has such a name.
    """
    with quarantine(workspace.repository) as (aside, _):
        counting = _Counting(workspace)
        found = counting.layers.sites(sites(aside), of)
        with at_work(engine or ThisProcess(), workspace.repository, {}) as crew:
            census = Census(aside, crew, {})
            census.take(found, counting, progress)
        workspace.plain_texts |= census.texts
        return FleetOverrides(
            tuple(site.name for site in found),
            _habits(workspace, census, len(found)),
            tuple(_problems(census)),
        )


class _NamesUnder(Under):
    """What the overrides are called where the same rules count."""

    def __init__(self, workspace: Workspace, rules: Rules) -> None:
        super().__init__((workspace,), (*rules_of(workspace), rules))
        self.rules = rules

    def case(self, path: str, homes: tuple[str | None, ...]) -> Case:
        shown = homes[0] or path
        return Case(NAMED, shown, rule=self.rules.match(shown))


class _Counting:
    """What is asked of each site: what the overrides of its records are called."""

    lasting = False

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.layers = RulesOfSites(workspace)
        self._made: dict[Layers, _NamesUnder] = {}

    def of(self, tree: SiteTree) -> tuple[_NamesUnder, Answer]:
        layers, error = self.layers.of(tree)
        key = tuple(each._replace(layer="", commit=None) for each in layers)
        if key not in self._made:
            rules, _ = over(self.workspace.package_rules, layers)
            self._made[key] = _NamesUnder(self.workspace, rules)
        return self._made[key], (Trouble(str(error)),) if error is not None else ()

    def lasts(self, site: Site) -> bool:
        return False

    def unusable(self, site: Site, error: RepositoryError) -> Trouble:
        return Trouble(error.message)


def _problems(census: Census) -> list[tuple[str, str]]:
    told = {
        number: messages
        for number, answer in enumerate(census.answers)
        if (messages := [each.message for each in answer if isinstance(each, Trouble)])
    }
    found = [
        (site, message)
        for row, names in (census.joined() if told else ())
        for number in row
        for message in told.get(number, ())
        for site in names
    ]
    return sorted(found, key=lambda pair: pair[0])


def _habits(workspace: Workspace, census: Census, of: int) -> tuple[Habit, ...]:
    counts: defaultdict[tuple[str, str], Counter[object]] = defaultdict(Counter)
    known: dict[object, Value] = {}
    sites_with = Counter[int]()  # in the order of the sites
    for row, names in census.joined():
        for _ in names:  # most rows have one site, and this loop has none of its own
            sites_with.update(row)
    for number, times in sites_with.items():
        for each in census.answers[number]:
            if isinstance(each, NamedOverride):
                value = each.local
                # Most values can be keys, with their types: 1 and True are one key.
                key = (type(value), value) if type(value) in _SIMPLE else text_of(value)
                known[key] = value
                counts[each.path, each.pointer][key] += times
    seeds = _Seeds(workspace, {path for path, _ in counts})
    habits = []
    for (path, pointer), values in counts.items():
        number = values.total()
        distinct = tuple((known[key], n) for key, n in values.most_common())
        default = seeds.default(path, pointer)
        habits.append(Habit(path, pointer, number, number / of, distinct, default))
    return tuple(sorted(habits, key=lambda h: (-h.sites, h.path, h.pointer)))


class _Seeds:
    """Today's seeds; each is parsed once.

    paths  those that are asked for
    """

    def __init__(self, workspace: Workspace, paths: Collection[str]) -> None:
        tracked = workspace.tracked
        workspace.repository.objects.read_ahead(tracked[p].id for p in paths if p in tracked)
        self._workspace = workspace
        self._known: dict[str, Value] = {}

    def default(self, path: str, pointer: str) -> Value:
        """The value of a seed at a selector; ABSENT where it has none, or not one alone."""
        if path not in self._known:
            self._known[path] = ABSENT
            if path in self._workspace.tracked:
                with suppress(SeedgitError):
                    self._known[path] = self._workspace.staged(path)[1].value
        seed = self._known[path]
        try:
            places = [t for t in select(seed, parse_selector(pointer)) if exists(seed, t)]
        except SeedgitError:
            return ABSENT
        if len(places) != 1:
            return ABSENT
        value, rule = resolve(seed, places[0]), self._workspace.rules.match(path)
        return rule.told(value, places[0], seed) if rule else value
