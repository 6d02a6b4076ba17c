"""What the files of the working tree hold, told by their ids, mostly without reading them.

A file whose inode, size and times are those of the last reading has not changed since: git takes
its index for granted in the same way. A file that was changed just before it was read may change
again without a trace of it, so it is read the next time too (racy-git in git's documentation).
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress

from seedgit.files.safe import read_regular
from seedgit.git.names import to_bytes
from seedgit.git.table import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Final

    from seedgit.git.repository import Repository

RACY: Final = 2_000_000_000  # nanoseconds; no file system has coarser times


class FileIds:
    """The ids that the files of one working tree have as blobs, byte for byte as they are.

    staged  the staged id of a file that holds more than git sees (None: it does not): that counts
    """

    def __init__(
        self, repository: Repository, staged: Callable[[str], str | None] = lambda _: None
    ) -> None:
        self._staged = staged
        self._repository = repository
        self._table = Table(os.path.join(repository.at.git_dir, "seedgit", "files"))
        self._known = self._table.read()
        self._used: dict[str, Any] = {}
        self._new = False
        self._folders: dict[str, bool] = {"": True}
        self._top = os.fsencode(repository.at.worktree) + b"/"

    def get(self, path: str) -> tuple[str, bytes | None]:
        """The id of a regular file, and its content if that was read.

        Raises InputError, OSError, RepositoryError, and FileNotFoundError if there is no such file.
        """
        looked_at = self._repository.looked_at
        looked_at.setdefault(path)
        staged = self._staged(path)
        if staged is not None:
            return staged, None
        now = time.time_ns()
        marks = looked_at[path] = self._marks(path)
        known = self._known.get(path)
        if known and known[:-1] == marks:
            self._used[path] = known
            return str(known[-1]), None
        data = read_regular(os.fsdecode(self._top + to_bytes(path)), where=path)
        id = self._repository.blob_id(data)
        if max(marks[-2:]) < now - RACY:
            self._used[path] = [*marks, id]
            self._new = True
        return id, data

    def hold(self, ids: Iterable[tuple[str, str]]) -> bool:
        """Whether files have these ids, as `get` would say. Raises as `get`."""
        top, known, used, lstat = self._top, self._known, self._used, os.lstat
        looked_at = self._repository.looked_at
        for path, id in ids:
            looked_at.setdefault(path)
            row = known.get(path)
            if row and row[-1] == id and self._staged(path) is None:
                found = lstat(top + to_bytes(path))
                times = found.st_mtime_ns, found.st_ctime_ns
                if row[:-1] == [found.st_dev, found.st_ino, found.st_size, *times]:
                    # It was a regular file then, and an inode that became something else has
                    # another time.
                    if self._is_folder(path.rpartition("/")[0]):
                        used[path] = row
                        looked_at[path] = row[:-1]
                        continue
            if self.get(path)[0] != id:
                return False
        return True

    def keep(self) -> None:
        """Remember what was asked for."""
        if self._new:
            self._table.write(self._used, self._known)

    def _marks(self, path: str) -> list[int]:
        """What changes whenever a file does. Raises FileNotFoundError where no file can be read."""
        found = os.lstat(self._top + to_bytes(path))
        if not (stat.S_ISREG(found.st_mode) and self._is_folder(path.rpartition("/")[0])):
            raise FileNotFoundError(path)
        times = found.st_mtime_ns, found.st_ctime_ns
        return [found.st_dev, found.st_ino, found.st_size, *times]

    def _is_folder(self, folder: str) -> bool:
        """Whether it is a directory that no link leads to."""
        if folder not in self._folders:
            mode = 0
            if self._is_folder(folder.rpartition("/")[0]):
                with suppress(OSError, ValueError):
                    mode = os.lstat(self._top + to_bytes(folder)).st_mode
            self._folders[folder] = stat.S_ISDIR(mode)
        return self._folders[folder]
