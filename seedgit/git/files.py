"""Changing a file outside git's own store: whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from seedgit.errors import Refused, RepositoryError
from seedgit.files.contested import replace_unchanged, settled
from seedgit.files.safe import left_behind, open_folder, replace_regular
from seedgit.git.names import to_text
from seedgit.git.process import LITERAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.git.repository import Repository


class Changed(Refused):
    """A file is not any more what was read, or somebody goes on writing it."""


def write_file(
    repository: Repository,
    path: Path,
    data: bytes,
    mode: int | None = None,
) -> None:
    """Put `data` at `path` by rename, with `mode`, or with the mode it has.

    Within the working tree no symbolic link is followed: upstream may have put it there.
    Raises Refused where a link or something else that is no file is in the way, else
    RepositoryError.
    """
    with _folder(repository, path, make=True) as folder:
        sweep(repository, path.parent)
        replace_regular(path.name, data, where=str(path), folder=folder, mode=mode, durable=True)


@contextmanager
def _folder(repository: Repository, path: Path, *, make: bool = False) -> Iterator[int]:
    """The directory of a file, open, and errors that name the file."""
    path = Path(os.path.abspath(path))
    folder = None
    try:
        top, parts = _trusted(repository, path.parent)
        if make and not parts:
            top.mkdir(parents=True, exist_ok=True)
        folder = open_folder(str(top), parts, make=make)
        yield folder
    except OSError as error:
        raise RepositoryError(f"cannot be written: {error.strerror}", where=str(path)) from None
    finally:
        if folder is not None:
            os.close(folder)


def _trusted(repository: Repository, place: Path) -> tuple[Path, tuple[str, ...]]:
    """A directory whose own name leads where it should, and the steps from there to `place`.

    Within the working tree that is its top, by whatever name one gets there. What is elsewhere, or
    git's own, is the user's.
    """
    for own in (repository.git_dir, repository.common_dir):
        if place.is_relative_to(own):
            return place, ()
    for top in reversed((place, *place.parents)):
        with suppress(OSError):
            if os.path.samefile(top, repository.worktree):
                return top, place.relative_to(top).parts
    return place, ()


def in_tree(repository: Repository, place: Path) -> bool:
    """Whether upstream can track a file at a place, and so put another one there."""
    place = Path(os.path.abspath(place))
    own = (repository.git_dir, repository.common_dir)
    return place.is_relative_to(repository.worktree) and not any(map(place.is_relative_to, own))


def sweep(repository: Repository, place: Path) -> None:
    """Remove what a killed process of seedgit's left in a directory, unless it is tracked.

    git is asked at the top. A directory below may look like a repository of its own, with a
    configuration that names programs to run: upstream can track all that makes one.
    """
    for name in left_behind(str(place)):
        with suppress(OSError, RepositoryError, ValueError):
            file = Path(os.path.realpath(place), name)
            if in_tree(repository, file):
                path = to_text(os.fsencode(file.relative_to(repository.worktree)))
                if repository.git(LITERAL, "ls-files", "--", path):
                    continue
            file.unlink()


def read_settled(repository: Repository, path: str) -> bytes | None:
    """A file of the working tree that nobody is writing just now; None where there is none.

    Raises Changed where somebody goes on writing it, InputError where it is no regular file, else
    RepositoryError.
    """
    if repository.read_file(path) is None:
        return None
    place = repository.file(path)
    with _folder(repository, place) as folder:
        data = settled(place.name, folder, path)
    if data is None:
        raise Changed("somebody is writing it just now", where=path, hint="try again")
    return data


def replace_file(repository: Repository, path: str, old: bytes, new: bytes) -> None:
    """Give a file of the working tree another content; what others write meanwhile is not lost.

    Raises Changed where it is not `old` any more, Refused where it is no regular file, else
    RepositoryError.
    """
    place = repository.file(path)
    with _folder(repository, place) as folder:
        sweep(repository, place.parent)
        there = repository.read_file(path) == old
        if not (there and replace_unchanged(place.name, old, new, folder=folder, where=path)):
            raise Changed("changed meanwhile", where=path, hint="try again")


def checked_out(repository: Repository, path: str, blob: str) -> bytes:
    """A blob as git would check it out at a path: with line ends and filters of .gitattributes."""
    return repository.git("cat-file", "--filters", f"--path={path}", blob)


def cleaned(repository: Repository, path: str, data: bytes) -> bytes:
    """What git would store of a file at a path: without what filters of .gitattributes add."""
    asked = ("hash-object", "--stdin", f"--path={path}")
    id = repository.git(*asked, stdin=data).decode().strip()
    if id == repository.blob_id(data):
        return data
    repository.git(*asked, "-w", stdin=data)
    return repository.blob(id)


def remove_file(repository: Repository, path: Path) -> None:
    """Take a file away."""
    with _folder(repository, path) as folder:
        os.unlink(path.name, dir_fd=folder)


def move_file(path: Path, target: Path) -> None:
    """Give a file another name, where nothing has that name yet. RepositoryError."""
    try:
        os.link(path, target, follow_symlinks=False)
        path.unlink()
    except OSError as error:
        raise RepositoryError(f"cannot be moved: {error.strerror}", where=str(path)) from None


def mark(place: Path) -> None:
    """An empty file of seedgit's own, flushed to the disk. Raises OSError, Refused."""
    place.parent.mkdir(parents=True, exist_ok=True)
    replace_regular(str(place), b"", durable=True)
