"""Where a merge has conflicts: one line a merge, and not one a file, on how to see them.

git tells a driver of one file, and nothing of the others. But it holds the lock of the index for
as long as it merges, and each merge has a lock of its own. Without one nobody waits for a person.
"""

from __future__ import annotations

import os
import sys

LINE = "seedgit: to see the conflicts, and to resolve them one by one: seedgit conflicts"
TOLD = "conflicts-told"


def tell_once() -> None:
    """Print the line unless it was for the merge that is going on; whatever fails, git goes on."""
    from seedgit.files.git_dir import find_git_dir
    from seedgit.files.safe import read_regular, replace_regular

    try:
        git_dir = find_git_dir()
        if git_dir is None:
            return
        lock = os.stat(os.path.join(git_dir, "index.lock"))
        merge = f"{lock.st_ino} {lock.st_mtime_ns}".encode()
        place = os.path.join(git_dir, "seedgit", TOLD)
        if os.path.exists(place) and read_regular(place, 100) == merge:
            return
        os.makedirs(os.path.dirname(place), exist_ok=True)
        replace_regular(place, merge)
    except Exception:
        return
    print(LINE, file=sys.stderr)
