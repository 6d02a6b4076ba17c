"""The writer of a dry-run: it records each change, and makes none.

New objects go to a temporary directory, so that ids are what they would be. Whoever reads a ref
through the same repository sees where it would be.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from seedgit import codes
from seedgit.git.names import to_text
from seedgit.git.refs import PATIENCE, Attempt, Move, read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from seedgit.files.contested import Swap
    from seedgit.git.repository import Repository


class Rehearsal:
    """Records each change in the repository's `unmade`."""

    rehearses = True

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._unmade = repository.unmade
        self._spare = TemporaryDirectory(prefix="seedgit-")
        repository.put_objects(self._spare.name)

    def attempts(self, ref: str, *, patience: float = PATIENCE) -> Iterator[Attempt]:
        attempt = Attempt(read_ref(self._repository, ref))
        yield attempt
        if attempt.new != attempt.old:
            self._repository.rehearsed[ref] = attempt.new
            self._unmade.refs.append({"ref": ref, "old": attempt.old, "new": attempt.new})

    def together(self, why: str) -> AbstractContextManager[list[Move]]:
        return self._together()

    @contextmanager
    def _together(self) -> Iterator[list[Move]]:
        moves: list[Move] = []
        yield moves
        for ref, old, new in moves:
            self._repository.rehearsed[ref] = new
            self._unmade.refs.append({"ref": ref, "old": old, "new": new})

    def fetch(self, remote: str, ref: str, copy: str) -> None:
        asked = ("ls-remote", "--quiet", "--refs", "--", remote, ref)
        there = to_text(self._repository.git(*asked)).partition("\t")[0]
        known = read_ref(self._repository, copy)
        if there != known:
            self._unmade.refs.append({"ref": copy, "old": known, "new": there})

    def push(self, remote: str, commit: str, ref: str) -> tuple[str, str]:
        self._unmade.remotes.append({"remote": remote, "ref": ref, "new": commit})
        return codes.PUSHED, "dry-run"

    def configure(self, place: tuple[str, ...], action: str, key: str, *values: str) -> None:
        old = self._repository.config.get(key) if "." in key else None
        new = values[0] if values else None
        self._unmade.configuration.append({"key": key, "old": old, "new": new})

    def configure_together(self, scope: str, changes: Sequence[tuple[str, ...]]) -> None:
        for action, key, *values in changes:
            self.configure((f"--{scope}",), action, key, *values)

    def write_file(self, path: str | Path, data: bytes, mode: int | None = None) -> None:
        self._file(path, "change" if os.path.exists(path) else "create")

    def replace_file(self, path: str, old: bytes, new: bytes) -> None:
        self._file(self._repository.file(path), "change")

    def remove_file(self, path: str | Path) -> None:
        self._file(path, "remove")

    def move_file(self, path: str | Path, target: str | Path) -> None:
        self._file(path, f"move to {target}")

    def stage(self, path: str) -> None:
        self._file(path, "stage")

    def restage(self, paths: Iterable[str]) -> None:
        """Do nothing: no file was written."""

    def made_ahead(
        self, wanted: Sequence[tuple[str, bytes]]
    ) -> AbstractContextManager[Mapping[str, str]]:
        return nullcontext({})

    def replace_live(
        self, place: str, old: bytes | None, new: bytes, ahead: str = ""
    ) -> Swap | None:
        self._file(place, "create" if old is None else "change")
        return None

    def remove_live(self, place: str, old: bytes) -> None:
        self._file(place, "remove")

    def run_command(self, command: str, names: Sequence[str]) -> int | None:
        """Do nothing: no file was written."""
        return None

    def alone(
        self, place: str | Path, patience: float | None = None
    ) -> AbstractContextManager[None]:
        return nullcontext()

    def append(self, place: str | Path, data: bytes, *, durable: bool = True) -> None:
        """Do nothing: what seedgit keeps for itself is about what was written."""

    def keep(self, place: str | Path, data: bytes, *, durable: bool = True) -> None:
        """Do nothing, as `append`."""

    def remember(self, place: str | Path, body: bytes) -> None:
        """Do nothing, as `append`."""

    def drop(self, place: str | Path, folder: int | None = None) -> None:
        """Do nothing, as `append`."""

    def mark(self, place: str | Path) -> None:
        """Do nothing: no work is under way."""

    def unmark(self, place: str | Path) -> None:
        """Do nothing: a mark that is there belongs to another process."""

    def _file(self, path: str | Path, change: str) -> None:
        self._unmade.files.append({"path": str(path), "change": change})
