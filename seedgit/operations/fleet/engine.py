"""Who works on the jobs of a fleet: this process, others here, or a cluster.

Each engine is a `concurrent.futures.Executor`, and a way to send once what all jobs share. A chunk
whose worker was lost is sent again: its answers are the same, whoever gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import Any, Protocol
from uuid import uuid4

from seedgit.errors import RepositoryError, UsageError
from seedgit.git.repository import Repository
from seedgit.operations.fleet.job import Answers, Chunk, Common, Documents
from seedgit.operations.fleet.processes import WorkerLost, Workers, inherited
from seedgit.operations.fleet.work import Handle, answers, begin, forget

TRIES = 5  # that a chunk gets: a worker that was ended is an accident, five are not
AHEAD = 3  # chunks for each worker that are under way, so that none waits for the next


class Engine(Protocol):
    """What differs between engines.

    width  how many work at a time
    local  whether they can read this repository; if not, records are sent to them
    """

    width: int
    local: bool

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        """The executor, and where its workers find what all jobs share."""

    def lost(self, error: BaseException) -> bool:
        """Whether an error says that a worker was lost, and nothing about the work."""

    def close(self) -> None:
        """End what was started."""


class _Given:
    """What all jobs share, at hand."""

    def __init__(self, common: Common) -> None:
        self.common = common

    def __call__(self) -> Common:
        return self.common


class Here(Executor):
    """Works at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made: Future[Any] = Future()
        made.set_result(fn(*args, **kwargs))
        return made


class ThisProcess:
    """One worker, which is this process."""

    width, local = 1, True

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        begin(common, repository)
        return Here(), _Given(common)

    def lost(self, error: BaseException) -> bool:
        return False

    def close(self) -> None:
        forget()


class Processes:
    """Some processes of this machine."""

    local = True

    def __init__(self, width: int) -> None:
        self.width = width
        self.made: list[Workers] = []

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        self.made.append(Workers(self.width, common))
        return self.made[-1], inherited

    def lost(self, error: BaseException) -> bool:
        return isinstance(error, WorkerLost)

    def close(self) -> None:
        for made in self.made:
            made.shutdown(cancel_futures=True)


class Sent:
    """A chunk that is under way."""

    def __init__(self, chunk: Chunk, future: Future[Answers]) -> None:
        self.chunk = chunk
        self.future = future
        self.tries = 1


class Crew:
    """An engine at work for one fleet.

    most  chunks that are to be under way at a time
    """

    def __init__(self, engine: Engine, common: Common, repository: Repository) -> None:
        self._engine = engine
        self._executor, self._handle = engine.start(common, repository)
        self.width, self.local = engine.width, engine.local
        self.most = engine.width * AHEAD

    def send(self, chunk: Chunk) -> Sent:
        """Have a chunk worked on."""
        return Sent(chunk, self._submit(chunk))

    def _submit(self, chunk: Chunk) -> Future[Answers]:
        return self._executor.submit(answers, self._handle, chunk)

    def got(self, sent: Sent) -> Answers:
        """The answers to a chunk. Raises RepositoryError where its workers were lost each time."""
        while True:
            try:
                return sent.future.result()
            except (Exception, CancelledError) as error:
                if not self._engine.lost(error):
                    raise
                if sent.tries >= TRIES:
                    raise RepositoryError(
                        f"{TRIES} workers were lost over the same part of the work",
                        hint="has memory run out? Fewer workers, or --workers 1, need less",
                    ) from error
            sent.tries += 1
            sent.future = self._submit(sent.chunk)


@contextmanager
def at_work(engine: Engine, repository: Repository, documents: Documents) -> Iterator[Crew]:
    """An engine, at work for a fleet meanwhile.

    documents  versions of seeds that all jobs may need, by blob
    """
    directory = str(repository.worktree) if engine.local else ""
    common = Common(uuid4().hex, directory, documents)
    try:
        yield Crew(engine, common, repository)
    finally:
        engine.close()


def engine_of(workers: int) -> Engine:
    """The engine with so many processes here; 1: this one alone. Raises UsageError."""
    if workers < 1:
        raise UsageError("--workers takes a number from 1 on")
    return ThisProcess() if workers == 1 else Processes(workers)
