"""Asks each distinct key once, and joins the sites to the answers.

The sites are read some at a time. What is new in them is sent away in chunks, and what comes back
is kept by number: a site is a row of the numbers of those answers that say anything. Equal rows are
one.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from seedgit.errors import RepositoryError
from seedgit.git.fleet import Site, SiteTree, raw_records, site_trees
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.fleet.engine import Crew, Sent
from seedgit.operations.fleet.job import READ, Answer, Chunk, Documents, Job, ToldFinding, Trouble
from seedgit.operations.fleet.remembered import (
    SILENT,
    KnownSite,
    Remembered,
    answer_from,
    text_of_answer,
)
from seedgit.operations.fleet.under import Under
from seedgit.operations.progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Protocol
else:
    Protocol = object

SITES: Final = 256  # that are read in one go
FIRST, FEWEST, MOST = 200, 20, 5_000  # jobs of a chunk: of the first one, and at least, and at most
SECONDS: Final = 0.4  # that a chunk is to take
WAITING: Final = 20_000  # sites whose answers are waited for, at most
_NONE: Final = array("i")


class Rulings(Protocol):
    """What is asked of each site.

    lasting  whether anything may be remembered
    """

    lasting: bool

    def lasts(self, site: Site) -> bool:
        """Whether what is found of a site depends on its commit alone, beside what all share."""

    def of(self, tree: SiteTree) -> tuple[Under, Answer]:
        """(what is asked of a site's records, what is to be told of the site itself)."""

    def unusable(self, site: Site, error: RepositoryError) -> ToldFinding | Trouble:
        """What is to be told of a site whose overlay cannot be read."""


class AskedSite(NamedTuple):
    """A site before its answers are there.

    own   what is to be told of the site itself
    jobs  the numbers of its jobs
    known  what is remembered of it instead, or is to be, but for its answers; None: nothing
    """

    site: Site
    own: Answer
    jobs: array[int]
    known: KnownSite | None = None


class Census:
    """The answers of a fleet.

    answers  by number; what says nothing has none
    rows     the sites of each distinct row of answers, in the order of the sites
    texts    plain values that are secrets by the rules
    lasting  what may be remembered of it
    """

    def __init__(
        self,
        repository: Repository,
        crew: Crew,
        documents: Documents,
        remembered: Remembered | None = None,
    ) -> None:
        self._repository = repository
        self._crew = crew
        self._documents = documents
        self._remembered = remembered or Remembered()
        self.lasting = Remembered(self._remembered.context)
        self.lasting.answers = list(self._remembered.answers)
        self.answers: list[Answer] = [answer_from(text) for text in self.lasting.answers]
        self._numbers = {text: n for n, text in enumerate(self.lasting.answers) if text}
        self.rows: dict[bytes, list[str]] = {}
        self.texts: set[str] = set()
        self._own: dict[Answer, int] = {}
        self._found = array("i")  # the number of each job's answer, or SILENT
        self._queue: list[tuple[int, Job]] = []
        self._asked: list[AskedSite] = []
        self._sent: deque[tuple[Sent, list[int]] | list[AskedSite]] = deque()
        self._under_way = 0
        self._size = FIRST

    @property
    def asked(self) -> int:
        """How many jobs there were."""
        return len(self._found)

    def job(self, job: Job, answer: int | None = None) -> int:
        """The number of a new job.

        answer  its answer's, if that is remembered
        """
        number = len(self._found)
        self._found.append(SILENT if answer is None else answer)
        if answer is None:
            self._queue.append((number, job))
        return number

    def told(self, number: int) -> int | None:
        """The number of a job's answer, or SILENT; None if it may not be remembered."""
        answer = self._found[number]
        return answer if answer == SILENT or self.lasting.answers[answer] else None

    def take(self, found: Sequence[Site], rules: Rulings, progress: Progress) -> None:
        """Read the sites, and ask what is new in them."""
        known = self._known(found, rules)
        if len(found) - len(known) >= SITES:
            self._crew.wake()
        for start in range(0, len(found), SITES):
            some = found[start : start + SITES]
            new = [site for site in some if site.ref not in known]
            trees = iter(site_trees(self._repository, new))
            for number, site in enumerate(some, start):
                progress(number, len(found))
                if told := known.get(site.ref):
                    self._asked.append(AskedSite(site, (), _NONE, told))
                else:
                    self._take(next(trees), rules)
            if len(self._queue) >= self._size * self._crew.width or len(self._asked) > WAITING:
                self._send()
        self._send()
        while self._sent:
            self._settle()
        progress(len(found), len(found))

    def _known(self, found: Sequence[Site], rules: Rulings) -> dict[str, KnownSite]:
        """What is remembered of the sites, by their refs."""
        sites = self._remembered.sites
        if not sites or not rules.lasting:
            return {}
        return {s.ref: sites[s.commit] for s in found if s.commit in sites and rules.lasts(s)}

    def _take(self, tree: SiteTree, rules: Rulings) -> None:
        under, own = rules.of(tree)
        jobs = array("i")
        try:
            jobs.extend(under.jobs(tree.entries(self._repository), self.job))
        except RepositoryError as error:
            own = (*own, rules.unusable(tree.site, error))
        lasts = rules.lasting and not own and rules.lasts(tree.site)
        known = KnownSite(array("i"), under.seeds_told) if lasts else None
        self._asked.append(AskedSite(tree.site, own, jobs, known))

    # -- what is sent, and what comes back ---------------------------------------------------------

    def _send(self) -> None:
        """Send what is new, those of one seed together."""
        self._queue.sort(key=lambda item: item[1].place.case.path)
        at = 0
        while at < len(self._queue):
            some = self._queue[at : at + self._size]
            at += len(some)
            sent = self._crew.send(self._chunk(tuple(job for _, job in some)))
            self._sent.append((sent, [number for number, _ in some]))
            self._under_way += 1
            while self._under_way > self._crew.most:
                self._settle()
        self._queue.clear()
        self._sent.append(self._asked)
        self._asked = []

    def _chunk(self, jobs: tuple[Job, ...]) -> Chunk:
        wanted = {
            version.id: None
            for place in {id(job.place): job.place for job in jobs}.values()
            for version in (place.case.today, place.case.then)
            if version is not None and version.id not in self._documents
        }
        documents = dict(texts(self._repository, wanted))
        if self._crew.local:
            return Chunk(jobs, documents)
        entries = list(dict.fromkeys(part.entry for job in jobs for part in job.parts))
        records = dict(zip(entries, raw_records(self._repository, entries), strict=True))
        bases = {
            records[part.entry].base: None
            for job in jobs
            for part in job.parts
            if job.case.kind != READ or job.case.secrets
        }
        new = [id for id in bases if id and id not in self._documents and id not in documents]
        return Chunk(jobs, documents | dict(texts(self._repository, new)), records)

    def _settle(self) -> None:
        """Take in the oldest of what was sent."""
        first = self._sent.popleft()
        if isinstance(first, list):
            for asked in first:
                self._join(asked)
            return
        sent, numbers = first
        got = self._crew.got(sent)
        self._under_way -= 1
        self.texts |= got.texts
        for number, answer, line in zip(numbers, got.found, got.lines, strict=True):
            if answer:
                self._found[number] = self._number(answer, line)
        each = got.seconds / len(numbers)
        self._size = max(FEWEST, min(MOST, int(SECONDS / each) if each else MOST))

    def _number(self, answer: Answer, text: str) -> int:
        """The number of an answer. Those that may be remembered have one for all that are equal."""
        number = self._numbers.get(text) if text else None
        if number is None:
            number = len(self.answers)
            self.answers.append(answer)
            self.lasting.answers.append(text)
            if text:
                self._numbers[text] = number
        return number

    def _join(self, asked: AskedSite) -> None:
        row = asked.known.row if asked.known else array("i")
        if asked.own:
            if asked.own not in self._own:
                self._own[asked.own] = self._number(asked.own, text_of_answer(asked.own))
            row.append(self._own[asked.own])
        row.extend(found for job in asked.jobs if (found := self._found[job]) != SILENT)
        self.rows.setdefault(row.tobytes(), []).append(asked.site.name)
        if asked.known and asked.site.commit not in self.lasting.sites:
            lasting = self.lasting.answers
            if not asked.jobs or all(map(lasting.__getitem__, row)):
                self.lasting.sites[asked.site.commit] = asked.known

    def joined(self) -> Iterator[tuple[array[int], list[str]]]:
        """The distinct rows, as numbers of answers, each with its sites."""
        for data, names in self.rows.items():
            row = array("i")
            row.frombytes(data)
            yield row, names


def texts(repository: Repository, ids: Iterable[str]) -> Iterator[tuple[str, bytes | str]]:
    """Blobs by their ids; of one that cannot be read, what is wrong."""
    for id in ids:
        try:
            yield id, repository.blob(id)
        except RepositoryError as error:
            yield id, error.message
