"""Changing a file outside git's own store: whole or not at all, or only recorded in dry-run."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from seedgit.errors import RepositoryError

if TYPE_CHECKING:
    from pathlib import Path

    from seedgit.git.repository import Repository


def write_file(repository: Repository, path: Path, data: bytes, mode: int | None = None) -> None:
    """Put `data` at `path` by rename, with `mode`, or with the mode it has. RepositoryError."""
    if repository.intent is not None:
        change = "change" if path.exists() else "create"
        repository.intent.files.append({"path": str(path), "change": change})
        return
    fresh = path.with_name(path.name + ".seedgit-new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode is None and path.exists():
            mode = path.stat().st_mode & 0o7777
        fresh.write_bytes(data)
        if mode is not None:
            fresh.chmod(mode)
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):  # a failing cleanup must not hide the failure
            fresh.unlink(missing_ok=True)
        raise RepositoryError(f"cannot be written: {error.strerror}", where=str(path)) from None


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
