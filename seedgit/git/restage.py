"""Tells the index of files that were written again, but in which git sees no change.

The index keeps the size of each file. Where it differs, git believes that the content does too, and
refuses to check out anything else. An entry without a size makes git read the file, through the
clean filter (git-update-index(1), --refresh). So nothing is staged that was not staged before.
"""

from __future__ import annotations

import time

from seedgit.git.names import to_text
from seedgit.git.process import GitFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from seedgit.git.repository import GitEntry, Repository

_AT_ONCE: Final = 500  # entries on one command line
_TRIES: Final = 10
_PAUSE: Final = 0.05  # seconds


def stale(repository: Repository) -> set[str]:
    """The paths whose files are not as the index knows them, whatever is in them."""
    out = repository.git("diff-files", "--name-only", "-z", "--no-ext-diff")
    return set(to_text(out).split("\0")[:-1])


def restage(repository: Repository, entries: Iterable[GitEntry]) -> None:
    """Make git look at the files of some staged entries. Raises RepositoryError."""
    left = list(entries)
    while left:
        some, left = left[:_AT_ONCE], left[_AT_ONCE:]
        words = [w for e in some for w in ("--cacheinfo", f"{e.mode:o},{e.id},{e.path}")]
        _patiently(repository, "update-index", "-q", *words, "--refresh")


def _patiently(repository: Repository, *words: str) -> None:
    """Run a git that changes the index, while another one may have it locked."""
    for tries_left in reversed(range(_TRIES)):
        try:
            # With 1, git says that other files are not what is staged.
            repository.git(*words, accept=(0, 1))
        except GitFailed as error:
            if "index.lock" not in error.stderr or not tries_left:
                raise
            time.sleep(_PAUSE)
        else:
            return
