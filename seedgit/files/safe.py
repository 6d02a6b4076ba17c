"""Opens files safely where somebody may have put a link, a device or a pipe in their place.

Upstream may track any path as a symbolic link to any place on this machine. So reading opens
regular files only, and follows no link. Writing makes a file with a name that nobody can guess, and
renames it (open(2), O_NOFOLLOW, O_EXCL). The merge driver imports this module, so it imports next
to nothing.
"""

from __future__ import annotations

import os
import stat

from seedgit.errors import InputError, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

READ_LIMIT = 1 << 28  # bytes; no configuration is larger
TICK = 20_000_000  # nanoseconds; a file system's clock may stand still for that long
TEMPORARY = ".seedgit-"  # in the name of an unfinished file; the writer's process id follows

_SHARED = stat.S_ISGID | stat.S_IWGRP  # a directory that git made for a group
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK: opening a pipe does not wait for its other end. The pipe is then refused.
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def open_regular(
    name: str, *, where: str = "", folder: int | None = None, follow: bool = False
) -> int:
    """A descriptor of a regular file, for reading.

    folder  an open directory that `name` is relative to
    follow  follow a link: for files that upstream does not control
    where   what errors call the file

    Raises InputError where something other than a regular file is there, else OSError.
    """
    where = where or name
    try:
        file = os.open(name, _FILE | (0 if follow else os.O_NOFOLLOW), dir_fd=folder)
    except OSError:
        kind = _kind(name, folder)
        if follow or kind in ("", _REGULAR):
            raise
        raise _irregular(where, kind) from None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise _irregular(where, _kind(name, folder))
    return file


def read_regular(
    name: str,
    limit: int = READ_LIMIT,
    *,
    where: str = "",
    folder: int | None = None,
    follow: bool = False,
) -> bytes:
    """The content of a regular file. Raises as `open_regular`; InputError beyond `limit` bytes."""
    file = open_regular(name, where=where, folder=folder, follow=follow)
    try:
        # Memory is taken for all that is asked for, and a file may grow while it is read.
        size = min(os.fstat(file).st_size, limit)
        data = part = os.read(file, size + 1)
        while part and len(data) <= limit:
            part = os.read(file, (size if len(data) <= size else limit) + 1 - len(data))
            data += part
    finally:
        os.close(file)
    if len(data) > limit:
        raise InputError(
            f"over {limit} bytes: it is not read",
            where=where or name,
            hint=_look(where or name),
        )
    return data


def make_private(name: str, *, make: bool = True) -> None:
    """Make sure that `name` is a regular file that only its owner can read.

    The file lies in a directory of its own inside git's directory. In a repository that a group
    shares (git-init(1), --shared) the group can read it too.

    make  make the file and its directory where they are missing

    Raises InputError where `name` is a link or not a regular file, else OSError.
    """
    folder = os.path.dirname(name)
    shared = os.stat(os.path.dirname(folder)).st_mode & _SHARED == _SHARED
    mode = 0o660 if shared else 0o600
    if make and not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o2770 if shared else 0o700)
    if make and not _kind(name, None):
        try:
            file = os.open(name, NEW, mode)
            os.fchmod(file, mode)
            os.close(file)
        except FileExistsError:  # somebody else made it meanwhile
            pass
    try:
        found = os.lstat(name)
        if not stat.S_ISREG(found.st_mode):
            raise _irregular(name, _kind(name, None))
        if found.st_mode & 0o777 & ~mode and found.st_uid == os.geteuid():
            os.chmod(name, mode)
    except FileNotFoundError:  # SQLite removes the files beside its database when it closes it
        pass


def open_folder(top: str, parts: Sequence[str], *, make: bool = False) -> int:
    """A descriptor of the directory `parts` below `top`. Follows no link below `top`.

    make  make directories that are missing

    Raises Refused where a link is on the way, else OSError.
    """
    folder = os.open(top or os.curdir, _FOLDER)
    for n, part in enumerate(parts):
        try:
            if make and not _kind(part, folder):
                os.mkdir(part, dir_fd=folder)
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
        except OSError:
            if _kind(part, folder) != _LINK:
                raise
            place = os.path.join(top, *parts[: n + 1])
            raise Refused(
                "a symbolic link is on the way; nothing was written",
                where=place,
                hint=_look(place),
            ) from None
        finally:
            os.close(folder)
        folder = below
    return folder


