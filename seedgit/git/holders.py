"""Whether a process may still hold a lock file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

PROC = Path("/proc")


def holder(lock: Path, places: Iterable[Path], proc: Path = PROC) -> str:
    """Who may hold a lock, in words; "" where nobody does.

    That is whoever has it open, and any git at work in one of `places`: git closes a lock's file
    before it lets go of the lock. In doubt somebody does. This process's own parents do not count:
    `git seedgit` is one of them.
    """
    if not (proc / "self" / "stat").exists():
        return "it is not known here which processes run"
    own = set(_ancestors(proc))
    roots = [place.resolve() for place in places]
    for process in proc.iterdir():
        if not process.name.isdigit() or int(process.name) in own:
            continue
        if _has_open(process, lock):
            return f"process {process.name} has it open"
        if _name(process).startswith("git") and _works_in(process, roots):
            return f"process {process.name} is a git that may work here"
    return ""


def _ancestors(proc: Path) -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            # proc(5), stat: "pid (name) state ppid"; the name may hold anything.
            pid = int(
                (proc / str(pid) / "stat")
                .read_text("utf-8", "replace")
                .rpartition(")")[2]
                .split()[1]
            )
        except (OSError, ValueError, IndexError):
            return


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _has_open(process: Path, lock: Path) -> bool:
    try:
        return any(os.readlink(entry.path) == str(lock) for entry in os.scandir(process / "fd"))
    except OSError:  # it has ended, or is somebody else's
        return False


def _works_in(process: Path, roots: list[Path]) -> bool:
    try:
        place = Path(os.readlink(process / "cwd"))
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return any(place.is_relative_to(root) for root in roots)
