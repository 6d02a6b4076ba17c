"""The one place that loads libgit2. Loading it takes longer than most commands need without it.

libgit2 walks history without a process for each step, and writes loose objects. It gets every
object from `Objects`; see there why it must not read one itself.
"""

from __future__ import annotations

import weakref
from functools import cached_property

import pygit2
from pygit2.enums import Option, RepositoryOpenFlag

from seedgit.errors import RepositoryError
from seedgit.git.process import DAMAGED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.git.clone import Clone


class ReadByGit(pygit2.OdbBackend):
    """What libgit2 reads: what git reads. It writes nothing.

    pygit2 never lets go of it, so it must not hold the clone, and git, which that has started.
    pygit2 takes a KeyError as "there is no such object". Any other exception ends what libgit2 is
    doing.
    """

    def __init__(self, clone: Clone) -> None:
        super().__init__()
        self._clone: Clone = weakref.proxy(clone)

    def read_cb(self, oid: pygit2.Oid) -> tuple[int, bytes]:
        return self._clone.objects.load(str(oid))

    def read_header_cb(self, oid: pygit2.Oid) -> tuple[int, int]:
        kind, data = self._clone.objects.load(str(oid))
        return kind, len(data)

    def read_prefix_cb(self, prefix: str) -> tuple[int, bytes, pygit2.Oid]:
        """pygit2 asks for content this way, and seedgit gives it whole ids only."""
        return (*self._clone.objects.load(prefix), pygit2.Oid(hex=prefix))

    def refresh_cb(self) -> None:
        """Nothing to do: git looks for new packs by itself."""


class LibGit2:
    """The backend that starts no process; see `backend.Backend`.

    Objects are written to `place`, and looked for in `others` too.
    """

    def __init__(self, clone: Clone, place: str, *others: str) -> None:
        self._clone = clone
        self._place = place
        self._others = others

    def write(self, kind: int, data: bytes) -> None:
        self._loose.write(kind, data)

    def has(self, id: str) -> bool:
        """libgit2 looks for the names of files, and in the index of each pack."""
        return self._known.exists(id)

    def descends(self, commit: str, ancestor: str) -> bool:
        try:
            return self.history.descendant_of(commit, ancestor)
        except (pygit2.GitError, KeyError, ValueError) as error:
            message = f"the history of {commit} cannot be read: {error}"
            raise RepositoryError(message, hint=DAMAGED) from None

    @cached_property
    def _loose(self) -> pygit2.Odb:
        pygit2.option(Option.ENABLE_FSYNC_GITDIR, True)
        odb = pygit2.Odb()
        odb.add_backend(pygit2.OdbBackendLoose(self._place, -1, True), 1)
        return odb

    @cached_property
    def _known(self) -> pygit2.Odb:
        odb = pygit2.Odb(self._place)
        for other in self._others:
            odb.add_disk_alternate(str(other))
        return odb

    @cached_property
    def history(self) -> pygit2.Repository:
        """The clone as libgit2 sees it, with git's objects. Raises RepositoryError.

        libgit2 checks the owner too, but does not see safe.directory in GIT_CONFIG_GLOBAL or
        GIT_CONFIG_COUNT: git's own answer in `places` is the one that counts.
        """
        git_dir = str(self._clone.git_dir)
        checks_owner = pygit2.option(Option.GET_OWNER_VALIDATION)
        pygit2.option(Option.SET_OWNER_VALIDATION, False)
        try:
            opened = pygit2.Repository(git_dir, RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            message = f"libgit2 cannot open the repository: {error}"
            raise RepositoryError(message, where=git_dir) from None
        finally:
            pygit2.option(Option.SET_OWNER_VALIDATION, checks_owner)
        objects = pygit2.Odb()
        objects.add_backend(ReadByGit(self._clone), 1)
        opened.set_odb(objects)
        return opened
