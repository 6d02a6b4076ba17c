"""Writers of one clone take turns, so that none does its work in vain.

The turn only keeps order: a ref still moves only from what its writer was given (see `refs`). So
nobody waits for ever. If the process that has the turn is stopped, or takes very long, the next
goes on without it. If files cannot be locked, all go on. When a process ends, however it ends, the
system releases its lock. Readers wait for no turn.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress

from seedgit.errors import InputError
from seedgit.files.safe import make_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from seedgit.git.repository import Repository

FILE: Final = "turn"  # in the folder `seedgit` of the common directory: who has the turn, or had it
LONGEST: Final = 10.0  # seconds for one turn, which usually takes some hundredths
STOPPED: Final = 1.0  # seconds; somebody may only be looking at it with a debugger
LOOK: Final = 0.1  # seconds between two looks at who has it


@contextmanager
def turn(repository: Repository) -> Iterator[bool]:
    """Wait until no other writer of this clone is at work. Gives whether that is so.

    If the wait was given up, `Repository.notices` says who was waited for.
    """
    file = _open(repository)
    if file is None:
        yield False
        return
    got = _take(file, wait=False)
    waiting = None if got is not None else _Waiting(file)
    try:
        yield bool(got) if waiting is None else waiting.over(repository.notices)
    finally:
        if waiting is None or waiting.leave():
            os.close(file)  # which releases the lock


def _open(repository: Repository) -> int | None:
    place = repository.shared("seedgit", FILE)
    try:
        make_private(place)
        return os.open(place, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, InputError):  # the write itself will say what is wrong
        return None


def _take(file: int, *, wait: bool) -> bool | None:
    """True for the turn; False if there are no locks here; None if another process has it."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    except (OSError, ImportError):
        return False
    with suppress(OSError):  # a full disk must not keep anybody from the turn
        os.pwrite(file, f"{os.getpid()} {os.uname().nodename} {time.time_ns()}\n".encode(), 0)
    return True


class _Waiting:
    """Waits for the lock in the system's own queue, where whoever came first goes first.

    Nothing can end that wait early, so it has its own thread. If the wait is given up, the file is
    left to that thread, which releases the lock when it gets it.
    """

    def __init__(self, file: int) -> None:
        import threading  # late: mostly nobody waits

        self._file = file
        self._both = threading.Lock()
        self._ended = threading.Event()
        self._got: bool | None = None
        self._left = False
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        got = _take(self._file, wait=True)
        with self._both:
            self._got = got
            self._ended.set()
            if self._left:
                os.close(self._file)

    def over(self, notices: list[str]) -> bool:
        """Wait, as long as other writers get their turns. Returns whether our turn came."""
        seen, since = "", time.monotonic()
        while not self._ended.wait(LOOK):
            holder = os.pread(self._file, 200, 0).decode("utf-8", "replace")
            if holder != seen:
                seen, since = holder, time.monotonic()
            why = _given_up(holder, time.monotonic() - since)
            if why:
                notices.append(why)
                break
        return bool(self._got)

    def leave(self) -> bool:
        """Stop waiting. Returns whether the caller has to close the file, and not the thread."""
        with self._both:
            self._left = not self._ended.is_set()
            return not self._left


def _given_up(holder: str, waited: float) -> str:
    """Why the process that has the turn is no longer waited for; "" if it still is."""
    process, host, *_ = [*holder.split(" "), "", ""]
    if waited > STOPPED and host == os.uname().nodename and _is_stopped(process):
        return (
            f"process {process} is stopped while it writes here; this went on without it "
            f"(kill -CONT {process} lets it go on, kill {process} ends it)"
        )
    if waited > LONGEST:
        return (
            f"process {process} on {host} has been writing here for {waited:.0f} seconds; "
            "this went on without it"
        )
    return ""


def _is_stopped(process: str) -> bool:
    try:
        with open(f"/proc/{int(process)}/stat", "rb") as file:  # proc(5); elsewhere nobody knows
            return file.read().rpartition(b") ")[2][:1] in (b"T", b"t")
    except (OSError, ValueError):
        return False
