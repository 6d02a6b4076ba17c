"""What an engine runs: the jobs of a chunk, wherever that is. It depends on nothing but its input.

So a chunk may be worked on again, by anybody: the answers are the same.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable

from seedgit.errors import InputError, SeedgitError
from seedgit.git.repository import Repository
from seedgit.git.stored_record import seed_of
from seedgit.operations.fleet.job import (
    NAMED,
    Answer,
    Answers,
    Chunk,
    Common,
    Job,
    NamedOverride,
    Trouble,
)
from seedgit.operations.fleet.outcomes import Outcomes
from seedgit.operations.fleet.remembered import text_of_answer
from seedgit.operations.fleet.shared import Shared
from seedgit.overlay.override import ADD, Override
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.selector import selector_of

Handle = Callable[[], Common]  # where whoever works finds what all jobs share

_last: list[Shared] = []  # what this process has parsed for the fleet that it works for


class Given:
    """What all jobs share, at hand."""

    def __init__(self, common: Common) -> None:
        self.common = common

    def __call__(self) -> Common:
        return self.common


def given_of(common: bytes) -> Given:
    """What all jobs share, of what was pickled."""
    return Given(pickle.loads(common))


def answers_of(handle: Handle, chunk: bytes) -> Answers:
    """As `answers`, of a chunk that was pickled."""
    return answers(handle, pickle.loads(chunk))


def answers(handle: Handle, chunk: Chunk) -> Answers:
    """The answers to the jobs of a chunk."""
    start = time.perf_counter()
    shared = _shared(handle())
    shared.take(chunk)
    outcomes = Outcomes(shared)
    found = [
        _names(shared, job) if job.case.kind == NAMED else outcomes.answer(job)
        for job in chunk.jobs
    ]
    texts, shared.texts = frozenset(shared.texts), set()
    lines = [text_of_answer(answer) if answer else "" for answer in found]
    return Answers(found, lines, texts, time.perf_counter() - start)


def _shared(common: Common) -> Shared:
    for known in _last:
        if known.common.id == common.id:
            return known
    return begin(common)


def begin(common: Common, repository: Repository | None = None) -> Shared:
    """Get ready for the jobs that share this.

    repository  where to read, if it is at hand
    """
    forget()
    _last.append(made := Shared(common, repository))
    return made


def forget() -> None:
    """Forget what was parsed, and end the git that reads."""
    while _last:
        _last.pop().close()


def _names(shared: Shared, job: Job) -> Answer:
    """The overrides of a record, each by its selector; of several with one, the last."""
    (part,) = job.parts
    try:
        record = shared.record(part.entry, job.case).record
    except InputError as error:
        return (Trouble(f"{seed_of(part.entry[0])}: {error.message}"),)
    rule = job.case.rule
    named = {_named(shared, record, override, rule): override for override in record.overrides}
    return tuple(NamedOverride(job.case.path, pointer, o.local) for pointer, o in named.items())


def _named(shared: Shared, record: Record, override: Override, rule: SeedRule | None) -> str:
    try:
        base = shared.base(record).value
    except SeedgitError:
        return override.pointer
    added = override.value if override.op == ADD else ABSENT
    return selector_of(base, override.tokens, rule.key_of if rule else no_key, added)
