"""Writers of one clone take turns, so that none does its work in vain.

The turn keeps order and nothing else: a ref still moves only from what its writer was given (see
`refs`). So nobody waits for ever: where the one whose turn it is has been stopped, or takes very
long, the next goes on without; and so does everybody where files cannot be locked. The system takes
a lock from a process that ends, however it ends. Who only reads has no turn to wait for.
"""

from __future__ import annotations

import os
import random
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from seedgit.errors import InputError
from seedgit.safe_files import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.git.repository import Repository

FILE: Final = "turn"  # in the directory `seedgit` of the common one: who has the turn, or had it
LONGEST: Final = 10.0  # seconds for one turn; it takes some hundredths
STOPPED: Final = 1.0  # seconds; somebody may just look at it with a debugger
PAUSE: Final = 0.02  # seconds


@contextmanager
def turn(repository: Repository) -> Iterator[bool]:
    """Waits until no other writer of this clone is at work. Gives whether that is so.

    Where the wait was given up, `Repository.notices` says for whom.
    """
    file = _open(repository)
    try:
        yield file is not None and _wait(repository, file)
    finally:
        if file is not None:
            os.close(file)  # which lets go of it


def _open(repository: Repository) -> int | None:
    place = str(repository.common_dir / "seedgit" / FILE)
    try:
        make_private(place)
        return os.open(place, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, InputError):  # the write itself will say what is wrong
        return None


def _wait(repository: Repository, file: int) -> bool:
    """Whether the turn came. As long as others get theirs, it does."""
    seen, since = "", time.monotonic()
    while True:
        got = _take(file)
        if got is not None:
            return got
        holder = os.pread(file, 200, 0).decode("utf-8", "replace")
        if holder != seen:
            seen, since = holder, time.monotonic()
        waited = time.monotonic() - since
        why = _given_up(holder, waited)
        if why:
            repository.notices.append(why)
            return False
        time.sleep(random.uniform(0, PAUSE))


def _take(file: int) -> bool | None:
    """True for the turn; False where there are no locks here; None where another has it."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    except (OSError, ImportError):
        return False
    with suppress(OSError):  # a full disk keeps nobody from the turn
        os.pwrite(file, f"{os.getpid()} {socket.gethostname()} {time.time_ns()}\n".encode(), 0)
    return True


def _given_up(holder: str, waited: float) -> str:
    """Why whoever has the turn is not waited for any longer; "" where it is."""
    process, host, *_ = [*holder.split(" "), "", ""]
    if waited > STOPPED and host == socket.gethostname() and _is_stopped(process):
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
