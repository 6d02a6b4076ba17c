"""Marks files that are being captured, in case that is cut short.

Between the two writes of a capture the overlay has edits that the seed's file still holds. Later
that would look like the effective document, from which all other overrides are gone. A mark in the
git directory says that it is not, until the file has been written.
"""

from __future__ import annotations

import os
from contextlib import suppress

from seedgit.git.names import to_bytes
from seedgit.git.repository import Repository

FOLDER = "capturing"


class Unfinished:
    """The mark of one file of a worktree."""

    def __init__(self, repository: Repository, path: str) -> None:
        name = repository.blob_id(to_bytes(path))
        self._place = os.path.join(repository.at.git_dir, "seedgit", FOLDER, name)
        self._writer = repository.writer

    @property
    def there(self) -> bool:
        return os.path.lexists(self._place)

    def begin(self) -> None:
        """Raises OSError, Refused."""
        self._writer.mark(self._place)

    def end(self) -> None:
        with suppress(OSError):
            self._writer.unmark(self._place)
