"""Objects and history by git's own commands, for clones that libgit2 cannot open.

These are clones with SHA-256 ids, with refs in tables (reftable), or with any other extension that
libgit2 does not know (git-config(1), extensions.*).
"""

from __future__ import annotations

from seedgit.errors import RepositoryError
from seedgit.git.objects import AS_STORED, KINDS, DamagedObject, Reader
from seedgit.git.refs import DURABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.git.clone import Clone

# Whether an object is there has to be told without fetching it (git(1)). A git older than 2.45 does
# not know this variable: in a partial clone it fetches what it is asked for.
_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1"}


class Plumbing:
    """The backend that asks git; see `backend.Backend`."""

    def __init__(self, clone: Clone, place: str) -> None:
        self._clone = clone
        self._place = place
        self._reader: Reader | None = None

    def write(self, kind: int, data: bytes) -> None:
        words = ("hash-object", "-w", "-t", KINDS[kind].decode(), "--literally", "--stdin")
        env = {"GIT_OBJECT_DIRECTORY": self._place}
        self._clone.git(*DURABLE, *words, stdin=data, env=env)

    def has(self, id: str) -> bool:
        if self._reader is None or not self._reader.usable:
            self._reader = Reader(
                self._clone.at.worktree, self._clone.env | _OFFLINE, "--batch-check"
            )
        try:
            self._reader.ask(id, content=False)
        except DamagedObject:
            return True
        except (KeyError, RepositoryError):  # or its promisor remote does not give it
            return False
        return True

    def descends(self, commit: str, ancestor: str) -> bool:
        words = ("merge-base", "--is-ancestor", ancestor, commit)
        return self._clone.git_status(*words, env=AS_STORED, accept=(0, 1))[0] == 0
