"""The one place that loads libgit2. Loading it takes longer than most commands need without it.

libgit2 walks history without a process for each step, and writes loose objects. It gets every
object from `Objects`; see there why it must not read one itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pygit2
from pygit2.enums import Option, RepositoryOpenFlag

from seedgit.errors import RepositoryError
from seedgit.git.process import DAMAGED

if TYPE_CHECKING:
    from pathlib import Path

    from seedgit.git.objects import Objects


class Backend(pygit2.OdbBackend):
    """The libgit2 backend that reads what git reads, and writes nothing.

    pygit2 takes a KeyError as "there is no such object". Any other exception ends what libgit2 is
    doing.
    """

    def __init__(self, objects: Objects) -> None:
        super().__init__()
        self._objects = objects

    def read_cb(self, oid: pygit2.Oid) -> tuple[int, bytes]:
        return self._objects.load(str(oid))

    def read_header_cb(self, oid: pygit2.Oid) -> tuple[int, int]:
        kind, data = self._objects.load(str(oid))
        return kind, len(data)

    def read_prefix_cb(self, prefix: str) -> tuple[int, bytes, pygit2.Oid]:
        """pygit2 asks for content this way, and seedgit gives it whole ids only."""
        return (*self._objects.load(prefix), pygit2.Oid(hex=prefix))

    def refresh_cb(self) -> None:
        """Nothing to do: git looks for new packs by itself."""


def opened(git_dir: Path, objects: Objects) -> pygit2.Repository:
    """Open a repository that git has just agreed to work in. Raises RepositoryError.

    libgit2 checks the owner too, but does not see safe.directory in GIT_CONFIG_GLOBAL or
    GIT_CONFIG_COUNT: git's own answer in `places` is the one that counts.
    """
    checks_owner = pygit2.option(Option.GET_OWNER_VALIDATION)
    pygit2.option(Option.SET_OWNER_VALIDATION, False)
    try:
        store = pygit2.Repository(str(git_dir), RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as error:
        raise RepositoryError(
            f"libgit2 cannot open the repository: {error}",
            where=str(git_dir),
            hint="reftable and SHA-256 repositories are not supported yet",
        ) from None
    finally:
        pygit2.option(Option.SET_OWNER_VALIDATION, checks_owner)
    known = pygit2.Odb()
    known.add_backend(Backend(objects), 1)
    store.set_odb(known)
    return store


def descends(store: pygit2.Repository, commit: str, ancestor: str) -> bool:
    """Whether a commit descends from another. RepositoryError if a commit between is damaged."""
    try:
        return store.descendant_of(commit, ancestor)
    except (pygit2.GitError, KeyError, ValueError) as error:
        message = f"the history of {commit} cannot be read: {error}"
        raise RepositoryError(message, hint=DAMAGED) from None


def merge_base(store: pygit2.Repository, one: str, other: str) -> str | None:
    """A best common ancestor; None for unrelated commits, and if the history is cut off."""
    try:
        found = store.merge_base(one, other)
    except (pygit2.GitError, KeyError):
        return None
    return str(found) if found else None


class Loose:
    """Writes objects as files below a directory, flushed to the disk."""

    def __init__(self, place: Path) -> None:
        pygit2.option(Option.ENABLE_FSYNC_GITDIR, True)
        self._odb = pygit2.Odb()
        self._odb.add_backend(pygit2.OdbBackendLoose(str(place), -1, True), 1)

    def write(self, kind: int, data: bytes) -> None:
        self._odb.write(kind, data)


class Known:
    """Which objects are below some directories. No object is read, and nothing is fetched.

    libgit2 looks for the names of files here, and in the index of each pack.
    """

    def __init__(self, place: Path, *others: Path) -> None:
        self._odb = pygit2.Odb(str(place))
        for other in others:
            self._odb.add_disk_alternate(str(other))

    def has(self, id: str) -> bool:
        return self._odb.exists(id)
