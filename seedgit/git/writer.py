"""Makes every change of a clone: of refs, files, the configuration, the index, remotes.

A dry-run has another writer (`rehearsal`), which records each change instead. Nobody else asks
which of the two is at work. What few commands need is imported where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from seedgit.git.process import LITERAL
from seedgit.git.refs import PATIENCE, attempts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seedgit.git.refs import Attempt
    from seedgit.git.repository import Repository

_NOTHING_TO_UNSET = 5  # git-config(1), "EXIT STATUS"


class Writer(Protocol):
    """Makes changes, or records them.

    rehearses  whether they are only recorded: for reports alone
    """

    rehearses: bool

    def attempts(self, ref: str, *, patience: float = PATIENCE) -> Iterator[Attempt]:
        """Tries at moving a ref: loop over them (`refs.attempts`)."""

    def fetch(self, remote: str, ref: str, copy: str) -> None:
        """Bring what a ref of a remote has to a ref of this clone. RepositoryError, Refused."""

    def push(self, remote: str, commit: str, ref: str) -> tuple[str, str]:
        """Send a commit to a ref of a remote; the outcome, and the remote's words for it.

        Raises RepositoryError where the remote cannot be reached.
        """

    def configure(self, place: tuple[str, ...], action: str, key: str, *values: str) -> None:
        """Change git's configuration, in a place, as git-config(1) is asked to."""

    def write_file(self, path: Path, data: bytes, mode: int | None = None) -> None:
        """Put `data` at `path` by rename, with `mode`, or with the mode it has (`files`)."""

    def replace_file(self, path: str, old: bytes, new: bytes) -> None:
        """Give a file of the working tree another content, if it still has the old (`files`)."""

    def remove_file(self, path: Path) -> None:
        """Take a file away. Raises RepositoryError."""

    def move_file(self, path: Path, target: Path) -> None:
        """Give a file another name, where nothing has that name yet. Raises RepositoryError."""

    def stage(self, path: str) -> None:
        """`git add` of one file."""

    def mark(self, place: Path) -> None:
        """Put an empty file of seedgit's own there, flushed to the disk: work is under way."""

    def unmark(self, place: Path) -> None:
        """Take that file away, if it is there."""


class Live:
    """Makes each change."""

    rehearses = False

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def attempts(self, ref: str, *, patience: float = PATIENCE) -> Iterator[Attempt]:
        return attempts(self._repository, ref, patience=patience)

    def fetch(self, remote: str, ref: str, copy: str) -> None:
        from seedgit.git.transfer import fetch

        fetch(self._repository, remote, ref, copy)

    def push(self, remote: str, commit: str, ref: str) -> tuple[str, str]:
        from seedgit.git.transfer import push

        return push(self._repository, remote, commit, ref)

    def configure(self, place: tuple[str, ...], action: str, key: str, *values: str) -> None:
        asked = ("config", *place, action, key, *values)
        self._repository.git(*asked, accept=(0, _NOTHING_TO_UNSET))

    def write_file(self, path: Path, data: bytes, mode: int | None = None) -> None:
        from seedgit.git.files import write_file

        write_file(self._repository, path, data, mode)

    def replace_file(self, path: str, old: bytes, new: bytes) -> None:
        from seedgit.git.files import replace_file

        replace_file(self._repository, path, old, new)

    def remove_file(self, path: Path) -> None:
        from seedgit.git.files import remove_file

        remove_file(self._repository, path)

    def move_file(self, path: Path, target: Path) -> None:
        from seedgit.git.files import move_file

        move_file(path, target)

    def stage(self, path: str) -> None:
        self._repository.git(LITERAL, "add", "--", path)

    def mark(self, place: Path) -> None:
        from seedgit.git.files import mark

        mark(place)

    def unmark(self, place: Path) -> None:
        place.unlink(missing_ok=True)
