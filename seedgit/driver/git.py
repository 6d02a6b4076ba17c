"""git as the driver calls it: started before it is needed, and without `subprocess`, which is slow.

git tells a driver of one file. What is merged it names in the environment, in merge and pull.
"""

from __future__ import annotations

import os

HEADS = "GITHEAD_"  # before the id of what is merged, in the environment of git merge and git pull
MOST_CONFLICTS = 127  # git-merge-file(1): beyond this its status is no number of conflicts


def start_git(*arguments: str) -> tuple[int, int]:
    """Start git; `output` reads what it says, once that is needed."""
    read, write = os.pipe()
    silent = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    actions = [(os.POSIX_SPAWN_DUP2, write, 1), silent]
    try:
        pid = os.posix_spawnp("git", ["git", *arguments], os.environ, file_actions=actions)
    except OSError:
        pid = 0
    os.close(write)
    return pid, read


def output(started: tuple[int, int]) -> str:
    return output_bytes(started).decode("utf-8", "replace")


def output_bytes(started: tuple[int, int], most: int = -1) -> bytes:
    pid, read = started
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read(most)
    if pid:
        os.waitpid(pid, 0)
    return data


def ask(*arguments: str) -> str:
    return output(start_git(*arguments))


def ask_bytes(*arguments: str, most: int = -1) -> bytes:
    return output_bytes(start_git(*arguments), most)


class LineMerge:
    """git's own three-way merge of the files, begun at once."""

    def __init__(self, base: str, ours: str, theirs: str, size: str, *labels: str) -> None:
        from seedgit.files.safe import NEW, temporary

        self._out = temporary(ours)
        labels = labels or ("HEAD", "base", their_name())
        named = [word for label in labels for word in ("-L", label)]
        command = ["git", "merge-file", "-p", "-q", "--marker-size=" + size, *named]
        flags = NEW & ~os.O_CLOEXEC  # git is to have it
        to_file = (os.POSIX_SPAWN_OPEN, 1, self._out, flags, 0o600)
        words = [*command, ours, base, theirs]
        self._pid = os.posix_spawnp("git", words, os.environ, file_actions=[to_file])

    def result(self) -> tuple[bytes | None, int]:
        """(text, number of conflicts), or None and a status over MOST_CONFLICTS where it failed."""
        status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        try:
            if status < 0 or status > MOST_CONFLICTS:
                return None, 128
            with open(self._out, "rb") as file:
                return file.read(), status
        finally:
            if os.path.lexists(self._out):
                os.unlink(self._out)


def their_name() -> str:
    """What git calls the other side: it says so in the environment, in merge and pull."""
    theirs = incoming()
    return os.environ[HEADS + theirs] if theirs else "theirs"


def incoming() -> str:
    """The id of the commit that is merged; "" where git does not say."""
    found = [name.removeprefix(HEADS) for name in os.environ if name.startswith(HEADS)]
    return found[0] if len(found) == 1 and found[0].isalnum() else ""


def names_theirs() -> bool:
    """Whether git names what is merged: in merge and pull, where ours is the site's."""
    return any(name.startswith(HEADS) for name in os.environ)


def merge_ids() -> str:
    """Which merge this is: HEAD, and in merge and pull what is merged into it, by their ids."""
    others = sorted(key.removeprefix(HEADS) for key in os.environ if key.startswith(HEADS))
    return " ".join([ask("rev-parse", "--verify", "--quiet", "HEAD").strip(), *others])
