"""A clone that is opened again and again: git is asked only for what may have changed."""

from __future__ import annotations

import os

from seedgit.git.clone import PLACES
from seedgit.named_tuple import NamedTuple
from seedgit.operations.polled.by_marks import ByMarks
from seedgit.operations.polled.refs_below import RefsBelow
from seedgit.operations.workspace import Workspace
from seedgit.spawn import CONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_INCLUDES = ("include.path", "includeif.")  # git-config(1)
_OWN = ("HEAD", "FETCH_HEAD")  # an upstream may be the latter


class CloneHeads(NamedTuple):
    """The commits that HEAD and the upstream are at, "" where there is none; and each overlay."""

    head: str
    upstream: str
    tips: list[tuple[str, str | None]]


class StillClone:
    """Knows git's configuration there, and what refs are at."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._config: ByMarks[tuple[bytes, str]] = ByMarks()
        self._files: list[str] = []
        self._state: object = None
        self._refs = RefsBelow("refs/")
        self._heads: ByMarks[CloneHeads] = ByMarks()

    def open(self) -> Workspace:
        """The clone as it is now."""
        asked: list[Workspace] = []

        def ask() -> tuple[bytes, str]:
            workspace = Workspace.open(self._directory)
            asked.append(workspace)
            said = workspace.repository.git(*CONFIG)
            workspace.repository.config.told(said)
            return said, _top(workspace)

        said, top = self._config.get(self._files, ask)
        if asked:
            self._files = list(dict.fromkeys(_files(asked[0])))
        return asked[0] if asked else Workspace.open(self._directory, said, top)

    def heads(self, workspace: Workspace) -> CloneHeads:
        """What refs are at, as the workspace has them."""
        config = workspace.repository.config
        state = {key: config.all(key) for key in config.keys()}, workspace.names  # noqa: SIM118
        if state != self._state:  # it says what the upstream is
            self._state, self._heads = state, ByMarks()
        own = [os.path.join(workspace.repository.at.git_dir, name) for name in _OWN]
        return self._heads.get([*own, *self._refs.places(workspace)], lambda: _heads(workspace))


def _heads(workspace: Workspace) -> CloneHeads:
    repository = workspace.repository
    upstream = workspace.upstream and repository.resolve(workspace.upstream)
    return CloneHeads(repository.head() or "", upstream or "", workspace.tips())


def _top(workspace: Workspace) -> str:
    """The top of the working tree, where all is where git puts it (`places.plain`); "" else."""
    at = workspace.repository.at
    own = os.path.join(at.worktree, ".git")
    named = any(map(os.environ.get, PLACES))
    return "" if named or os.path.islink(own) or at.git_dir != own else at.worktree


def _files(workspace: Workspace) -> Iterator[str]:
    """The files that git's configuration is in, or may be; HEAD chooses among some of them."""
    at, config = workspace.repository.at, workspace.repository.config
    home = os.environ.get("HOME", "")
    further = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    yield from (os.path.join(at.worktree, ".git"), os.path.join(at.git_dir, "HEAD"))
    yield from (os.path.join(at.common_dir, "config"), os.path.join(at.git_dir, "config.worktree"))
    yield from (os.path.join(home, ".gitconfig"), os.path.join(further, "git", "config"))
    yield "/etc/gitconfig"
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        yield from filter(None, [os.environ.get(name)])
    for key in config.keys():  # noqa: SIM118  it is no mapping
        for setting in config.all(key):
            place = os.path.join(at.worktree, setting.where)
            if setting.origin.startswith("file:"):
                yield place
            if key.startswith(_INCLUDES) and setting.value:
                yield os.path.join(os.path.dirname(place), os.path.expanduser(setting.value))