def replace_regular(
    name: str,
    data: bytes,
    *,
    where: str = "",
    folder: int | None = None,
    mode: int | None = None,
    durable: bool = False,
) -> None:
    """Replace a file's content in one step: a reader sees all of the old or all of the new.

    mode     its permissions; None: those it has, or the usual ones for a new file
    durable  the new content survives a power cut

    Raises Refused where `name` is a link or not a regular file, else OSError.
    """
    fresh = temporary(os.path.join(os.path.dirname(name), ""))
    new_file(fresh, data, folder, mode_like(name, folder) if mode is None else mode, durable)
    try:
        refuse_irregular(name, folder, where or name)
        os.replace(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        _remove(fresh, folder)
        raise


def new_file(name: str, data: bytes, folder: int | None, mode: int | None, durable: bool) -> None:
    """Make a new file. `mode` None: the usual permissions. Raises OSError, also if it exists."""
    file = os.open(name, NEW, 0o666, dir_fd=folder)
    try:
        with open(file, "wb") as stream:
            stream.write(data)
            if mode is not None:
                os.fchmod(file, mode)
            if durable:
                stream.flush()
                os.fsync(file)
    except BaseException:
        _remove(name, folder)
        raise


def mode_like(name: str, folder: int | None) -> int | None:
    """The permissions of a regular file; None where there is none."""
    if _kind(name, folder) != _REGULAR:
        return None
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode & 0o7777


def refuse_irregular(name: str, folder: int | None, where: str) -> None:
    """Raise Refused where a link, a pipe, a socket or a device has the name."""
    kind = _kind(name, folder)
    if kind not in ("", _REGULAR, _DIRECTORY):  # the system itself refuses to replace a directory
        message = f"{kind}, and not a regular file: it was not replaced"
        raise Refused(message, where=where, hint=_look(where))


def _remove(name: str, folder: int | None) -> None:
    try:  # noqa: SIM105  contextlib takes longer to load than this module
        os.unlink(name, dir_fd=folder)
    except OSError:  # a failing cleanup must not hide the failure
        pass


def temporary(name: str) -> str:
    """A name that begins with `name`. Nobody can guess it, but `left_behind` finds it later."""
    return f"{name}{TEMPORARY}{os.getpid()}-{os.urandom(8).hex()}"


def left_behind(folder: int | str) -> list[str]:
    """The temporary files in a directory whose process has ended.

    A tracked file may have such a name: ask git before you remove one.
    """
    return [name for name in os.listdir(folder) if TEMPORARY in name and _abandoned(name)]


def _abandoned(name: str) -> bool:
    process = name.rpartition(TEMPORARY)[2].partition("-")[0]
    if not (process.isascii() and process.isdigit()) or len(process) > 9:
        return False
    try:
        os.kill(int(process), 0)
        # proc(5). On a system without it, the process is taken to be running.
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] in (b"Z", b"X")
    except ProcessLookupError:
        return True
    except OSError:
        return False


def _kind(name: str, folder: int | None) -> str:
    """What kind of file has the name; "" where there is none."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return ""
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "of no known kind")


def _irregular(where: str, kind: str) -> InputError:
    return InputError(
        f"{kind or 'no regular file'}, and not a regular file: it is not read",
        where=where,
        hint=_look(where),
    )


def _look(where: str) -> str:
    import shlex

    return f"see what it is, and who put it there: ls -ld {shlex.quote(where)}"


_REGULAR, _LINK, _DIRECTORY = "a regular file", "a symbolic link", "a directory"
_KINDS = (
    (stat.S_ISREG, _REGULAR),
    (stat.S_ISLNK, _LINK),
    (stat.S_ISDIR, _DIRECTORY),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
