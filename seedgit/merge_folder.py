"""The folder with the results of a whole merge, in the git directory of its worktree.

    seedgit/merges/PID/         PID is git's, which calls the driver
        filesSTEP/PATH+         the merged file; the shell of a driver links it to %A
        filesSTEP/PATH=         what it is of, two lines: PATH, and `STATUS SIZE BASE OURS THEIRS
                                RESULT RULES ON...`, after SIZE ids of blobs. It is written last
        filesSTEP/PATH-         is there once the result was used
        on-N                    links to the files with settings, and to that with the rules of
                                layers; ON... are their ids, RULES that of the rules file
        rows-N                  the row for the journal of each file, one a line: [its place, row]
        tell                    the line about conflicts; whoever moves it away prints it

STEP is the number of the pick in a rebase, and empty in a merge. The folder counts as long as git
holds the index lock that was there when it was made; in a rebase, as long as that lasts.

The shell of the driver (operations/install/driver_command.py) uses a result only if git hashes the
files that it was given, the result, and the files with rules and settings, to just these ids. So
what is unfinished, damaged or of something else is not used. Only of what was used the row counts.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MERGES = "seedgit/merges"  # in the git directory of the worktree
FILES, RESULT, KEY, USED = "files", "+", "=", "-"
HANGS_ON = "on-"
TELL, TELLING = "tell", "telling"
ROWS = "rows-"
ROWS_MOST = 1 << 28  # bytes
LOCK = "index.lock"
# Of git's own, in a rebase: which step it is, the commands of the steps, and a file of its start.
STEP, DONE, TODO = "rebase-merge/msgnum", "rebase-merge/done", "rebase-merge/git-rebase-todo"
STARTED = "rebase-merge/onto"
CLAIMED = "-"  # in the name of a folder whose rows are being taken; the process id follows
KEPT = 86_400  # seconds


def git_dir_of(folder: str) -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(folder)))


def step(git_dir: str) -> str:
    """The number of the pick in a rebase, as git has it; "" outside of one."""
    try:
        with open(os.path.join(git_dir, STEP), encoding="ascii") as file:
            return file.readline().strip()
    except (OSError, ValueError):
        return ""


def is_open(folder: str) -> bool:
    """Whether the merge goes on that the folder belongs to. False where there is no folder."""
    git_dir = git_dir_of(folder)
    try:
        made = os.stat(folder).st_mtime_ns
        if os.path.exists(os.path.join(git_dir, STEP)):
            os.kill(int(os.path.basename(folder)), 0)
            return made >= os.stat(os.path.join(git_dir, STARTED)).st_mtime_ns
        return made >= os.stat(os.path.join(git_dir, LOCK)).st_mtime_ns
    except PermissionError:
        return True  # somebody else's process
    except (OSError, ValueError):
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
                place, row = json.loads(line)
                used = os.path.lexists(os.path.join(folder, place + USED))
            except (ValueError, TypeError):
                continue
            if used:
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
