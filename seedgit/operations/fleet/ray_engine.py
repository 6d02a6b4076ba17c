"""A Ray cluster as an engine. Its workers need seedgit, of this version, and no repository.

Each chunk is a task of its own. Ray's `multiprocessing.Pool` does not replace a process that was
ended: all that is sent to it later fails.
"""

from __future__ import annotations

import logging
import pickle
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial

import ray
from ray.exceptions import (
    LocalRayletDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayError,
    WorkerCrashedError,
)

from seedgit.errors import RepositoryError
from seedgit.git.repository import Repository
from seedgit.operations.fleet.job import Common
from seedgit.operations.fleet.work import Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOST = (
    LocalRayletDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    WorkerCrashedError,
)


class RayCluster:
    """The cluster behind the server for clients of its head. It is left as it is found."""

    local = False

    def __init__(self, address: str) -> None:
        self.width = 1
        self._address = address
        self._common: Common | None = None
        # What the library returns has no types.
        self._connection: Any = None
        self._executor: Executor | None = None
        self._handle: PutOnce | None = None

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        self._connection = _connected(self._address)
        self.width = max(1, self.workers())
        self._common = common
        self._executor = Tasks()
        return self.again()

    def again(self) -> tuple[Executor, Handle]:
        assert self._common is not None and self._executor is not None
        if self._handle is None:
            self._handle = PutOnce(self._common.id, ray.put(pickle.dumps(self._common)))
        return self._executor, self._handle

    def lost(self, error: BaseException) -> bool:
        if isinstance(error, ObjectLostError):
            self._handle = None
        return isinstance(error, LOST)

    def workers(self) -> int:
        return int(ray.cluster_resources().get("CPU", 0))

    def close(self) -> None:
        if self._connection is not None:
            self._handle = self._executor = None
            self._connection.disconnect()


def _connected(address: str) -> Any:
    with warnings.catch_warnings():  # it warns of what it raises, and logs it
        warnings.simplefilter("ignore")
        try:
            return ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
        except (OSError, RuntimeError, ValueError, RayError) as error:
            raise RepositoryError(f"no Ray cluster answers: {error}", where=address) from None


class Tasks(Executor):
    """Each call as a task of the cluster."""

    def __init__(self) -> None:
        # Who asks decides whether a call whose worker was lost is made again.
        self._called = ray.remote(max_retries=0)(_called)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made: Future[Any] = Future()
        made.set_running_or_notify_cancel()
        asked = self._called.remote(fn, args, kwargs)
        asked.future().add_done_callback(partial(_settle, made))
        return made


def _settle(made: Future[Any], done: Future[tuple[bool, Any]]) -> None:
    error = done.exception()
    if error is not None:
        made.set_exception(error)
        return
    returned, value = done.result()
    made.set_result(value) if returned else made.set_exception(value)


# -- at a worker -----------------------------------------------------------------------------------


def _called(fn: Callable[..., Any], args: Any, kwargs: Any) -> tuple[bool, Any]:
    """(whether it returned, what it returned or raised): Ray makes another error of an error."""
    try:
        return True, fn(*args, **kwargs)
    except Exception as error:
        return False, error


_held: list[Common] = []  # what was fetched last


class PutOnce:
    """What all jobs share, in the cluster. Each worker fetches it once."""

    def __init__(self, id: str, data: Any) -> None:
        self._id = id
        self._data = data

    def __call__(self) -> Common:
        if not _held or _held[0].id != self._id:
            _held[:] = [pickle.loads(ray.get(self._data))]
        return _held[0]
