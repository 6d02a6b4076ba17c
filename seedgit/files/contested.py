"""Replaces a file that a program may be writing meanwhile, so that no write is lost.

The new file and the old one change places in one step (renameat2(2), RENAME_EXCHANGE), and what was
replaced is looked at again. If somebody wrote it after it was read, it is put back. Who has a file
open writes on where nobody would look any more: it is waited for, by a lease (fcntl(2)).
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress

from seedgit.files.safe import mode_like, new_file, open_regular, refuse_irregular, temporary

PATIENCE = 2.0  # seconds in which a writer should have closed its file
PAUSE = 0.01

_EXCHANGE = 2
_NOT_HERE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def replace_unchanged(name: str, old: bytes, new: bytes, *, folder: int, where: str = "") -> bool:
    """Give a file in an open directory another content, if it still has the one that was read.

    Returns False where it has not, or where somebody goes on writing it; then it is as if nothing
    had happened. Raises Refused, or InputError, where `name` is no regular file, else OSError.
    """
    refuse_irregular(name, folder, where or name)
    aside = temporary("")
    new_file(aside, new, folder, mode_like(name, folder), durable=True)
    put: bytes | None = new
    expected: bytes | None = old
    try:
        while True:
            exchange(aside, name, folder)
            try:
                found = settled(aside, folder, where or name)
            except BaseException:
                exchange(aside, name, folder)
                raise
            if found is not None and found == expected:
                return put is new
            # It is newer than what was put there: it goes back, and once more if need be.
            put, expected = found, put
    except FileNotFoundError:
        return False
    finally:
        with suppress(OSError):
            os.unlink(aside, dir_fd=folder)


def exchange(one: str, other: str, folder: int) -> None:
    """Two files of a directory change places, in one step where the system can. OSError."""
    if not _exchanged(one, other, folder):
        # What is put at `other` by rename just now, between these two, is lost.
        aside = temporary("")
        os.link(other, aside, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.replace(one, other, src_dir_fd=folder, dst_dir_fd=folder)
        os.rename(aside, one, src_dir_fd=folder, dst_dir_fd=folder)


def _exchanged(one: str, other: str, folder: int) -> bool:
    """Whether the system could do it."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(folder, os.fsencode(one), folder, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), other)


def settled(name: str, folder: int, where: str) -> bytes | None:
    """What a file holds once nobody has it open for writing; None where that takes too long."""
    until = time.monotonic() + PATIENCE
    with open(open_regular(name, where=where, folder=folder), "rb", buffering=0) as file:
        while not _lease(file.fileno()):
            if time.monotonic() > until:
                return None
            time.sleep(PAUSE)
        return file.readall()  # closing it ends the lease


def _lease(file: int) -> bool:
    """Keep others from opening a file for writing; False where one of them has done so already.

    Where the system has no leases it is taken for granted.
    """
    try:
        import fcntl
        import signal

        # Who opens it while the lease is held sends a signal: one that ends no process.
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except (ImportError, AttributeError):
        return True
    except OSError as error:
        return error.errno != errno.EAGAIN
    return True
