"""Whether a process may still hold a lock file.

git's locks name no process, and git closes a lock's file before it gives up the lock. So every
process has to be looked at. If some that may write here cannot be seen, there is no certain answer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PROC = Path("/proc")

# The number of the machine's own process namespace (Linux, PROC_PID_INIT_INO); a container, which
# sees its own processes alone, has another.
_WHOLE_MACHINE: Final = "pid:[4026531836]"

# File systems that no other machine writes to. An unknown one may be of any kind.
_LOCAL: Final = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "ramfs", "tmpfs", "xfs", "zfs")
)
# What lets other machines write to a local one.
_SERVERS: Final = ("nfsd", "ganesha.nfsd", "smbd", "sftp-server", "virtiofsd", "afpd")

_GIT_LIKE: Final = ("git", "jgit", "java", "gix", "jj")
# These lock nothing, and seedgit runs them too.
_READERS: Final = (
    [b"cat-file", b"--batch-command"],
    [b"cat-file", b"--batch"],
    [b"cat-file", b"--batch-check"],
)


def holder(lock: Path, places: Iterable[Path], proc: Path | None = None) -> str:
    """Who may hold a lock, in words; "" if nobody is seen that does.

    That is whoever has it open, and any git at work in one of `places`. In doubt, somebody holds
    it. This process's own parents (`git seedgit` is one) do not count, unless they are older than
    the lock.
    """
    proc = proc or PROC
    if not (proc / "self" / "stat").exists():
        return "it is not known here which processes run"
    own = _younger_ancestors(lock, proc)
    roots = [place.resolve() for place in places]
    for process in proc.iterdir():
        if not process.name.isdigit() or int(process.name) in own:
            continue
        if _has_open(process, lock):
            return f"process {process.name} has it open"
        if _name(process).startswith(_GIT_LIKE) and _works_in(process, roots):
            return f"process {process.name} is a git that may work here"
    return ""


def doubt(lock: Path, places: Iterable[Path], proc: Path | None = None) -> str:
    """Why it is not certain that nobody holds a lock, in words; "" if it is certain."""
    proc = proc or PROC
    return blind(lock, proc) or holder(lock, places, proc)


def blind(lock: Path, proc: Path | None = None) -> str:
    """Why not every process that may hold a lock can be seen from here; "" if all can be seen."""
    proc = proc or PROC
    try:
        if os.readlink(proc / "self" / "ns" / "pid") != _WHOLE_MACHINE:
            return "this is a container: what runs outside of it is not seen"
        if not (proc / "1" / "stat").exists():
            return "other users' processes are hidden here"
        if lock.lstat().st_uid != os.geteuid():
            return "it is another user's"
        kind = _file_system(lock, proc)
    except OSError:
        return "it is not known here which processes run"
    if kind not in _LOCAL:
        return f"other machines may write to this file system ({kind})"
    for process in proc.iterdir():
        if process.name.isdigit() and _serves(process):
            return f"process {process.name} ({_name(process)}) lets other machines write here"
    return ""


def _younger_ancestors(lock: Path, proc: Path) -> set[int]:
    """This process, and its parents, as far as they cannot have made the lock."""
    own = {os.getpid()}
    try:
        made = lock.lstat().st_mtime
        boot = re.search(r"^btime (\d+)$", (proc / "stat").read_text(), re.MULTILINE)
    except OSError:
        return own
    if boot is not None:
        ticks = os.sysconf("SC_CLK_TCK")
        own |= {pid for pid, start in _ancestors(proc) if int(boot[1]) + start / ticks > made + 1}
    return own


def _ancestors(proc: Path) -> Iterator[tuple[int, int]]:
    """This process and its parents, with the clock ticks after boot at which each started."""
    pid = os.getpid()
    while pid > 0:
        try:
            # proc(5), stat: "pid (name) state ppid ..."; the name may hold anything.
            text = (proc / str(pid) / "stat").read_text("utf-8", "replace")
            fields = text.rpartition(")")[2].split()
            yield pid, int(fields[19])
            pid = int(fields[1])
        except (OSError, ValueError, IndexError):
            return


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _words(process: Path, file: str = "cmdline") -> list[bytes]:
    return (process / file).read_bytes().split(b"\0")[:-1]


def _serves(process: Path) -> bool:
    if _name(process).startswith(_SERVERS):
        return True
    try:
        words = _words(process)
    except OSError:
        return False
    # As sshd names its own processes; or a virtual machine with a directory of this one.
    return any(b"sftp" in word for word in words[:1]) or b"-virtfs" in words


def _has_open(process: Path, lock: Path) -> bool:
    try:
        wanted = lock.lstat()
        return any(_is(entry.path, wanted) for entry in os.scandir(process / "fd"))
    except OSError:  # it has ended, or is somebody else's; or the lock is gone
        return False


def _is(link: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(link), wanted)
    except OSError:
        return False


def _works_in(process: Path, roots: list[Path]) -> bool:
    """Whether it works in one of the places: by its directory or arguments; in doubt, yes."""
    try:
        words = _words(process)
        command = words[3:] if words[1:2] == [b"-C"] else words[1:]
        if words[:1] == [b"git"] and command in _READERS:
            return False
        directory = Path(os.readlink(process / "cwd"))
        told = [
            *(word[8:] for word in _words(process, "environ") if word.startswith(b"GIT_DIR=")),
            *(word[10:] for word in words if word.startswith(b"--git-dir=")),
            *(after for word, after in pairwise(words) if word == b"--git-dir"),
        ]
        places = [directory, *((directory / os.fsdecode(name)).resolve() for name in told)]
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return False
    except (OSError, ValueError):
        return True
    return any(place.is_relative_to(root) for place in places for root in roots)


def _file_system(path: Path, proc: Path) -> str:
    """The kind of file system that a file is on: that of the longest mount point above it."""
    place = path.parent.resolve()
    best, kind = -1, "unknown"
    for line in (proc / "self" / "mountinfo").read_text("utf-8", "surrogateescape").splitlines():
        # proc(5): "... root mount-point options [tags] - type source options"; space is \040.
        before, _, after = line.partition(" - ")
        point = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), before.split(" ")[4]))
        if place.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split(" ")[0]
    return kind
