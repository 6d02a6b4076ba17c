"""Tells the index of files that were written again, but in which git sees no change.

The index keeps the size of each file. Where it differs, git believes that the content does too, and
refuses to check out anything else. An entry without a size makes git read the file, through the
clean filter (git-update-index(1), --refresh). So nothing is staged that was not staged before.

The filter takes longer than most of what a person does with git, and who finds the index locked
fails at once. So all this is done with a copy of the index. The index is locked only to put the
copy in its place, if nobody has changed it since.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress

from seedgit.errors import SYSTEM_SAYS_NO, RepositoryError, of_the_system
from seedgit.files.safe import left_behind, temporary
from seedgit.git.names import to_text
from seedgit.git.process import LITERAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final

    from seedgit.git.repository import Repository

_AT_ONCE: Final = 500  # entries on one command line
_TRIES: Final = 10
_PAUSE: Final = 0.05  # seconds
_MERGED: Final = "0"  # the stage
_LOCK: Final = ".lock"  # git's own, beside the index (gitrepository-layout(5))


def stale(repository: Repository) -> set[str]:
    """The paths whose files are not as the index knows them, whatever is in them."""
    out = repository.git("diff-files", "--name-only", "-z", "--no-ext-diff")
    return set(to_text(out).split("\0")[:-1])


def restage(repository: Repository, paths: Iterable[str]) -> None:
    """Make git look at some files again, whatever is staged for them. Raises RepositoryError."""
    left = list(paths)
    if not left:
        return
    index = os.path.realpath(repository.at.index_file)
    try:
        for _ in range(_TRIES):
            with _copied(index, os.path.join(repository.at.git_dir, "seedgit")) as (copy, was):
                for at in range(0, len(left), _AT_ONCE):
                    _look_again(repository, left[at : at + _AT_ONCE], {"GIT_INDEX_FILE": copy})
                if _taken_over(index, copy, was):
                    return
            time.sleep(_PAUSE)
    except OSError as error:
        raise of_the_system(error, "cannot be read or written", index) from None
    except RepositoryError as error:  # git does not always say why
        error.hint = error.hint or SYSTEM_SAYS_NO
        raise
    raise RepositoryError("another git keeps changing the index", where=index, hint="try again")


def _look_again(repository: Repository, paths: list[str], env: dict[str, str]) -> None:
    """Make git look at some files. What is staged is read from the same copy of the index: else a
    checkout that came meanwhile would be taken back."""
    out = repository.git(LITERAL, "ls-files", "--stage", "-z", "--", *paths, env=env)
    words: list[str] = []
    for entry in to_text(out).split("\0")[:-1]:
        about, _, path = entry.partition("\t")
        mode, id, stage = about.split(" ")
        if stage == _MERGED:
            words += ["--cacheinfo", f"{mode},{id},{path}"]
    if words:
        # With 1, git says that other files are not what is staged.
        repository.git("update-index", "-q", *words, "--refresh", env=env, accept=(0, 1))


@contextmanager
def _copied(index: str, folder: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A copy of the index, and what tells whether the index is another one."""
    os.makedirs(folder, exist_ok=True)
    for name in left_behind(folder):
        with suppress(OSError):
            _forget(os.path.join(folder, name), index)
    copy = os.path.join(folder, temporary("index"))
    with open(index, "rb") as file:
        found = os.fstat(file.fileno())
        data = file.read()
    try:
        with open(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, found.st_mode), "wb") as file:
            file.write(data)
        yield copy, _marks(found)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(copy)


def _forget(copy: str, index: str) -> None:
    """Remove what a process that was killed has left, with its lock."""
    with suppress(FileNotFoundError):
        if os.path.samefile(copy, index + _LOCK):
            os.unlink(index + _LOCK)
    os.unlink(copy)


def _marks(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _taken_over(index: str, copy: str, was: tuple[int, ...]) -> bool:
    """Put a copy in the place of the index. Returns False if that is locked, or another one.

    The lock is the copy by another name. So whoever finds both knows whose it was (`_forget`).
    """
    lock = index + _LOCK
    try:
        os.link(copy, lock)
    except FileExistsError:
        return False
    try:
        same = _marks(os.stat(index)) == was
        if same:
            os.replace(lock, index)
    except BaseException:
        os.unlink(lock)
        raise
    if not same:
        os.unlink(lock)
    return same
