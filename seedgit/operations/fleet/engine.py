"""Who works on the jobs of a fleet: this process, others here, or a cluster.

Each engine is a `concurrent.futures.Executor`, and a way to send once what all jobs share. A chunk
whose worker was lost is sent again: its answers are the same, whoever gives them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from uuid import uuid4

from seedgit.errors import RepositoryError, UsageError
from seedgit.git.repository import Repository
from seedgit.operations.fleet.job import Answers, Chunk, Common, Documents
from seedgit.operations.fleet.processes import WorkerLost, Workers, inherited
from seedgit.operations.fleet.work import Given, Handle, answers, answers_of, begin, forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol
else:
    Protocol = object

TRIES = 5  # that a chunk gets: a worker that was ended is an accident, five are not
AHEAD = 3  # chunks for each worker that are under way, so that none waits for the next
LOOK = 10  # seconds without an answer, after which a cluster is asked whether it has workers
PATIENCE = 300  # seconds without any: one that grows when it is asked to starts them within minutes


class Engine(Protocol):
    """What differs between engines.

    width  how many work at a time
    local  whether they can read this repository; if not, records are sent to them
    """

    width: int
    local: bool

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        """The executor, and where its workers find what all jobs share."""

    def again(self) -> tuple[Executor, Handle]:
        """As `start`, once a worker was lost, and with it perhaps what was sent to it."""

    def lost(self, error: BaseException) -> bool:
        """Whether an error says that a worker was lost, and nothing about the work."""

    def workers(self) -> int:
        """How many there are now. Of a cluster, which can lose all, 0 at times."""

    def close(self) -> None:
        """End what was started."""


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
        self._given = Given(common)
        return self.again()

    def again(self) -> tuple[Executor, Handle]:
        return Here(), self._given

    def lost(self, error: BaseException) -> bool:
        return False

    def workers(self) -> int:
        return self.width

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
        return self.again()

    def again(self) -> tuple[Executor, Handle]:
        return self.made[-1], inherited

    def lost(self, error: BaseException) -> bool:
        return isinstance(error, WorkerLost)

    def workers(self) -> int:
        return self.width

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

    def wake(self) -> None:
        """Have workers here start while the first chunk is made: each is an interpreter to load."""
        if self.local:
            for _ in range(self.width):
                self._executor.submit(int)

    def send(self, chunk: Chunk) -> Sent:
        """Have a chunk worked on."""
        return Sent(chunk, self._submit(chunk))

    def _submit(self, chunk: Chunk) -> Future[Answers]:
        if self.local:
            return self._executor.submit(answers, self._handle, chunk)
        # A cluster looks into its arguments for what it may have elsewhere, but not into bytes.
        return self._executor.submit(answers_of, self._handle, pickle.dumps(chunk))

    def got(self, sent: Sent) -> Answers:
        """The answers to a chunk. Raises RepositoryError where its workers were lost each time."""
        while True:
            try:
                return self._answer(sent.future)
            except (Exception, CancelledError) as error:
                if not self._engine.lost(error):
                    raise
                if sent.tries >= TRIES:
                    raise RepositoryError(
                        f"{TRIES} workers were lost over the same part of the work",
                        hint="has memory run out? Fewer workers, or --workers 1, need less",
                    ) from error
            sent.tries += 1
            self._executor, self._handle = self._engine.again()
            sent.future = self._submit(sent.chunk)

    def _answer(self, future: Future[Answers]) -> Answers:
        """What a chunk is answered. Raises ConnectionError where nobody is left to answer it."""
        alone = 0
        while True:
            try:
                return future.result(LOOK)
            except TimeoutError:
                if future.done():  # it is what the work itself raised
                    raise
            alone = 0 if self._engine.workers() else alone + LOOK
            if alone >= PATIENCE:
                raise ConnectionError(f"it has had no workers for {alone:.0f} seconds")


@contextmanager
def at_work(engine: Engine, repository: Repository, documents: Documents) -> Iterator[Crew]:
    """An engine, at work for a fleet meanwhile.

    documents  versions of seeds that all jobs may need, by blob
    """
    directory = str(repository.worktree) if engine.local else ""
    common = Common(uuid4().hex, directory, documents)
    try:
        yield Crew(engine, common, repository)
    except (ConnectionError, ImportError) as error:
        if engine.local:
            raise
        raise _of_a_cluster(error) from error
    finally:
        engine.close()


def _of_a_cluster(error: ConnectionError | ImportError) -> RepositoryError:
    if isinstance(error, ImportError):
        hint = "pip install seedgit, of this version, where its workers run"
        return RepositoryError(f"the workers of the cluster lack something: {error}", hint=hint)
    hint = "look whether its scheduler and its workers run, then run the command again"
    return RepositoryError(f"the cluster was lost: {error}", hint=hint)


def engine_of(workers: int, address: str = "") -> Engine:
    """The engine that a person asks for. Raises UsageError, RepositoryError.

    workers  processes here; 1: this one
    address  of a cluster: dask://HOST:PORT or ray://HOST:PORT; "": none
    """
    if workers < 1:
        raise UsageError("--workers takes a number from 1 on")
    if not address:
        return ThisProcess() if workers == 1 else Processes(workers)
    kind, colon, place = address.partition("://")
    if not colon or kind not in CLUSTERS or not place:
        raise UsageError(
            f"no engine: {address!r}",
            hint="dask://HOST:PORT, ray://HOST:PORT, or --workers N for processes here",
        )
    try:
        return CLUSTERS[kind](place)
    except ImportError as error:
        raise UsageError(
            f"the engine {kind} is not installed: {error}",
            hint=f"pip install 'seedgit[{kind}]', here and where its workers run",
        ) from None


def _dask(place: str) -> Engine:
    from seedgit.operations.fleet.dask_engine import DaskCluster

    return DaskCluster(f"tcp://{place}")


def _ray(place: str) -> Engine:
    from seedgit.operations.fleet.ray_engine import RayCluster

    return RayCluster(f"ray://{place}")


CLUSTERS: dict[str, Callable[[str], Engine]] = {"dask": _dask, "ray": _ray}
