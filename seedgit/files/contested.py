"""Replaces a file that a program may be writing at the same time, so that no write is lost.

The new file and the old one are swapped in one step (renameat2(2), RENAME_EXCHANGE), and then the
old one is read again. If somebody wrote to it after it was first read, it is put back. A program
that still has the old file open would go on writing into a file that nobody reads any more. So the
old one is read only once nobody has it open for writing, which a lease tells (fcntl(2)).
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack, suppress

from seedgit.files.safe import mode_like, new_file, open_regular, refuse_irregular, temporary

PATIENCE = 2.0  # seconds in which a writer should have closed its file
PAUSE = 0.01

_EXCHANGE = 2
_NOT_HERE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def replace_unchanged(name: str, old: bytes, new: bytes, *, folder: int, where: str = "") -> bool:
    """Replace the content of a file in an open directory, if the file still holds `old`.

    Returns False where it does not, or where somebody keeps writing to it; nothing has changed
    then. Raises Refused or InputError where `name` is not a regular file, else OSError.
    """
    refuse_irregular(name, folder, where or name)
    aside = temporary("")
    new_file(aside, new, folder, mode_like(name, folder), durable=True)
    _own_alike(name, aside, folder)
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
            # What was swapped out is newer than what was put in: swap back, again if need be.
            put, expected = found, put
    except FileNotFoundError:
        return False
    finally:
        with suppress(OSError):
            os.unlink(aside, dir_fd=folder)


def _own_alike(name: str, aside: str, folder: int) -> None:
    """Give a new file the owner and the extended attributes of the old one, as far as we may."""
    with suppress(OSError), ExitStack() as files:
        old, new = (
            files.enter_context(open(open_regular(one, folder=folder), "rb")).fileno()
            for one in (name, aside)
        )
        owner = os.fstat(old)
        if os.geteuid() == 0:
            os.fchown(new, owner.st_uid, owner.st_gid)
            os.fchmod(new, owner.st_mode & 0o7777)  # fchown may clear bits of it
        for attribute in getattr(os, "listxattr", lambda _: ())(old):
            os.setxattr(new, attribute, os.getxattr(old, attribute))


def exchange(one: str, other: str, folder: int) -> None:
    """Swap two files of a directory, in one step where the system can. Raises OSError."""
    if not _exchanged(one, other, folder):
        # A file that somebody renames to `other` between these two calls is lost.
        aside = temporary("")
        os.link(other, aside, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.replace(one, other, src_dir_fd=folder, dst_dir_fd=folder)
        os.rename(aside, one, src_dir_fd=folder, dst_dir_fd=folder)


def _exchanged(one: str, other: str, folder: int) -> bool:
    """Swap two files in one step. Returns False where the system cannot."""
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
    """A file's content once nobody has it open for writing; None where that takes too long."""
    until = time.monotonic() + PATIENCE
    with open(open_regular(name, where=where, folder=folder), "rb", buffering=0) as file:
        while not _lease(file.fileno()):
            if time.monotonic() > until:
                return None
            time.sleep(PAUSE)
        return file.readall()  # closing it ends the lease


def _lease(file: int) -> bool:
    """Keep others from opening a file for writing. False where somebody has it open already.

    True where the system has no leases: nobody is assumed to be writing.
    """
    try:
        import fcntl
        import signal

        # Opening the file while the lease is held sends a signal. SIGURG does not end a process.
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except (ImportError, AttributeError):
        return True
    except OSError as error:
        return error.errno != errno.EAGAIN
    return True
