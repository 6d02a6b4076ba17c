"""Makes every change of a clone: of refs, files, the configuration, the index, remotes.

A dry-run has another writer (`rehearsal`), which records each change instead. No other code asks
which of the two is at work. Modules that few commands need are imported where they are used.
"""

from __future__ import annotations

import os
from contextlib import suppress

from seedgit.git.config import REMOVE
from seedgit.git.process import LITERAL
from seedgit.git.refs import PATIENCE, attempts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Protocol

    from seedgit.files.contested import Swap
    from seedgit.git.refs import Attempt, Move
    from seedgit.git.repository import Repository
else:
    Protocol = object

_NOTHING_TO_UNSET = 5  # git-config(1), "EXIT STATUS"


class Writer(Protocol):
    """Makes changes, or only records them.

    rehearses  whether they are only recorded; to be used in reports only
    """

    rehearses: bool

    def attempts(self, ref: str, *, patience: float = PATIENCE) -> Iterator[Attempt]:
        """Tries at moving a ref: loop over them (`refs.attempts`)."""

    def together(self, why: str) -> AbstractContextManager[list[Move]]:
        """Refs that move at the end of a block, all or none (`refs.together`)."""

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

    def write_file(self, path: str | Path, data: bytes, mode: int | None = None) -> None:
        """Put `data` at `path` by rename, with `mode`, or with the mode it has (`files`)."""

    def replace_file(self, path: str, old: bytes, new: bytes) -> None:
        """Replace a file of the working tree, if it still has the old content (`files`)."""

    def remove_file(self, path: str | Path) -> None:
        """Remove a file. Raises RepositoryError."""

    def move_file(self, path: str | Path, target: str | Path) -> None:
        """Rename a file to a name that nothing has yet. Raises RepositoryError."""

    def stage(self, path: str) -> None:
        """`git add` of one file."""

    def restage(self, paths: Iterable[str]) -> None:
        """Let the index see files again that it has already, if git sees the same in them."""

    def made_ahead(
        self, wanted: Sequence[tuple[str, bytes]]
    ) -> AbstractContextManager[Mapping[str, str]]:
        """Write new live files under other names (`live_files`)."""

    def replace_live(
        self, place: str, old: bytes | None, new: bytes, ahead: str = ""
    ) -> Swap | None:
        """Put a live file in place of what was read of it (`live_files`)."""

    def remove_live(self, place: str, old: bytes) -> None:
        """Remove a live file that still is what was read of it (`live_files`)."""

    def run_command(self, command: str, names: Sequence[str]) -> int | None:
        """Tell a program which files have changed (`live_command`), if there are both."""

    def alone(
        self, place: str | Path, patience: float | None = None
    ) -> AbstractContextManager[None]:
        """Hold a file of seedgit's own that others wait for (`files.own`)."""

    def append(self, place: str | Path, data: bytes, *, durable: bool = True) -> None:
        """Add lines to a file of seedgit's own (`files.own`)."""

    def keep(self, place: str | Path, data: bytes, *, durable: bool = True) -> None:
        """Make or replace a file of seedgit's own (`files.own`)."""

    def remember(self, place: str | Path, body: bytes) -> None:
        """Keep something that can be worked out again (`whole.write_whole`)."""

    def drop(self, place: str | Path, folder: int | None = None) -> None:
        """Remove a file of seedgit's own (`files.own`)."""

    def mark(self, place: str | Path) -> None:
        """Create an empty file of seedgit's own, flushed to disk, that says: work is under way."""

    def unmark(self, place: str | Path) -> None:
        """Remove that file, if it is there."""


class Live:
    """Makes each change."""

    rehearses = False

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def attempts(self, ref: str, *, patience: float = PATIENCE) -> Iterator[Attempt]:
        return attempts(self._repository, ref, patience=patience)

    def together(self, why: str) -> AbstractContextManager[list[Move]]:
        from seedgit.git.refs import together

        return together(self._repository, why)

    def fetch(self, remote: str, ref: str, copy: str) -> None:
        from seedgit.git.transfer import fetch

        fetch(self._repository, remote, ref, copy)

    def push(self, remote: str, commit: str, ref: str) -> tuple[str, str]:
        from seedgit.git.transfer import push

        return push(self._repository, remote, commit, ref)

    def configure(self, place: tuple[str, ...], action: str, key: str, *values: str) -> None:
        asked = ("config", *place, action, key, *values)
        self._repository.git(*asked, accept=(0, _NOTHING_TO_UNSET))
        if action == REMOVE:
            from seedgit.git.config_file import refuse_kept

            refuse_kept(self._repository, place, key)

    def configure_together(self, scope: str, changes: Sequence[tuple[str, ...]]) -> None:
        from seedgit.git.config_file import change_together

        change_together(self._repository, scope, changes)

    def write_file(self, path: str | Path, data: bytes, mode: int | None = None) -> None:
        from seedgit.git.files import write_file

        write_file(self._repository, path, data, mode)

    def replace_file(self, path: str, old: bytes, new: bytes) -> None:
        from seedgit.git.files import replace_file

        replace_file(self._repository, path, old, new)

    def remove_file(self, path: str | Path) -> None:
        from seedgit.git.files import remove_file

        remove_file(self._repository, path)

    def move_file(self, path: str | Path, target: str | Path) -> None:
        from seedgit.git.files import move_file

        move_file(path, target)

    def stage(self, path: str) -> None:
        self._repository.git(LITERAL, "add", "--", path)

    def restage(self, paths: Iterable[str]) -> None:
        from seedgit.git.restage import restage

        restage(self._repository, paths)

    def made_ahead(
        self, wanted: Sequence[tuple[str, bytes]]
    ) -> AbstractContextManager[Mapping[str, str]]:
        from seedgit.git.live_files import made_ahead

        return made_ahead(self._repository, wanted)

    def replace_live(
        self, place: str, old: bytes | None, new: bytes, ahead: str = ""
    ) -> Swap | None:
        from seedgit.git.live_files import replace_live

        return replace_live(self._repository, place, old, new, ahead)

    def remove_live(self, place: str, old: bytes) -> None:
        from seedgit.git.live_files import remove_live

        remove_live(self._repository, place, old)

    def run_command(self, command: str, names: Sequence[str]) -> int | None:
        if not (command and names):
            return None
        from seedgit.git.live_command import run_command

        return run_command(self._repository, command, names)

    def alone(
        self, place: str | Path, patience: float | None = None
    ) -> AbstractContextManager[None]:
        from seedgit.files.own import alone

        return alone(str(place), patience)

    def append(self, place: str | Path, data: bytes, *, durable: bool = True) -> None:
        from seedgit.files.own import append

        append(str(place), data, durable=durable)

    def keep(self, place: str | Path, data: bytes, *, durable: bool = True) -> None:
        from seedgit.files.own import keep

        keep(str(place), data, durable=durable)

    def remember(self, place: str | Path, body: bytes) -> None:
        from seedgit.git.whole import write_whole

        write_whole(place, body)

    def drop(self, place: str | Path, folder: int | None = None) -> None:
        from seedgit.files.own import drop

        drop(str(place), folder)

    def mark(self, place: str | Path) -> None:
        from seedgit.git.files import mark

        mark(place)

    def unmark(self, place: str | Path) -> None:
        with suppress(FileNotFoundError):
            os.unlink(place)
