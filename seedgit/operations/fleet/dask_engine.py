"""A Dask cluster as an engine. Its workers need seedgit, of this version, and no repository."""

from __future__ import annotations

import pickle
from concurrent.futures import CancelledError, Executor

from distributed import Client
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker, NoWorkerError

from seedgit.errors import RepositoryError
from seedgit.git.repository import Repository
from seedgit.operations.fleet.job import Common
from seedgit.operations.fleet.work import Handle, given_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATIENCE = 30  # seconds for a scheduler to answer
LOST = (CancelledError, CommClosedError, FutureCancelledError, KilledWorker, NoWorkerError)


class DaskCluster:
    """The cluster of a scheduler. It is left as it is found."""

    local = False

    def __init__(self, address: str) -> None:
        self.width = 1
        self._address = address
        self._common: Common | None = None
        # What the library returns has no types.
        self._client: Any = None
        self._executor: Any = None
        self._handle: Any = None  # what all jobs share, in the cluster

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        try:
            self._client = Client(self._address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            message = f"no Dask scheduler answers: {error}"
            raise RepositoryError(message, where=self._address) from None
        self.width = max(1, self.workers())
        self._common = common
        self._executor = self._client.get_executor(pure=False)
        return self.again()

    def again(self) -> tuple[Executor, Handle]:
        if self._handle is None or self._handle.status in ("error", "cancelled", "lost"):
            # Not scattered: what a task has made is made again if its worker is lost.
            data = pickle.dumps(self._common)
            self._handle = self._client.submit(given_of, data, pure=False)
        return self._executor, self._handle

    def lost(self, error: BaseException) -> bool:
        return isinstance(error, LOST)

    def workers(self) -> int:
        return sum(self._client.nthreads().values())

    def close(self) -> None:
        if self._client is not None:
            self._handle = self._executor = None
            self._client.close()
