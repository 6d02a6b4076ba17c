"""Which seeds hold something else in the working tree than is staged, asked again and again."""

from __future__ import annotations

import os

from seedgit.digest import sha1
from seedgit.errors import InputError
from seedgit.git.file_ids import FileIds
from seedgit.git.names import to_bytes
from seedgit.operations.polled.by_marks import ByMarks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

_NONE = "-"  # the id of what is no regular file


class EditedSeeds:
    """Looks at the seeds of one working tree.

    git is asked for them only once what is staged or the rules have changed, and a file is read
    only once it has another size or other times. So another look is one `lstat` for each seed.
    """

    def __init__(self) -> None:
        self._state: object = None
        self._staged: dict[str, str] = {}
        self._places: list[bytes] = []
        self._told: ByMarks[str] = ByMarks()

    def told(self, workspace: Workspace, state: object) -> str:
        """A text that changes whenever such a file does; "" if there is none.

        state  what says which seeds are staged, and as what
        """
        if state != self._state:
            self._staged = {path: entry.id for path, entry in workspace.tracked.items()}
            top = os.fsencode(workspace.repository.at.worktree) + b"/"
            self._places = [top + to_bytes(path) for path in self._staged]
            self._state, self._told = state, ByMarks()
        return self._told.get(self._places, lambda: self._read(workspace))

    def _read(self, workspace: Workspace) -> str:
        files = FileIds(workspace.repository)
        found = ((path, _id(files, path), staged) for path, staged in self._staged.items())
        edited = [f"{path}\0{id}" for path, id, staged in found if id != staged]
        files.keep()
        return sha1(to_bytes("\0".join(edited))).hex() if edited else ""


def _id(files: FileIds, path: str) -> str:
    try:
        return files.get(path)[0]
    except (InputError, OSError):
        return _NONE
