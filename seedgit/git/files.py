"""Changing a file outside git's own store, completely or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from seedgit.errors import Refused, RepositoryError, of_the_system
from seedgit.files.contested import replace_unchanged, settled
from seedgit.files.safe import left_behind, open_folder, replace_regular
from seedgit.git.names import to_text
from seedgit.git.places import is_below
from seedgit.git.process import LITERAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seedgit.git.repository import Repository


REPLACED = ".was-"  # begins the name of a live file that was replaced just now


class Changed(Refused):
    """A file is no longer what was read, or a program keeps writing to it.

    late  what a program wrote to the file that was replaced while another one wrote to the new
          one; the file has only one of the two
    """

    late: bytes | None = None


def write_file(
    repository: Repository,
    path: str | Path,
    data: bytes,
    mode: int | None = None,
) -> None:
    """Put `data` at `path` by rename, with `mode`, or with the mode it has.

    Within the working tree no symbolic link is followed: upstream may have put it there. Raises
    Refused if a link, or something else that is not a file, is in the way; otherwise
    RepositoryError.
    """
    place = os.path.abspath(path)
    with _folder(repository, place, make=True) as folder:
        sweep(repository, os.path.dirname(place))
        name = os.path.basename(place)
        replace_regular(name, data, where=str(path), folder=folder, mode=mode, durable=True)


@contextmanager
def _folder(repository: Repository, place: str, *, make: bool = False) -> Iterator[int]:
    """The directory of a file, open, and errors that name the file."""
    place = os.path.abspath(place)
    folder = None
    try:
        top, parts = _trusted(repository, os.path.dirname(place))
        if make and not parts:
            os.makedirs(top, exist_ok=True)
        folder = open_folder(top, parts, make=make)
        yield folder
    except OSError as error:
        raise of_the_system(error, where=place) from None
    finally:
        if folder is not None:
            os.close(folder)


def _trusted(repository: Repository, place: str) -> tuple[str, list[str]]:
    """A directory whose name certainly leads to it, and the steps from there to `place`.

    Within the working tree this is the top, by whatever name one gets there. Places elsewhere, and
    git's own, are the user's.
    """
    at = repository.at
    if is_below(place, at.git_dir) or is_below(place, at.common_dir):
        return place, []
    parts = place.rstrip("/").split("/")
    for count in range(1, len(parts) + 1):
        top = "/".join(parts[:count]) or "/"
        with suppress(OSError):
            if os.path.samefile(top, at.worktree):
                return top, parts[count:]
    return place, []


def in_tree(repository: Repository, place: str | Path) -> bool:
    """Whether upstream can track a file at this place, and so put another file there."""
    name, at = os.path.abspath(place), repository.at
    own = is_below(name, at.git_dir) or is_below(name, at.common_dir)
    return is_below(name, at.worktree) and not own


def sweep(repository: Repository, place: str) -> None:
    """Remove what a killed seedgit process left in a directory, unless it is tracked, or a program
    may have written to it (REPLACED).

    git is asked at the top. A directory below may look like a repository of its own, with a
    configuration that names programs to run: upstream can track all that makes one.
    """
    for name in left_behind(place):
        if name.startswith(REPLACED):
            continue
        with suppress(OSError, RepositoryError):
            file = os.path.join(os.path.realpath(place), name)
            if in_tree(repository, file):
                path = to_text(os.fsencode(os.path.relpath(file, repository.at.worktree)))
                if repository.git(LITERAL, "ls-files", "--", path):
                    continue
            os.unlink(file)


def read_settled(repository: Repository, path: str) -> bytes | None:
    """A file of the working tree that nobody is writing just now; None if there is no file.

    Raises Changed if a program keeps writing to it, InputError if it is not a regular file,
    otherwise RepositoryError.
    """
    if repository.read_file(path) is None:
        return None
    place = repository.place(path)
    with _folder(repository, place) as folder:
        data = settled(os.path.basename(place), folder, path)
    if data is None:
        raise Changed("somebody is writing it just now", where=path, hint="try again")
    return data


def replace_file(repository: Repository, path: str, old: bytes, new: bytes) -> None:
    """Replace the content of a file in the working tree. What others write meanwhile is not lost.

    Raises Changed if it is no longer `old`, Refused if it is not a regular file, otherwise
    RepositoryError.
    """
    place = repository.place(path)
    with _folder(repository, place) as folder:
        sweep(repository, os.path.dirname(place))
        there, name = repository.read_file(path) == old, os.path.basename(place)
        if not (there and replace_unchanged(name, old, new, folder=folder, where=path)):
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


def remove_file(repository: Repository, path: str | Path) -> None:
    """Remove a file."""
    with _folder(repository, os.fspath(path)) as folder:
        os.unlink(os.path.basename(path), dir_fd=folder)


def move_file(path: str | Path, target: str | Path) -> None:
    """Rename a file to a name that nothing has yet. Raises RepositoryError."""
    try:
        os.link(path, target, follow_symlinks=False)
        os.unlink(path)
    except OSError as error:
        raise of_the_system(error, "cannot be moved", str(path)) from None


def mark(place: str | Path) -> None:
    """An empty file of seedgit's own, flushed to the disk. Raises OSError, Refused."""
    name = os.fspath(place)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    replace_regular(name, b"", durable=True)
