"""What is asked of the records of all sites at which the same rules count, over the same layers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from seedgit.errors import InputError, SeedgitError
from seedgit.git.fleet import RecordEntries, raw_records
from seedgit.git.stored_record import says_all, seed_of
from seedgit.operations.fleet.job import LAID, AskedPlace, Case, Entry, Job, Part
from seedgit.operations.seeds.homes import Home, homes
from seedgit.operations.workspace import Workspace
from seedgit.overlay.record import Record
from seedgit.rules.ownership import Rules, SeedRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Protocol
else:
    Protocol = object

MOVED: Final = -1  # in place of a job's number: where a record lies depends on the site's others


class NewJob(Protocol):
    def __call__(self, job: Job, answer: int | None = None) -> int:
        """The number of a new job; `answer` is that of its answer, if it is remembered."""


class Under:
    """The jobs about the records of some sites.

    states   what records may lie over: the checkout, or those before and after an upgrade
    secrecy  the rules that say what is a secret
    seeds_told  the seeds that the upgrade changes
    answered  the answers about records that lie where they say, by their entries in trees, as far
              as they are remembered
    numbers   the jobs about such entries, or MOVED
    """

    seeds_told: tuple[str, ...] = ()

    def __init__(self, states: tuple[Workspace, ...], secrecy: Iterable[Rules]) -> None:
        self.states = states
        self._secrecy = list(secrecy)
        self.answered: Mapping[bytes, int] = {}
        self.numbers: dict[bytes, int] = {}
        self._placed: dict[tuple[Entry, tuple[str | None, ...]], int] = {}
        # Where records lie that lie where they say, by their entries without the ids.
        self._plain: dict[bytes, AskedPlace | None] = {}
        self._cases: dict[tuple[str, tuple[str | None, ...]], Case] = {}
        self._records: dict[Entry, Record | None] = {}
        # Of the layers that lie below all these sites: the records over each seed, the lowest
        # first, with the job about them where a site has none of its own; and the other jobs.
        self._below: dict[str, tuple[Case, tuple[Part, ...]]] = {}
        self._alone: dict[str, int] = {}
        self._others: list[int] = []
        self._over: dict[int, str] = {}  # the seeds of jobs that have records of these layers too

    @abstractmethod
    def case(self, path: str, homes: tuple[str | None, ...]) -> Case:
        """What is asked of records.

        path   what they say their seed is
        homes  the seed that they lie over in each state; None: none
        """

    def lay(self, layer: str, entries: RecordEntries, new: NewJob) -> None:
        """Put a layer below all these sites, over those that are there already."""
        first: list[Job] = []

        def noted(job: Job, answer: int | None = None) -> int:
            first.append(job)
            return len(first)

        numbers = dict.fromkeys(self._own(entries, noted))
        for made in (self.numbers, self._placed, self._plain, self._over):
            made.clear()
        for job in (first[number - 1] for number in numbers):
            case, part = job.case, job.parts[-1]._replace(layer=layer)
            if case.kind != LAID:
                self._others.append(new(Job(AskedPlace(case, (part,)))))
                continue
            known, parts = self._below.get(case.path, (case, ()))
            self._below[case.path] = _joined(known, case), (*parts, part)

    def laid(self, new: NewJob) -> None:
        """All layers that lie below these sites are there."""
        for path, (case, parts) in self._below.items():
            self._alone[path] = new(Job(AskedPlace(case, parts)))

    def jobs(self, entries: RecordEntries, new: NewJob) -> Iterator[int]:
        """The numbers of the jobs about a site's records; `new` numbers new ones."""
        if not (self._alone or self._others):
            yield from self._own(entries, new)
            return
        over = set()
        for number in self._own(entries, new):
            over.add(self._over.get(number))
            yield number
        yield from self._others
        yield from (number for path, number in self._alone.items() if path not in over)

    def _own(self, entries: RecordEntries, new: NewJob) -> Iterable[int]:
        known = self.numbers
        if not known.keys() >= set(entries.raw):
            for raw in entries.raw:
                if raw not in known:
                    known[raw] = self._job(raw, entries, new)
        found = [known[raw] for raw in entries.raw]
        if MOVED not in found:
            return found
        moved = [raw for raw, number in zip(entries.raw, found, strict=True) if number == MOVED]
        unmoved = (number for number in found if number != MOVED)
        return [*unmoved, *self._moved(entries, moved, new)]

    def _job(self, raw: bytes, entries: RecordEntries, new: NewJob) -> int:
        """The number of the job about a record if it lies where it says, else MOVED."""
        start, id = entries.split(raw)
        if start not in self._plain:
            self._plain[start] = self._place_of(entries.read(raw)[0])
        place = self._plain[start]
        return MOVED if place is None else self._new(Job(place, id), new, self.answered.get(raw))

    def _place_of(self, name: str) -> AskedPlace | None:
        """Where a record lies if it lies where it says; else None."""
        path = seed_of(name)
        if not says_all(name) or not all(path in state.present for state in self.states):
            return None
        return self._place(name, path, tuple(_here(path, state).path for state in self.states))

    def _place(self, name: str, path: str, homes: tuple[str | None, ...]) -> AskedPlace:
        case = self._cases.get((path, homes))
        if case is None:
            case = self.case(path, homes)
            case = case._replace(secrets=_secrets(path, self._secrecy))
            self._cases[path, homes] = case
        here = case.today is not None
        below = self._below.get(case.path) if case.kind == LAID else None
        if below is None:
            return AskedPlace(case, (), name, here)
        return AskedPlace(_joined(case, below[0]), below[1], name, here)

    def _new(self, job: Job, new: NewJob, answer: int | None = None) -> int:
        number = new(job, answer)
        if job.place.below:
            self._over[number] = job.place.case.path
        return number

    def _at(self, entry: Entry, path: str, homes: tuple[str | None, ...], new: NewJob) -> int:
        number = self._placed.get((entry, homes))
        if number is None:
            name, id = entry
            job = Job(self._place(name, path, homes), id)
            number = self._placed[entry, homes] = self._new(job, new)
        return number

    def _moved(self, entries: RecordEntries, moved: list[bytes], new: NewJob) -> Iterator[int]:
        """As `jobs`, of records that may lie elsewhere. Renames are followed."""
        every = map(entries.read, entries.raw)
        paths = {seed_of(entry[0]): entry for entry in every if says_all(entry[0])}
        found: dict[str, Entry] = {}
        for entry in map(entries.read, moved):
            record = self._record(entry)
            if record is None:
                yield self._at(entry, seed_of(entry[0]), (None,) * len(self.states), new)
            else:
                found[record.path] = entry

        def record_at(path: str) -> Record | None:
            entry = found.get(path) or paths.get(path)
            return self._record(entry) if entry else None

        places = []
        for state in self.states:
            here = {path: _here(path, state) for path in found}
            places.append(here | homes(found, record_at, state))
        for path, entry in found.items():
            yield self._at(entry, path, tuple(place[path].path for place in places), new)

    def _record(self, entry: Entry) -> Record | None:
        """A record, read here; None if it cannot be used: whoever works on it says why."""
        if entry not in self._records:
            (raw,) = raw_records(self.states[0].repository, [entry])
            try:
                self._records[entry] = raw.decoded().record
            except InputError:
                self._records[entry] = None
        return self._records[entry]


def _joined(one: Case, other: Case) -> Case:
    """The case of records of two layers over one seed: one may have been elsewhere until now."""
    return one if one.today is not None else one._replace(today=other.today)


def _here(path: str, state: Workspace) -> Home:
    return Home(path if path in state.tracked else None)


def rules_of(*states: Workspace) -> list[Rules]:
    """The rules of some states, but for those that call nothing a secret."""
    found = []
    for state in states:
        # The command itself says what is wrong with the rules.
        with suppress(SeedgitError, OSError):
            if state.has_secrets:
                found.append(state.rules)
    return found


def _secrets(path: str, secrecy: Iterable[Rules]) -> tuple[SeedRule, ...]:
    """The rules by which a plain value of a record may be a secret."""
    found = dict.fromkeys(rules.match(path) for rules in secrecy)
    return tuple(rule for rule in found if rule is not None and rule.has_secrets)
