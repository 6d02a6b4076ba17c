"""What the refs below a prefix are at, asked again and again."""

from __future__ import annotations

import os

from seedgit.digest import sha1
from seedgit.git.locks import TABLES
from seedgit.operations.polled.by_marks import ByMarks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace


class RefsBelow:
    """Has git list the refs only once one of them may have moved.

    git puts each new state of refs into its place under another name: of a ref in a file of its
    own the folder changes then, of all others the file of packed refs, or the list of tables.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._folders: list[str] = []
        self._tree: ByMarks[list[str]] = ByMarks()
        self._refs: ByMarks[str] = ByMarks()

    def told(self, workspace: Workspace) -> str:
        """A text that changes whenever one of them does."""
        return self._refs.get(self.places(workspace), lambda: self._listed(workspace))

    def places(self, workspace: Workspace) -> list[str]:
        """The files and folders of which one changes whenever one of them does."""
        shared = workspace.repository.shared
        top = shared(self._prefix.rstrip("/"))
        self._folders = self._tree.get(self._folders or [top], lambda: _folders(top))
        return [shared("packed-refs"), shared(TABLES), *self._folders]

    def _listed(self, workspace: Workspace) -> str:
        asked = ("for-each-ref", "--format=%(objectname) %(refname)", "--", self._prefix)
        return sha1(workspace.repository.git(*asked)).hex()


def _folders(top: str) -> list[str]:
    """A folder, and all below it."""
    return [top, *(os.path.join(at, name) for at, names, _ in os.walk(top) for name in names)]
