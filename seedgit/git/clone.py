"""A clone: where its parts are, how git is run there, and how it keeps objects."""

from __future__ import annotations

import os
import re

from seedgit.errors import RepositoryError
from seedgit.git.config import Config
from seedgit.git.object_text import OBJECT_FORMATS, ObjectFormat
from seedgit.git.objects import Objects
from seedgit.git.places import ask
from seedgit.git.process import run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Final

    from seedgit.git.backend import Backend
    from seedgit.git.object_text import Commit, Tree
    from seedgit.git.places import Places
    from seedgit.git.writer import Writer

# git sets these for its hooks, relative to where the hook starts; children run at the top.
PLACES: Final = {
    "GIT_DIR": "git_dir",
    "GIT_COMMON_DIR": "common_dir",
    "GIT_WORK_TREE": "worktree",
    "GIT_INDEX_FILE": "index_file",
    "GIT_OBJECT_DIRECTORY": "object_dir",
}

# git-config(1)
_OBJECT_FORMAT: Final = "extensions.objectFormat"
_REF_STORAGE: Final = "extensions.refStorage"

ALTERNATES: Final = "GIT_ALTERNATE_OBJECT_DIRECTORIES"


class _AsPath:
    """One of the `Places`, as a path, for who asks for one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, clone: Clone, owner: object) -> Path:
        return _path(getattr(clone.at, self._name))


class Clone:
    """A clone and one of its working trees; linked worktrees share `common_dir`.

    at  where its parts are, as texts
    """

    git_dir = _AsPath("git_dir")
    common_dir = _AsPath("common_dir")
    worktree = _AsPath("worktree")
    index_file = _AsPath("index_file")
    object_dir = _AsPath("object_dir")

    def __init__(self, at: Places) -> None:
        self.at = at
        self._env = {
            name: getattr(at, place) for name, place in PLACES.items() if name in os.environ
        }
        self.config = Config(self)
        self.rehearsed: dict[str, str | None] = {}  # where refs would be, but for a rehearsal
        self.notices: list[str] = []  # what to tell whoever runs a command
        self._objects: Objects | None = None
        self._object_format: ObjectFormat | None = None
        self._backend: Backend | None = None
        self._aside = ""
        self._read: dict[str, Commit | Tree] = {}  # the last ones, the newest last
        self._merge_bases: dict[tuple[str, str], tuple[str, ...]] = {}

    def shared(self, *names: str) -> str:
        """Where a file is that all worktrees share: below `common_dir`."""
        return os.path.join(self.at.common_dir, *names)

    @property
    def writer(self) -> Writer:
        """Makes every change of this clone, or only rehearses it."""
        raise NotImplementedError

    def close(self) -> None:
        """End the processes that were kept for further questions. What asks again starts them anew.

        They end with this process in any case. One that opens clone after clone has to close each.
        """
        if self._objects is not None:
            self._objects.close()

    def put_objects(self, place: str, before: str = "") -> None:
        """Write new objects to another directory. `before` is where they went until now."""
        places = [each for each in (before, self.at.object_dir) if each]
        known = [*map(_quoted, places), os.environ.get(ALTERNATES, "")]
        self._env |= {
            "GIT_OBJECT_DIRECTORY": place,
            ALTERNATES: os.pathsep.join(filter(None, known)),
        }
        self._aside = place
        self._objects = self._backend = None

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
        timeout: float | None = None,
    ) -> bytes:
        """Run git at the top of the working tree, as `run_git`; its standard output."""
        return self.git_status(*arguments, stdin=stdin, env=env, accept=accept, timeout=timeout)[1]

    def git_status(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
        timeout: float | None = None,
    ) -> tuple[int, bytes]:
        """As `git`, with the exit status, one of `accept`."""
        return run_git(
            arguments,
            cwd=self.at.worktree,
            stdin=stdin,
            env={**self._env, **(env or {})},
            accept=accept,
            timeout=timeout,
        )

    def git_at(
        self,
        directory: str | Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
    ) -> tuple[int, bytes]:
        """As `git_status`, run in another directory."""
        return run_git(arguments, cwd=directory, env={**self._env, **(env or {})}, accept=accept)

    def git_version(self) -> tuple[int, ...]:
        """As in (2, 39, 5)."""
        found = re.search(rb"\d+(?:\.\d+)+", self.git("version"))
        return tuple(int(part) for part in found[0].split(b".")) if found else ()

    @property
    def object_format(self) -> ObjectFormat:
        """How objects are named here. Raises RepositoryError for a way that is not known."""
        if self._object_format is None:
            name = (self.config.get(_OBJECT_FORMAT) or "sha1").lower()
            found = OBJECT_FORMATS.get(name)
            if found is None:
                raise RepositoryError(
                    f"the repository cannot be read: its {_OBJECT_FORMAT} is {name}",
                    where=self.at.git_dir,
                    hint="this seedgit knows SHA-1 and SHA-256; install a newer one",
                )
            self._object_format = found
        return self._object_format

    @property
    def refs_in_files(self) -> bool:
        """Whether refs are files (gitrepository-layout(5)), and not in tables (reftable)."""
        return (self.config.get(_REF_STORAGE) or "files").lower() == "files"

    @property
    def env(self) -> dict[str, str]:
        """The variables that git runs with here, beside those of this process."""
        return dict(self._env)

    def path_of(self, name: str) -> Path:
        """Where git keeps a file of its own for this worktree (`git rev-parse --git-path`)."""
        return _path(ask(self.at.worktree, "--git-path", name, env=self._env))

    @property
    def hooks_dir(self) -> Path:
        """Where git looks for hooks, also if core.hooksPath is set."""
        return self.path_of("hooks")

    @property
    def objects(self) -> Objects:
        """Reads and writes every object."""
        if self._objects is None:
            self._objects = Objects(self, self._places[0])
        return self._objects

    @property
    def backend(self) -> Backend:
        """Writes objects and knows history, by libgit2 where it can; made when first needed."""
        if self._backend is None:
            from seedgit.git.backend import backend_of

            self._backend = backend_of(self, *self._places)
        return self._backend

    @property
    def _places(self) -> list[str]:
        return [self._aside, self.at.object_dir] if self._aside else [self.at.object_dir]


def _path(place: str) -> Path:
    from pathlib import Path  # late: see `Places`

    return Path(place)


def _quoted(path: str) -> str:
    """A directory as one of several in a variable (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES)."""
    if os.pathsep not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
