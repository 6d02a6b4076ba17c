"""Whether seedgit is off in every worktree of a clone: they share its driver and its hooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seedgit.git.config import EXTENSION, WORKTREE
from seedgit.git.names import to_text
from seedgit.git.repository import Repository
from seedgit.git.settings import DRIVER_KEY
from seedgit.mode import KEY, VARIABLE, Mode, resolve_mode
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_CLONES: Final = ("local", "global", "system")  # the scopes of git's that count in each worktree


def used_by(repository: Repository) -> Mode | None:
    """A mode other than off that is configured for the clone, or for one of its worktrees."""
    return next((mode for mode in _modes(repository) if not mode.off), None)


def all_off(workspace: Workspace) -> bool:
    """Whether seedgit is switched off, for this process or in every worktree."""
    if workspace.mode.origin == VARIABLE:
        return workspace.mode.off
    return workspace.mode.switched_off and used_by(workspace.repository) is None


def worktree_files(repository: Repository) -> list[Path]:
    """The configuration of each worktree that has one of its own (git-worktree(1))."""
    if not repository.config.boolean(EXTENSION, default=False):
        return []
    common = repository.common_dir
    places = [common / "config.worktree", *sorted(common.glob("worktrees/*/config.worktree"))]
    return [place for place in places if place.is_file()]


def _modes(repository: Repository) -> Iterator[Mode]:
    settings = [s for s in repository.config.all(KEY) if s.scope in _CLONES]
    installed = repository.config.get(DRIVER_KEY) is not None
    found = ((setting.scope, setting.where, setting.value) for setting in settings)
    yield resolve_mode(None, found, installed=installed)
    for place in worktree_files(repository):
        asked = ("config", "--file", str(place), "-z", "--get-all", KEY)
        out = to_text(repository.git(*asked, accept=(0, 1)))
        values = [(WORKTREE, str(place), value) for value in out.split("\0")[:-1]]
        if values:
            yield resolve_mode(None, values, installed=installed)
