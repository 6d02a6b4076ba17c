"""Changing a file outside git's own store: whole or not at all, or only recorded in dry-run."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from seedgit.errors import Refused, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seedgit.git.repository import Repository


def write_file(
    repository: Repository,
    path: Path,
    data: bytes,
    mode: int | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Put `data` at `path` by rename, with `mode`, or with the mode it has. RepositoryError.

    `ready` is called just before the rename; what it raises leaves the file as it was.
    """
    if repository.intent is not None:
        change = "change" if path.exists() else "create"
        repository.intent.files.append({"path": str(path), "change": change})
        return
    fresh = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode is None and path.exists():
            mode = path.stat().st_mode & 0o7777
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            fresh.chmod(mode)
        ready()
        os.replace(fresh, path)
    except OSError as error:
        raise RepositoryError(f"cannot be written: {error.strerror}", where=str(path)) from None
    finally:
        with suppress(OSError):  # a failing cleanup must not hide the failure
            fresh.unlink(missing_ok=True)


def replace_file(repository: Repository, path: str, old: bytes, new: bytes) -> None:
    """Give a file of the working tree another content.

    Raises Refused where it is not `old` any more, RepositoryError where it cannot be written.
    """

    def unchanged() -> None:
        if repository.read_file(path) != old:
            raise Refused("changed meanwhile", where=path, hint="try again")

    write_file(repository, repository.file(path), new, ready=unchanged)


def beside(path: Path) -> Path:
    """Where a file's next content is until it is whole: no other process writes there."""
    return path.with_name(f".{path.name}.seedgit-{os.getpid()}")


def remove_file(repository: Repository, path: Path) -> None:
    """Take a file away."""
    if repository.intent is not None:
        repository.intent.files.append({"path": str(path), "change": "remove"})
        return
    path.unlink()


def move_file(repository: Repository, path: Path, target: Path) -> None:
    """Give a file another name, where nothing has that name yet. RepositoryError."""
    if repository.intent is not None:
        repository.intent.files.append({"path": str(path), "change": f"move to {target}"})
        return
    try:
        os.link(path, target)
        path.unlink()
    except OSError as error:
        raise RepositoryError(f"cannot be moved: {error.strerror}", where=str(path)) from None
