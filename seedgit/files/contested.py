"""Replaces a file that a program may be writing at the same time, so that no write is lost.

The new file and the old one are swapped in one step (renameat2(2), RENAME_EXCHANGE). A lease keeps
the old one as it was read until then (fcntl(2), F_SETLEASE): who opens it to write waits. If
somebody waits, or has put another file there, the two are swapped back. So no program reads a file
that lacks what it has written.

Where the system has no leases, or the file is another user's, the old file is read again instead:
at once, and once more a while later, for a program that still had it open.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack, suppress
from io import FileIO

from seedgit.errors import InputError
from seedgit.files.safe import (
    READ_LIMIT,
    mode_like,
    new_file,
    open_regular,
    refuse_irregular,
    temporary,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

PATIENCE = 2.0  # seconds in which a writer should have closed its file
PAUSE = 0.01
LATE = 0.2  # seconds in which a program may write to a file that it had open, without leases

_EXCHANGE = 2
_NOT_HERE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def replace_unchanged(name: str, old: bytes, new: bytes, *, folder: int, where: str = "") -> bool:
    """Replace the content of a file in an open directory, if the file still holds `old`.

    Returns False where it does not, or where somebody writes to it; the file then has what was
    written last. Raises Refused or InputError where `name` is not a regular file, else OSError.
    """
    with Swap(name, old, new, folder, where or name) as swap:
        return swap.made and swap.still()


def remove_unchanged(name: str, old: bytes, *, folder: int, where: str) -> bool:
    """Remove a file of an open directory, if it still holds `old`. Returns and raises as
    `replace_unchanged`."""
    held = Held(name, folder, where)
    try:
        if held.busy or held.data != old:
            return False
        aside = temporary("")
        os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)
        gone = held.is_at(aside, folder)
        if not gone:
            with suppress(FileExistsError):  # then the program has made another one meanwhile
                os.link(aside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.unlink(aside, dir_fd=folder)
        return gone
    finally:
        held.close()


class Swap:
    """A replacement of a file. While it is open, the old file is kept, and nobody writes to it.

    aside  the name of the new file until then, and of the old one from then on
    made   whether the new file is in place
    late   what a program wrote to one of the two files while another one wrote to the other; None:
           no program did
    """

    def __init__(
        self, name: str, old: bytes, new: bytes, folder: int, where: str, aside: str = ""
    ) -> None:
        refuse_irregular(name, folder, where)
        self.made = False
        self.late: bytes | None = None
        self._name, self._where = name, where
        self._known = old, new
        self._aside = aside or temporary("")
        self._open, self._held = ExitStack(), ExitStack()
        self._folder = os.dup(folder)
        self._open.callback(os.close, self._folder)
        try:
            self._make(old, new)
        except BaseException:
            self.close()
            raise

    def _make(self, old: bytes, new: bytes) -> None:
        self._write(new)
        self._open.callback(self._unlink)
        try:
            self._old, self._new = self._hold(self._name), self._hold(self._aside)
        except FileNotFoundError:
            return
        if self._old.data != old or self._old.busy:
            return
        self._exchange()
        self._time = time.monotonic()
        self.made = self._old.is_at(self._aside, self._folder)
        if not self.made:
            self._back(self._came_out())

    def _write(self, new: bytes) -> None:
        """Make the new file. Until it is whole it has a name of its own: killed meanwhile, a later
        sync would take half of it for what a program wrote."""
        fresh, mode = temporary(""), mode_like(self._name, self._folder)
        new_file(fresh, new, self._folder, mode, durable=True)
        try:
            _own_alike(self._name, fresh, self._folder)
            os.rename(fresh, self._aside, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=self._folder)
            raise

    def still(self) -> bool:
        """Whether nobody has written to the old file since. If somebody has, `made` does not hold
        any more: the old file is in place again, if nobody has written to the new one."""
        if not self._old.leased:
            time.sleep(max(0.0, self._time + LATE - time.monotonic()))
        if not self._old.is_at(self._aside, self._folder):
            self.made = False
            self._back(self._old)
        return self.made

    def _back(self, put: Held) -> None:
        """Swap back what came out, and again, until what comes out is no news."""
        expected = self._new
        while True:
            self._exchange()
            if expected.is_at(self._aside, self._folder):
                break
            put, expected = self._came_out(), put
        self._held.close()  # who waits for one of the files goes on
        found = settled(self._aside, self._folder, self._where)
        self.late = None if found in self._known else found

    def _exchange(self) -> None:
        exchange(self._aside, self._name, self._folder)

    def _came_out(self) -> Held:
        try:
            return self._hold(self._aside)
        except BaseException:
            self._exchange()
            raise

    def _hold(self, name: str) -> Held:
        held = Held(name, self._folder, self._where)
        self._held.callback(held.close)
        return held

    def _unlink(self) -> None:
        with suppress(OSError):
            os.unlink(self._aside, dir_fd=self._folder)

    def close(self) -> None:
        """Remove the old file."""
        self._held.close()
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Held:
    """An open file, what it held, and whether anybody has written to it since.

    busy    somebody had it open for writing
    leased  a lease tells of writers; else only its content does
    """

    def __init__(self, name: str, folder: int, where: str) -> None:
        self._file = FileIO(open_regular(name, where=where, folder=folder))
        try:
            found = os.fstat(self._file.fileno())
            self._id = found.st_dev, found.st_ino
            lease = _lease(self._file.fileno())
            self.busy, self.leased = lease is False, lease is True
            self.data = self._file.readall()
        except BaseException:
            self._file.close()
            raise

    def is_at(self, name: str, folder: int) -> bool:
        """Whether it is untouched, and has that name."""
        with suppress(FileNotFoundError):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            return (found.st_dev, found.st_ino) == self._id and self.untouched()
        return False

    def untouched(self) -> bool:
        """Whether nobody has written to it, or waits to."""
        if self.leased:
            import fcntl

            return fcntl.fcntl(self._file, fcntl.F_GETLEASE) == fcntl.F_RDLCK
        self._file.seek(0)
        return self._file.readall() == self.data

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        """Let writers go on."""
        self._file.close()


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


def can_exchange(directory: str) -> bool:
    """Whether two files can be swapped there in one step. Raises OSError."""
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    names = [temporary("one"), temporary("two")]
    try:
        for name in names:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600, dir_fd=folder))
        return _exchanged(names[0], names[1], folder)
    finally:
        for name in names:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
        os.close(folder)


def settled(
    name: str, folder: int, where: str, limit: int = READ_LIMIT, patience: float = PATIENCE
) -> bytes | None:
    """A file's content once nobody has it open for writing; None where that takes too long.

    Raises InputError beyond `limit` bytes, or where it is no regular file, else OSError.
    """
    until = time.monotonic() + patience
    with open(open_regular(name, where=where, folder=folder), "rb", buffering=0) as file:
        while _lease(file.fileno()) is False:
            if time.monotonic() >= until:
                return None
            time.sleep(PAUSE)
        if os.fstat(file.fileno()).st_size > limit:
            raise InputError(f"over {limit} bytes: it is not read", where=where)
        return file.readall()  # closing it ends the lease


def _lease(file: int) -> bool | None:
    """Keep others from opening a file for writing. False where somebody has it open already.

    None where the system has no leases, or none for us.
    """
    try:
        import _signal  # type: ignore[import-not-found]  # `signal` takes a while to load
        import fcntl

        # Opening the file while the lease is held sends a signal. SIGURG does not end a process.
        fcntl.fcntl(file, fcntl.F_SETSIG, _signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except (ImportError, AttributeError):
        return None
    except OSError as error:
        return False if error.errno == errno.EAGAIN else None
    return True
