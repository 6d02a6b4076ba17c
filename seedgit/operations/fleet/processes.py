"""Processes of this machine as an executor that outlives each of them.

Each process has a pipe of its own: if it is ended, whenever that is, one call is lost and no other
waits for it. (Those of `concurrent.futures` share their queues, and a lock that a killed one had.)
"""

from __future__ import annotations

import gc
import pickle
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GARBAGE = 50_000  # new objects after which cycles are looked for: few values are in one

_SPAWN = get_context("spawn")  # a fork would share the pipes to the git that reads


class WorkerLost(Exception):
    """A process ended before it had answered."""


class _Call(NamedTuple):
    future: Future[Any]
    data: bytes


class WorkerProcess:
    """One process, which answers one call after the other."""

    def __init__(self, common: bytes) -> None:
        self._pipe, there = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_serve, args=(there, common), daemon=True)
        self.process.start()
        there.close()

    def asked(self, data: bytes) -> tuple[bool, Any]:
        """(whether it returned, what it returned or raised). Raises WorkerLost."""
        try:
            self._pipe.send_bytes(data)
            found: tuple[bool, Any] = pickle.loads(self._pipe.recv_bytes())
        except (EOFError, OSError) as error:
            raise WorkerLost(str(error)) from error
        return found

    def end(self) -> None:
        with suppress(OSError):
            self.process.kill()
        self.process.join()
        self._pipe.close()


class Workers(Executor):
    """Some processes. One that is lost is replaced with the next call.

    common  given to each once (`inherited`)
    """

    def __init__(self, width: int, common: object) -> None:
        self._common = pickle.dumps(common)
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._starting = Lock()
        self._ended = False
        self.alive: dict[int, WorkerProcess] = {}
        self._threads = [
            Thread(target=self._run, args=(number,), daemon=True) for number in range(width)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made: Future[Any] = Future()
        self._calls.put(_Call(made, pickle.dumps((fn, args, kwargs))))
        return made

    def _run(self, number: int) -> None:
        """Pass calls on to one process."""
        while (call := self._calls.get()) is not None:
            if not call.future.set_running_or_notify_cancel():
                continue
            try:
                returned, value = self._worker(number).asked(call.data)
            except Exception as error:
                self._drop(number)
                call.future.set_exception(error)
                continue
            call.future.set_result(value) if returned else call.future.set_exception(value)
        self._drop(number)

    def _worker(self, number: int) -> WorkerProcess:
        with self._starting:
            if self._ended:
                raise WorkerLost("no more are started")
            if number not in self.alive:
                self.alive[number] = WorkerProcess(self._common)
            return self.alive[number]

    def _drop(self, number: int) -> None:
        worker = self.alive.pop(number, None)
        if worker is not None:
            worker.end()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As of any executor; what runs is ended if the rest is cancelled."""
        with self._starting:
            self._ended = cancel_futures
            running = list(self.alive.values()) if cancel_futures else []
        while cancel_futures:
            try:
                call = self._calls.get_nowait()
            except Empty:
                break
            if call is not None:
                call.future.cancel()
        for _ in self._threads:
            self._calls.put(None)
        for worker in running:
            worker.process.kill()
        for thread in self._threads if wait else ():
            thread.join()


# -- in the process ------------------------------------------------------------------------------

_held: list[Any] = []


def inherited() -> Any:
    """What this process was given when it was started."""
    return _held[0]


def _serve(pipe: Connection, common: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    _held[:] = [pickle.loads(common)]
    gc.freeze()
    gc.set_threshold(GARBAGE)
    while True:
        try:
            data = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            fn, args, kwargs = pickle.loads(data)
            answer = pickle.dumps((True, fn(*args, **kwargs)))
        except Exception as error:
            answer = pickle.dumps((False, error))
        pipe.send_bytes(answer)
