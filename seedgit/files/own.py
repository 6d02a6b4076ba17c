"""Writes files of seedgit's own, which only their owner can read."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress

from seedgit.files.safe import make_private, replace_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PAUSE = 0.02  # seconds


def append(name: str, data: bytes, *, durable: bool) -> None:
    """Add whole lines to a file. Raises OSError, and InputError where it is no regular file.

    durable  they survive a power cut
    """
    file = _opened(name, os.O_WRONLY | os.O_APPEND)
    try:
        with _naming(name):
            left = memoryview(b"\n" + data)  # a line that was cut by a crash ends here
            while left:
                left = left[os.write(file, left) :]
            if durable:
                os.fsync(file)
    finally:
        os.close(file)


def _opened(name: str, how: int) -> int:
    """A descriptor of a file, which is made if it is not there. Raises as `make_private`."""
    flags = how | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    # Mostly nothing has to be made or mended: a checkout comes here for each of its files.
    with suppress(OSError):
        file = os.open(name, flags)
        mode = os.fstat(file).st_mode
        if stat.S_ISREG(mode) and not mode & 0o077:
            return file
        os.close(file)
    os.makedirs(os.path.dirname(name), 0o700, exist_ok=True)
    make_private(name)
    return os.open(name, flags)


def keep(name: str, data: bytes, *, durable: bool) -> None:
    """Make or replace a file in one step. Raises OSError, and Refused where it is no regular file.

    durable  it survives a power cut, and so does its name
    """
    folder = os.path.dirname(name)
    os.makedirs(folder, 0o700, exist_ok=True)
    with _naming(name):
        replace_regular(name, data, mode=0o600, durable=durable)
        if durable:
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Have what goes wrong say in which file: a full disk is met when it is written."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or name
        raise


def drop(name: str, folder: int | None = None) -> None:
    """Remove a file, if it is there. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


@contextmanager
def alone(name: str, patience: float | None = None) -> Iterator[None]:
    """Hold a file that others wait for. Raises TimeoutError after some seconds; None: never."""
    import fcntl
    import time

    file = _opened(name, os.O_RDWR)
    try:
        if patience is None:
            fcntl.flock(file, fcntl.LOCK_EX)
        until = time.monotonic() + (patience or 0)
        while patience is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError(f"{name} is held") from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(file)
