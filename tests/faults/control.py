"""The shim that makes a system call fail (`shim.c`): to build it, and to say which one fails."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("shim.c")
NAME = 2048  # bytes of a path in `struct control`
SECONDS = 60  # after which a command hangs


class Fault(NamedTuple):
    """how: an errno, or KILL or CRASH of `shim.c`; lasting: as on a disk that stays full."""

    how: int
    lasting: bool = False


FAULTS = {
    "ENOSPC": Fault(errno.ENOSPC),
    "full": Fault(errno.ENOSPC, lasting=True),
    "EIO": Fault(errno.EIO),
    "EACCES": Fault(errno.EACCES),
    "kill": Fault(-1),  # the one process
    "crash": Fault(-2),  # all processes, as in a power cut
}


class _Layout(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int64),
        ("at", ctypes.c_int64),
        ("how", ctypes.c_int32),
        ("lasting", ctypes.c_int32),
        ("root", ctypes.c_char * NAME),
        ("hit", ctypes.c_char * NAME),
    )


class Ended(NamedTuple):
    """How a command ended. status: negative is a signal; calls: how many of its calls write."""

    status: int
    out: str
    errors: str
    calls: int
    hit: str


def compiler() -> str | None:
    return shutil.which("cc")


def shim(folder: Path) -> Path:
    """The shim, compiled into a folder. Raises CalledProcessError."""
    made = folder / "shim.so"
    words = ["cc", "-O1", "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl"]
    subprocess.run(words, check=True)
    return made


def environment(folder: Path) -> Mapping[str, str]:
    """What a process needs from its start for its calls, and those of what it starts, to fail."""
    place = folder / "control"
    place.write_bytes(bytes(ctypes.sizeof(_Layout)))
    return {"LD_PRELOAD": str(shim(folder)), "FAULTS_CONTROL": str(place)}


class Control:
    """What the shim of this process, and of all that it starts, is told."""

    def __init__(self, root: Path) -> None:
        with open(os.environ["FAULTS_CONTROL"], "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._of = _Layout.from_buffer(self._map)
        self._root = os.fsencode(root)

    def run(self, step: Callable[[], int], at: int, fault: Fault, folder: Path) -> Ended:
        """Run a step in a process of its own, with the call numbered `at` failing; 0: none does.

        What it prints goes to files in `folder`.
        """
        child = os.fork()
        if not child:
            self._child(step, at, fault, folder)
        status = _waited(child)
        calls = self._of.count
        hit = os.fsdecode(self._of.hit)
        self._of.root = b""
        out, errors = ((folder / name).read_text("utf-8", "replace") for name in ("out", "err"))
        return Ended(status, out, errors, calls, hit)

    def _child(self, step: Callable[[], int], at: int, fault: Fault, folder: Path) -> None:
        status = 99
        try:
            os.setsid()
            for number, name in ((1, "out"), (2, "err")):
                file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(file, number)
            self._of.count, self._of.hit = 0, b""
            self._of.at, self._of.how, self._of.lasting = at, fault.how, fault.lasting
            self._of.root = self._root
            status = step()
        except BaseException:
            import traceback

            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)


def _waited(child: int) -> int:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGALRM
