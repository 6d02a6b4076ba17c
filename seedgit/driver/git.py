"""How the driver calls git: before the answer is needed (seedgit/spawn.py).

git calls a driver for one file. In merge and pull the environment also names the merged commits.
"""

from __future__ import annotations

import os

from seedgit.spawn import output_bytes, start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

HEADS = "GITHEAD_"  # git merge and git pull set GITHEAD_<id> for each commit they merge
MOST_CONFLICTS = 127  # git-merge-file(1): a higher exit status is not a number of conflicts


def input_file(folder: str, data: bytes) -> BinaryIO:
    """A nameless file with this content, for git to read. (With two pipes, each could wait.)"""
    name = os.path.join(folder, f"input-{os.getpid()}")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.fdopen(os.open(name, flags, 0o600), "r+b")
    os.unlink(name)
    file.write(data)
    file.seek(0)
    return file


def output(started: tuple[int, int]) -> str:
    return output_bytes(started).decode("utf-8", "replace")


def ask(*arguments: str) -> str:
    return output(start_git(*arguments))


def ask_bytes(*arguments: str, most: int = -1) -> bytes:
    return output_bytes(start_git(*arguments), most)


class LineMerge:
    """git's own three-way merge of the files, started at once."""

    def __init__(self, base: str, ours: str, theirs: str, size: str, *labels: str) -> None:
        from seedgit.files.safe import NEW, temporary

        self._out = temporary(ours)
        labels = labels or ("HEAD", "base", their_name())
        options = [word for label in labels for word in ("-L", label)]
        command = ["git", "merge-file", "-p", "-q", "--marker-size=" + size, *options]
        flags = NEW & ~os.O_CLOEXEC  # git inherits it
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
    """git's name for the other side, from the environment; "theirs" where git does not say."""
    theirs = incoming()
    return os.environ[HEADS + theirs] if theirs else "theirs"


def incoming() -> str:
    """The id of the commit that is being merged in; "" where git does not say."""
    found = [name.removeprefix(HEADS) for name in os.environ if name.startswith(HEADS)]
    return found[0] if len(found) == 1 and found[0].isalnum() else ""


def names_theirs() -> bool:
    """Whether git names the merged commits. It does in merge and pull, where ours is the site's."""
    return any(name.startswith(HEADS) for name in os.environ)


def merge_ids() -> str:
    """What identifies this merge: the id of HEAD, and in merge and pull those of the other side."""
    others = sorted(key.removeprefix(HEADS) for key in os.environ if key.startswith(HEADS))
    return " ".join([ask("rev-parse", "--verify", "--quiet", "HEAD").strip(), *others])
