"""Changes one file of git's configuration in several places at once, or not at all.

`git config` writes one change, in one step: it locks the file, writes the new one, and renames it
(git's lockfile.h). Several calls leave a part of the changes if they are interrupted. Here git
makes them in a copy, which then takes the file's place in the same way.
"""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path

from seedgit.errors import SYSTEM_SAYS_NO, Refused, RepositoryError, of_the_system
from seedgit.files.safe import left_behind, temporary
from seedgit.git.config import LOCAL, REMOVE, WORKTREE
from seedgit.git.locks import STALE_AFTER, clear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from seedgit.git.repository import Repository

PATIENCE: Final = STALE_AFTER + 1  # seconds
PAUSE: Final = 0.02  # seconds
NOTHING_TO_UNSET: Final = 5  # git-config(1), "EXIT STATUS"

Change = tuple[str, ...]  # the words of git-config(1): an action, a key, and values


def change_together(repository: Repository, scope: str, changes: Sequence[Change]) -> None:
    """Make changes in the clone's configuration file, or in this worktree's, in one step.

    Raises Refused if another process keeps the file locked or keeps changing it, RepositoryError
    if it cannot be written.
    """
    places = {
        LOCAL: repository.common_dir / "config",
        WORKTREE: repository.git_dir / "config.worktree",
    }
    place = Path(os.path.realpath(places[scope]))
    deadline = time.monotonic() + PATIENCE
    try:
        while not _replaced(repository, place, changes):
            if time.monotonic() > deadline:
                raise Refused("somebody keeps changing it", where=str(place), hint="try again")
            time.sleep(PAUSE)
    except OSError as error:
        raise of_the_system(error, where=str(place)) from None


def _replaced(repository: Repository, place: Path, changes: Sequence[Change]) -> bool:
    """Whether the changes are in the file. If not, another process was there first."""
    before = _read(place)
    for name in left_behind(str(place.parent)):
        (place.parent / name).unlink(missing_ok=True)
    copy = place.with_name(temporary(place.name))
    try:
        copy.write_bytes(before)
        for change in changes:
            asked = ("config", "--file", str(copy), *change)
            repository.git(*asked, accept=(0, NOTHING_TO_UNSET))
            if change[0] == REMOVE:
                refuse_kept(repository, ("--file", str(copy)), change[1])
        return _put(repository, place, before, copy.read_bytes())
    finally:
        copy.unlink(missing_ok=True)


def refuse_kept(repository: Repository, place: tuple[str, ...], section: str) -> None:
    """Raise RepositoryError if a section is there that git has removed.

    git ends with 0 also where it could not write the file without the section (2.39).
    """
    pattern = f"^{re.escape(section)}\\.[^.]*$"
    asked = ("config", *place, "--name-only", "--get-regexp", pattern)
    if repository.git(*asked, accept=(0, 1)):
        message = f"git config cannot write the file that has the section {section}"
        raise RepositoryError(message, hint=SYSTEM_SAYS_NO)


def _put(repository: Repository, place: Path, before: bytes, data: bytes) -> bool:
    """Put `data` in place of `before`, under git's own lock."""
    lock = place.with_name(place.name + ".lock")
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o666
    try:
        file = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        clear(repository, lock)
        return False
    try:
        with os.fdopen(file, "wb") as out:
            if _read(place) != before:
                return False
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if place.exists():
            lock.chmod(mode)  # whatever the umask is
        lock.rename(place)
    finally:
        with suppress(FileNotFoundError):
            lock.unlink()
    return True


def _read(place: Path) -> bytes:
    return place.read_bytes() if place.exists() else b""
