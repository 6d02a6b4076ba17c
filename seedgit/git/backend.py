"""What a clone needs for its objects beyond reading them; chosen once, for each clone."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Protocol

    from seedgit.git.clone import Clone
else:
    Protocol = object

# The extensions (git-config(1), extensions.*) and formats that libgit2 1.7 knows too.
_EXTENSIONS: Final = frozenset({"noop", "objectformat", "preciousobjects", "worktreeconfig"})
_OBJECTS: Final = "extensions.objectFormat"


class Backend(Protocol):
    """Writes objects, and says which are there and how commits descend. Ids are hexadecimal."""

    def write(self, kind: int, data: bytes) -> None:
        """Write an object, of a kind as `objects` numbers them, flushed to the disk."""

    def has(self, id: str) -> bool:
        """Whether an object is in the clone. No content is read, and nothing is fetched."""

    def descends(self, commit: str, ancestor: str) -> bool:
        """Whether a commit descends from another. Raises RepositoryError if it cannot be told."""


def backend_of(clone: Clone, place: str, *others: str) -> Backend:
    """libgit2 if it can open a clone; otherwise git, which takes a process for each question.

    Objects are written to `place`, and looked for in `others` too.
    """
    keys = (key.partition(".") for key in clone.config.keys())  # noqa: SIM118
    sha1 = (clone.config.get(_OBJECTS) or "sha1").lower() == "sha1"
    if sha1 and {name for section, _, name in keys if section == "extensions"} <= _EXTENSIONS:
        from seedgit.git.libgit2 import LibGit2

        return LibGit2(clone, place, *others)
    from seedgit.git.plumbing import Plumbing

    return Plumbing(clone, place)
