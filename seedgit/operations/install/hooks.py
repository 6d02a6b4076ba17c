"""Finds git's hooks directory, who else uses it, and whether seedgit may write there.

core.hooksPath may name a directory in the working tree, where upstream writes files, or one that
other repositories use too. seedgit writes into neither unless a person asks it to.
"""

from __future__ import annotations

import os
from pathlib import Path

from seedgit.errors import InputError
from seedgit.files.safe import open_regular
from seedgit.git.config import Setting
from seedgit.git.process import GitFailed
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LARGEST_HOOK = 1_000_000  # bytes; no more of a hook is read

HOOKS_PATH_KEY: Final = "core.hooksPath"
ASKED_KEY: Final = "seedgit.hooks"  # the directory for which a person asked for hooks

OWN: Final = "own"
TRACKED: Final = "tracked"
SHARED: Final = "shared"


class HookPlace(NamedTuple):
    """The directory from which git runs hooks.

    kind     OWN: this clone's alone. TRACKED: in the working tree. SHARED: anywhere else
    setting  the setting that names it; None where there is none
    asked    a person asked for hooks in it
    obstacle why nothing can be written there, even if asked; "" where it can
    """

    directory: Path
    kind: str
    setting: Setting | None
    asked: bool
    obstacle: str

    @property
    def writable(self) -> bool:
        """Whether seedgit may write there without being asked (again)."""
        return not self.obstacle and (self.kind == OWN or self.asked)

    @property
    def about(self) -> str:
        """A text on the directory: what names it, where that is set, and who else uses it."""
        named = f"hooks are run from {self.directory}"
        if self.setting is not None:
            if not self.setting.value:
                return f"{HOOKS_PATH_KEY} is empty (set in {self.setting.where}): no hooks are run"
            named = f"{HOOKS_PATH_KEY} is {self.setting.value!r} (set in {self.setting.where})"
        if self.kind == TRACKED:
            return f"{named}, in the working tree: upstream may write there too"
        if self.kind == SHARED:
            return f"{named}, outside of this clone: other repositories may run the hooks there"
        return named

    @property
    def advice(self) -> str:
        """A text on what a person can do where seedgit does not write unasked."""
        calls = 'let the hooks there call: seedgit hook NAME "$@" (docs/configuration.md)'
        return calls if self.obstacle else f"{calls}; or: seedgit init --hooks"


def hook_place(repository: Repository) -> HookPlace:
    settings = repository.config.all(HOOKS_PATH_KEY)
    setting = settings[-1] if settings else None
    if setting is not None and not setting.value:  # git has no directory for an empty value
        return HookPlace(Path(os.devnull), SHARED, setting, False, "it names no directory")
    try:
        directory = repository.hooks_dir
    except GitFailed:  # git fails for `./`, which is the top of the working tree
        named = (setting.value if setting else None) or ""
        directory = Path(os.path.normpath(repository.worktree / named))
    asked = repository.config.get(ASKED_KEY) == str(directory)
    kind = _kind(repository, directory, setting)
    return HookPlace(directory, kind, setting, asked, _obstacle(repository, directory, setting))


def _kind(repository: Repository, directory: Path, setting: Setting | None) -> str:
    real = Path(os.path.realpath(directory))
    if real.is_relative_to(os.path.realpath(repository.common_dir)):
        # A user-wide absolute path may lead into this repository: the user's others run it too.
        everywhere = setting is not None and setting.scope in ("global", "system")
        absolute = setting is not None and (setting.value or "").startswith(("/", "~"))
        return SHARED if everywhere and absolute else OWN
    return TRACKED if real.is_relative_to(os.path.realpath(repository.worktree)) else SHARED


def _obstacle(repository: Repository, directory: Path, setting: Setting | None) -> str:
    named = directory
    if setting is not None and setting.value and not setting.value.startswith("~"):
        named = Path(os.path.normpath(repository.worktree / setting.value))
    for step in (named, *named.parents):
        # Upstream may track a link to anywhere, and git follows it.
        inside = step.is_relative_to(repository.worktree) and step != repository.worktree
        if inside and not step.is_relative_to(repository.common_dir) and step.is_symlink():
            return f"{step} is a link in the working tree"
    if os.path.lexists(directory) and not directory.is_dir():
        return f"{directory} is no directory"
    return ""


def hook_text(place: Path) -> str | None:
    """A hook's script, or the beginning of a large one; None where none can be read."""
    try:
        # Links are followed: people keep their hooks elsewhere.
        with open(open_regular(str(place), follow=True), "rb") as file:
            return file.read(LARGEST_HOOK).decode("utf-8", "replace")
    except (InputError, OSError, ValueError):
        return None
