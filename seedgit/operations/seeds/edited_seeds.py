"""Which seeds hold something else in the working tree than is staged, asked again and again."""

from __future__ import annotations

import os
import time
from operator import attrgetter

from seedgit.digest import sha1
from seedgit.errors import InputError
from seedgit.git.file_ids import RACY, FileIds
from seedgit.git.names import to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.operations.workspace import Workspace

    Marks = tuple[int, ...]

_NONE = "-"  # the id of what is no regular file
_MARKS = attrgetter("st_dev", "st_ino", "st_size", "st_mode", "st_mtime_ns", "st_ctime_ns")


class EditedSeeds:
    """Looks at the seeds of one working tree.

    git is asked for them only once what is staged or the rules have changed, and a file is read
    only once it has another size or other times. So another look is one `lstat` for each seed.
    """

    def __init__(self) -> None:
        self._state: object = None
        self._staged: dict[str, str] = {}
        self._marks: list[Marks] | None = None  # None: files may have changed without a trace
        self._told = ""

    def told(self, workspace: Workspace, state: object) -> str:
        """A text that changes whenever such a file does; "" if there is none.

        state  what says which seeds are staged, and as what
        """
        if state != self._state:
            self._staged = {path: entry.id for path, entry in workspace.tracked.items()}
            self._state, self._marks = state, None
        now = time.time_ns()
        marks = list(_marks(os.fsencode(workspace.repository.worktree), self._staged))
        if marks != self._marks:
            self._told = self._read(workspace)
            newest = max((max(each[-2:]) for each in marks if each), default=0)
            self._marks = marks if newest < now - RACY else None
        return self._told

    def _read(self, workspace: Workspace) -> str:
        files = FileIds(workspace.repository)
        found = ((path, _id(files, path), staged) for path, staged in self._staged.items())
        edited = [f"{path}\0{id}" for path, id, staged in found if id != staged]
        files.keep()
        return sha1(to_bytes("\0".join(edited))).hex() if edited else ""


def _marks(top: bytes, paths: dict[str, str]) -> Iterator[Marks]:
    """What changes whenever a file does."""
    for path in paths:
        try:
            yield _MARKS(os.lstat(top + b"/" + to_bytes(path)))
        except OSError:
            yield ()


def _id(files: FileIds, path: str) -> str:
    try:
        return files.get(path)[0]
    except (InputError, OSError):
        return _NONE
