"""Makes every change of a clone: of refs, files, the configuration, the index, remotes.

A dry-run has another writer (`rehearsal`), which records each change instead. No other code asks
which of the two is at work. Modules that few commands need are imported where they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from seedgit.git.process import LITERAL
from seedgit.git.refs import PATIENCE, attempts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from seedgit.git.refs import Attempt
    from seedgit.git.repository import GitEntry, Repository

_NOTHING_TO_UNSET = 5  # git-config(1), "EXIT STATUS"


class Writer(Protocol):
    """Makes changes, or only records them.

    rehearses  whether they are only recorded; to be used in reports only
    """

    rehearses: bool

    def attempts(self, ref: str, *, patience: float = PATIENCE) -> Iterator[Attempt]:
        """Tries at moving a ref: loop over them (`refs.attempts`)."""

    def fetch(self, remote: str, ref: str, copy: str) -> None:
        """Fetch a ref of a remote into a ref of this clone. Raises RepositoryError, Refused."""

    def push(self, remote: str, commit: str, ref: str) -> tuple[str, str]:
        """Send a commit to a ref of a remote; the outcome, and the remote's words for it.

        Raises RepositoryError where the remote cannot be reached.
        """

    def configure(self, place: tuple[str, ...], action: str, key: str, *values: str) -> None:
        """Change git's configuration in one place, with the words of git-config(1)."""

    def configure_together(self, scope: str, changes: Sequence[tuple[str, ...]]) -> None:
        """Make several changes of the clone's or the worktree's configuration, all or none."""

    def write_file(self, path: Path, data: bytes, mode: int | None = None) -> None:
        """Put `data` at `path` by rename, with `mode`, or with the mode it has (`files`)."""

    def replace_file(self, path: str, old: bytes, new: bytes) -> None:
        """Replace a file of the working tree, if it still has the old content (`files`)."""

    def remove_file(self, path: Path) -> None:
        """Remove a file. Raises RepositoryError."""

    def move_file(self, path: Path, target: Path) -> None:
        """Rename a file to a name that nothing has yet. Raises RepositoryError."""

    def stage(self, path: str) -> None:
        """`git add` of one file."""

    def restage(self, entries: Iterable[GitEntry]) -> None:
        """Let the index see files again that it has already, if git sees the same in them."""

    def mark(self, place: Path) -> None:
        """Create an empty file of seedgit's own, flushed to disk, that says: work is under way."""

    def unmark(self, place: Path) -> None:
        """Remove that file, if it is there."""


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

    def configure_together(self, scope: str, changes: Sequence[tuple[str, ...]]) -> None:
        from seedgit.git.config_file import change_together

        change_together(self._repository, scope, changes)

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

    def restage(self, entries: Iterable[GitEntry]) -> None:
        from seedgit.git.restage import restage

        restage(self._repository, entries)

    def mark(self, place: Path) -> None:
        from seedgit.git.files import mark

        mark(place)

    def unmark(self, place: Path) -> None:
        place.unlink(missing_ok=True)
