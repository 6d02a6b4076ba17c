"""Changing a file outside git's own store, completely or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path

from seedgit.errors import Refused, RepositoryError, of_the_system
from seedgit.files.contested import replace_unchanged, settled
from seedgit.files.safe import left_behind, open_folder, replace_regular
from seedgit.git.names import to_text
from seedgit.git.process import LITERAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.git.repository import Repository


REPLACED = ".was-"  # begins the name of a live file that was replaced just now


class Changed(Refused):
    """A file is no longer what was read, or a program keeps writing to it."""


def write_file(
    repository: Repository,
    path: Path,
    data: bytes,
    mode: int | None = None,
) -> None:
    """Put `data` at `path` by rename, with `mode`, or with the mode it has.

    Within the working tree no symbolic link is followed: upstream may have put it there. Raises
    Refused if a link, or something else that is not a file, is in the way; otherwise
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
        raise of_the_system(error, where=str(path)) from None
    finally:
        if folder is not None:
            os.close(folder)


def _trusted(repository: Repository, place: Path) -> tuple[Path, tuple[str, ...]]:
    """A directory whose name certainly leads to it, and the steps from there to `place`.

    Within the working tree this is the top, by whatever name one gets there. Places elsewhere, and
    git's own, are the user's.
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
    """Whether upstream can track a file at this place, and so put another file there."""
    place = Path(os.path.abspath(place))
    own = (repository.git_dir, repository.common_dir)
    return place.is_relative_to(repository.worktree) and not any(map(place.is_relative_to, own))


def sweep(repository: Repository, place: Path) -> None:
    """Remove what a killed seedgit process left in a directory, unless it is tracked, or a program
    may have written to it (REPLACED).

    git is asked at the top. A directory below may look like a repository of its own, with a
    configuration that names programs to run: upstream can track all that makes one.
    """
    for name in left_behind(str(place)):
        if name.startswith(REPLACED):
            continue
        with suppress(OSError, RepositoryError, ValueError):
            file = Path(os.path.realpath(place), name)
            if in_tree(repository, file):
                path = to_text(os.fsencode(file.relative_to(repository.worktree)))
                if repository.git(LITERAL, "ls-files", "--", path):
                    continue
            file.unlink()


def read_settled(repository: Repository, path: str) -> bytes | None:
    """A file of the working tree that nobody is writing just now; None if there is no file.

    Raises Changed if a program keeps writing to it, InputError if it is not a regular file,
    otherwise RepositoryError.
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
    """Replace the content of a file in the working tree. What others write meanwhile is not lost.

    Raises Changed if it is no longer `old`, Refused if it is not a regular file, otherwise
    RepositoryError.
    """
    place = repository.file(path)
    with _folder(repository, place) as folder:
        sweep(repository, place.parent)
        there = repository.read_file(path) == old
        if not (there and replace_unchanged(place.name, old, new, folder=folder, where=path)):
            raise Changed("changed meanwhile", where=path, hint="try again")


def checked_out(repository: Repository, path: str, blob: str) -> bytes:
    """A blob as git would check it out at a path, with .gitattributes' line ends and filters."""
    return repository.git("cat-file", "--filters", f"--path={path}", blob)


def cleaned(repository: Repository, path: str, data: bytes) -> bytes:
    """What git would store for a file at a path, without what filters of .gitattributes add."""
    asked = ("hash-object", "--stdin", f"--path={path}")
    id = repository.git(*asked, stdin=data).decode().strip()
    if id == repository.blob_id(data):
        return data
    repository.git(*asked, "-w", stdin=data)
    return repository.blob(id)


def remove_file(repository: Repository, path: Path) -> None:
    """Remove a file."""
    with _folder(repository, path) as folder:
        os.unlink(path.name, dir_fd=folder)


def move_file(path: Path, target: Path) -> None:
    """Rename a file to a name that nothing has yet. Raises RepositoryError."""
    try:
        os.link(path, target, follow_symlinks=False)
        path.unlink()
    except OSError as error:
        raise of_the_system(error, "cannot be moved", str(path)) from None


def mark(place: Path) -> None:
    """An empty file of seedgit's own, flushed to the disk. Raises OSError, Refused."""
    place.parent.mkdir(parents=True, exist_ok=True)
    replace_regular(str(place), b"", durable=True)
