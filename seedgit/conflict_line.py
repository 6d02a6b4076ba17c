"""Prints one line on how to see the conflicts: once for a merge, not once for a file.

git calls a driver for one file at a time, and tells it nothing about the others. But git holds the
index lock while it merges, and each merge makes a new lock file, which identifies the merge.
Without a lock nothing is printed: no person is waiting. Where a merge has a folder
(seedgit/merge_folder.py), whoever moves the line away there prints it: perhaps the calling shell.
"""

from __future__ import annotations

import os
import sys

LINE = "seedgit: to see the conflicts, and to resolve them one by one: seedgit conflicts"
TOLD = "conflicts-told"


def tell_once(folder: str = "") -> None:
    """Print the line, unless this merge has printed it already. Errors are ignored: git goes on.

    folder  that of a whole merge, where there may be one
    """
    from seedgit.merge_folder import TELL, TELLING, is_open

    try:
        if folder and is_open(folder):
            os.rename(os.path.join(folder, TELL), os.path.join(folder, TELLING))
        elif _told():
            return
    except Exception:
        return
    print(LINE, file=sys.stderr)


def _told() -> bool:
    """Whether this merge has printed the line. From now on it has."""
    from seedgit.files.git_dir import find_git_dir
    from seedgit.files.safe import read_regular, replace_regular

    git_dir = find_git_dir()
    if git_dir is None:
        return True
    lock = os.stat(os.path.join(git_dir, "index.lock"))
    merge = f"{lock.st_ino} {lock.st_mtime_ns}".encode()
    place = os.path.join(git_dir, "seedgit", TOLD)
    if os.path.exists(place) and read_regular(place, 100) == merge:
        return True
    os.makedirs(os.path.dirname(place), exist_ok=True)
    replace_regular(place, merge)
    return False
