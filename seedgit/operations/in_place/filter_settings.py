"""The filter in git's configuration: what git starts for files that are live in place."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from seedgit import merge_driver
from seedgit.git.config import LOCAL, WORKTREE
from seedgit.git.live_tree import LiveTree, forget, in_place_elsewhere, in_place_scope
from seedgit.git.repository import Repository
from seedgit.git.settings import FILTER_PROCESS
from seedgit.operations.install.info_attributes import FILTER, write_lines
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SECTION: Final = "filter.seedgit"
REQUIRED: Final = f"{SECTION}.required"


def filter_command(
    interpreter: str = sys.executable, program: str = str(Path(merge_driver.__file__))
) -> str:
    """What starts the filter."""
    return shlex.join((interpreter, "-I", "-S", program, merge_driver.FILTER))


def filter_line(
    interpreter: str = sys.executable, program: str = str(Path(merge_driver.__file__))
) -> str:
    """What a shell runs as filter.seedgit.process. Once seedgit is gone, it says so.

    git then refuses to stage what is live in place: it would be committed with the site's values.
    """
    python, file = shlex.quote(interpreter), shlex.quote(program)
    text = shlex.quote(
        f"seedgit: {program} cannot be run, and files are live in place. Once seedgit is "
        "installed again: seedgit doctor --fix. To go on without it, with the values in the "
        f"files as they are: git config --remove-section {SECTION}"
    )
    gone = f"{{ echo {text} >&2; exit 127; }}"
    return (
        f"test -x {python} && test -f {file} || {gone}; exec {filter_command(interpreter, program)}"
    )


def configure_filter(workspace: Workspace) -> None:
    """Write the filter into git's configuration. Raises RepositoryError."""
    config, scope = workspace.repository.config, in_place_scope(workspace.repository)
    for key, value in ((FILTER_PROCESS, filter_line()), (REQUIRED, "true")):
        if config.get(key) != value:
            config.set(key, value, scope)


def remove_filter(repository: Repository, tree: LiveTree | None = None) -> None:
    """Take the filter out of git's configuration and the attributes, but for what other worktrees
    need: they share these. Raises RepositoryError.

    tree  the live tree of this worktree, which goes out of the configuration with it, in one step:
          what goes wrong before is done by the command given again, which needs the tree
    """
    config, scope = repository.config, in_place_scope(repository) if tree else LOCAL
    scopes = {WORKTREE} if in_place_elsewhere(repository) else {LOCAL, WORKTREE}
    if LOCAL in scopes:
        write_lines(repository, [], FILTER)
    with config.together(scope):
        if tree is not None:
            forget(repository, tree)
        for each in scopes & {scope}:
            config.remove_section(SECTION, each)
    for each in scopes - {scope}:
        config.remove_section(SECTION, each)
