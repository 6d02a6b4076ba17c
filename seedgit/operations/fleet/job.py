"""The work of a fleet as data: what is asked of each distinct record, and what comes back.

All of it can be sent to another process, or to another machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from seedgit.named_tuple import NamedTuple
from seedgit.operations.fleet.model import FleetFinding
from seedgit.overlay.decisions import Question
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.git.record_tree import RawRecord
    from seedgit.rules.ownership import SeedRule

# What is asked of the records of a seed: only whether they can be used; what their overrides are
# called; or what an upgrade does to them: their seed is in the result, is gone, or is in conflict.
READ, NAMED, LAID, LOST, WAITS = "read", "named", "laid", "lost", "waits"

Documents = Mapping[str, bytes | str]
Entry = tuple[str, str]  # a record: its name in the tree, and the id of what is there


class SeedVersion(NamedTuple):
    """One version of a seed, and its rule there."""

    id: str
    path: str
    rule: SeedRule | None


class Case(NamedTuple):
    """What is asked of all records that lie over one seed, under some rules.

    kind     READ, NAMED, LAID, LOST or WAITS
    path     of the seed, as findings name it
    today    the seed before the upgrade; None if it is not there, or nothing is asked of it
    then     the seed after the upgrade, or upstream's if it is in conflict
    rule     of the seed where the records are now
    secrets  the rules by which a plain value may be a secret
    """

    kind: str
    path: str
    today: SeedVersion | None = None
    then: SeedVersion | None = None
    rule: SeedRule | None = None
    secrets: tuple[SeedRule, ...] = ()


class Part(NamedTuple):
    """A record over the seed of a case.

    layer  the overlay it is from, where that lies below the site's own; else ""
    here   whether it lies over the seed before the upgrade too
    """

    layer: str
    entry: Entry
    here: bool


class AskedPlace(NamedTuple):
    """Where records of many sites lie.

    below  the records of lower layers there, the lowest first
    name   of a site's own record in its tree
    here   whether that lies over the seed before the upgrade too
    """

    case: Case
    below: tuple[Part, ...]
    name: str = ""
    here: bool = False


class Job(NamedTuple):
    """One distinct key: a place, and the id of a site's own record there; "": the site has none."""

    place: AskedPlace
    id: str = ""

    @property
    def case(self) -> Case:
        return self.place.case

    @property
    def parts(self) -> tuple[Part, ...]:
        """The records, the lowest first."""
        _, below, name, here = self.place
        return (*below, Part("", (name, self.id), here)) if self.id else below


class Common(NamedTuple):
    """What all jobs share. It is sent once.

    id         names it
    directory  where the records are read; "": they are in the chunks
    documents  versions of seeds, by blob; of one that cannot be read, what is wrong
    """

    id: str
    directory: str
    documents: Documents


class Chunk(NamedTuple):
    """Some jobs.

    documents  versions of seeds, and bases, that are not in what all share
    records    the records; None: whoever works reads them, and the bases
    """

    jobs: tuple[Job, ...]
    documents: Documents
    records: Mapping[Entry, RawRecord] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Each place once: who sends it is one process, and those that work on it are many."""
        places = {id(job.place): job.place for job in self.jobs}
        numbers = {key: number for number, key in enumerate(places)}
        at = [numbers[id(job.place)] for job in self.jobs]
        ids = [job.id for job in self.jobs]
        return _unpacked, (list(places.values()), at, ids, self.documents, self.records)


def _unpacked(
    places: list[AskedPlace],
    at: list[int],
    ids: list[str],
    documents: Documents,
    records: Mapping[Entry, RawRecord] | None,
) -> Chunk:
    found = (Job(places[number], id) for number, id in zip(at, ids, strict=True))
    return Chunk(tuple(found), documents, records)


class Trouble(NamedTuple):
    """Why a record, or a site, cannot be used."""

    message: str


class ToldFinding(NamedTuple):
    """A finding of a job.

    values  (the seed's after the upgrade, the one it was made over, the local one), if it has any
    asked   what a person is asked, if it waits
    path    what the record says its seed is
    """

    finding: FleetFinding
    values: tuple[Value, Value, Value] | None = None
    asked: Question | None = None
    path: str = ""


class NamedOverride(NamedTuple):
    """The seed and the selector of an override, and its value."""

    path: str
    pointer: str
    local: Value


Answer = tuple[ToldFinding | Trouble | NamedOverride, ...]


class Answers(NamedTuple):
    """The answers to the jobs of a chunk, in their order.

    lines    each as it may be remembered (`text_of_answer`)
    texts    values that are secrets by the rules, though stored plain: nothing printed may have
             them
    seconds  how long it took
    """

    found: list[Answer]
    lines: list[str]
    texts: frozenset[str]
    seconds: float
