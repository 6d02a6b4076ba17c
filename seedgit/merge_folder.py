"""The folder with the results of a whole merge, in the git directory of its worktree.

    seedgit/merges/PID/         PID is git's, which calls the driver. The folder counts as long as
                                git holds the index lock that was there when it was made
        files/PATH+             the merged file; the shell of a driver renames it to %A
        files/PATH=             what it is of, two lines: `STATUS SIZE BASE OURS THEIRS RESULT`,
                                where the last four are ids of blobs, and PATH. It is written last
        rows-N                  the row for the journal of each file, one a line
        tell                    the line about conflicts; whoever moves it away prints it

The shell of the driver (operations/driver_command.py) uses a result only if git hashes the files
that it was given, and the result, to just these ids. So what is unfinished, damaged or of something
else is not used. A result that is gone from here was used: only then its row counts.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MERGES = "seedgit/merges"  # in the git directory of the worktree
FILES, RESULT, KEY = "files", "+", "="
TELL, TELLING = "tell", "telling"
ROWS = "rows-"
ROWS_MOST = 1 << 28  # bytes
LOCK = "index.lock"
CLAIMED = "-"  # in the name of a folder whose rows are being taken; the process id follows
KEPT = 86_400  # seconds


def git_dir_of(folder: str) -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(folder)))


def is_open(folder: str) -> bool:
    """Whether the merge goes on that the folder belongs to. False where there is no folder."""
    try:
        made = os.stat(folder).st_mtime_ns
        return made >= os.stat(os.path.join(git_dir_of(folder), LOCK)).st_mtime_ns
    except OSError:
        return False


def finished(common_dir: str) -> Iterator[str]:
    """The folders of merges that are over, in all worktrees of a clone."""
    places = [common_dir]
    worktrees = os.path.join(common_dir, "worktrees")
    if os.path.isdir(worktrees):
        places += [os.path.join(worktrees, name) for name in sorted(os.listdir(worktrees))]
    for place in places:
        merges = os.path.join(place, MERGES)
        if os.path.isdir(merges):
            names = [name for name in sorted(os.listdir(merges)) if CLAIMED not in name]
            folders = [os.path.join(merges, name) for name in names]
            yield from (folder for folder in folders if not is_open(folder))


def rows_used(folder: str) -> Iterator[dict[str, Any]]:
    """The rows of the results that were used. What is damaged is left out. Raises OSError."""
    import json

    from seedgit.errors import InputError
    from seedgit.files.safe import read_regular

    for name in sorted(os.listdir(folder)):
        if not name.startswith(ROWS):
            continue
        try:
            lines = read_regular(os.path.join(folder, name), ROWS_MOST).split(b"\n")
        except InputError:
            continue
        for line in lines:
            try:
                row = json.loads(line)
                place = os.path.join(folder, FILES, os.fsdecode(os.fsencode(row["path"])) + RESULT)
            except (ValueError, TypeError, KeyError):
                continue
            if not os.path.lexists(place):
                yield row


def put_aside(folder: str) -> None:
    """Give a folder whose merge is over another name. Its rows can still be taken."""
    os.rename(folder, f"{folder}.{os.urandom(8).hex()}")


def claim(folder: str) -> str:
    """Take a folder for this process alone, and return its new name. Raises OSError.

    The name says whose it is. One that was left behind goes after a day, by `sweep`.
    """
    claimed = f"{folder}{CLAIMED}{os.getpid()}"
    os.rename(folder, claimed)
    return claimed


def sweep(merges: str) -> None:
    """Remove what processes left behind that were killed, or could not write the journal."""
    for name in os.listdir(merges):
        folder = os.path.join(merges, name)
        if not is_open(folder) and os.stat(folder).st_mtime < time.time() - KEPT:
            remove(folder)


def remove(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
