"""git's lock files: which one is in the way of a ref, and taking over one whose process is gone."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from seedgit.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.git.repository import Repository

TABLES: Final = "reftable/tables.list"  # names the tables that hold the refs, where these do
STALE_AFTER: Final = 5.0  # seconds; git holds a ref's lock for milliseconds


def lock_of(repository: Repository, ref: str) -> Path | None:
    """A lock file that is in the way of `ref` now: its own, or one of all refs."""
    names = (f"{ref}.lock", "packed-refs.lock", f"{TABLES}.lock")
    places = (repository.common_dir / name for name in names)
    return next((place for place in places if place.exists()), None)


def age_of(lock: str | Path) -> float | None:
    """How many seconds a lock has been there; None if it is gone."""
    try:
        return time.time() - os.lstat(lock).st_mtime
    except OSError:
        return None


def places_of(repository: Repository) -> list[Path]:
    """Where a git that works in this repository can be: its worktrees, and its own folder."""
    found = [repository.worktree, repository.git_dir, repository.common_dir]
    if repository.common_dir.name == ".git":
        found.append(repository.common_dir.parent)
    for link in (repository.common_dir / "worktrees").glob("*/gitdir"):
        with suppress(OSError):
            found.append(Path(os.fsdecode(link.read_bytes().strip())).parent)
    return found


def clear(repository: Repository, lock: Path) -> bool:
    """Remove a lock whose process is certainly gone; False if it is young, or was just released.

    Raises Refused if it has been there for too long, and its process may still run.
    """
    age = age_of(lock)
    if age is None or age <= STALE_AFTER:
        return False
    reason = _doubt(repository, lock)
    if not reason:
        return _take(repository, lock)
    import shlex

    raise Refused(
        f"locked for {age:.0f} seconds, and the process that locked it may still run: {reason}",
        where=str(lock),
        hint="if no git or seedgit works in this repository any more, delete this file and try "
        f"again: rm {shlex.quote(str(lock))}",
    )


def _doubt(repository: Repository, lock: Path) -> str:
    """Why a lock may still have a process; "" if it has none."""
    from seedgit.git.lock_owners import doubt  # late: hardly ever a lock is in the way

    return doubt(lock, places_of(repository))


def _take(repository: Repository, lock: Path) -> bool:
    """Only one process looks and removes at a time, so it removes what it has looked at."""
    import fcntl  # without it, nothing is certain

    guard = os.open(repository.common_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX)  # it ends with the process
        try:
            stale = lock.lstat()
        except FileNotFoundError:
            return False
        if time.time() - stale.st_mtime <= STALE_AFTER or _doubt(repository, lock):
            return False
        taken = repository.common_dir / f"seedgit-taken-{os.urandom(8).hex()}"
        try:
            lock.rename(taken)
        except FileNotFoundError:
            return False
        found = taken.lstat()
        if (found.st_ino, found.st_mtime_ns) != (stale.st_ino, stale.st_mtime_ns):
            # A person deleted it meanwhile, and another git made a new one: put that one back.
            with suppress(FileExistsError):
                os.link(taken, lock)
        taken.unlink()
        return True
    finally:
        os.close(guard)
