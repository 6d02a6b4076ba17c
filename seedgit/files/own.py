"""Writes files of seedgit's own, which only their owner can read."""

from __future__ import annotations

import os
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
    os.makedirs(os.path.dirname(name), 0o700, exist_ok=True)
    make_private(name)
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with _naming(name), open(os.open(name, flags), "ab") as file:
        file.write(b"\n" + data)  # a line that was cut by a crash ends here
        file.flush()
        if durable:
            os.fsync(file.fileno())


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

    os.makedirs(os.path.dirname(name), 0o700, exist_ok=True)
    make_private(name)
    file = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
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
