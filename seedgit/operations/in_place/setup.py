"""Makes the working tree a live tree, and takes that back."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from seedgit import merge_driver
from seedgit.errors import Refused, UsageError
from seedgit.git.config import LOCAL, WORKTREE
from seedgit.git.live_files import read_live, replace_live_at_once
from seedgit.git.live_tree import (
    LiveTree,
    add,
    forget,
    in_place_elsewhere,
    in_place_scope,
    in_place_tree,
    live_scope,
)
from seedgit.git.repository import Repository
from seedgit.git.restage import stale
from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.in_place.filtered import widen
from seedgit.operations.in_place.run import sync_in_place
from seedgit.operations.install.info_attributes import FILTER, write_lines
from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SECTION: Final = "filter.seedgit"
PROCESS: Final = f"{SECTION}.process"
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
    for key, value in ((PROCESS, filter_line()), (REQUIRED, "true")):
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


def begin_in_place(workspace: Workspace, patterns: Sequence[str]) -> LiveTree:
    """Make the working tree a live tree, for the seeds that some patterns match; none: for all.

    The filter is there before any file needs it. Raises UsageError, RepositoryError.
    """
    tree = LiveTree(workspace.repository.at.worktree, tuple(patterns), in_place=True)
    if patterns and not tree.chosen(workspace.tracked):
        raise UsageError(
            "matches no seed that git tracks",
            where=" ".join(patterns),
            hint="seedgit live --in-place 'flows/*.yaml' takes patterns as the rules have them",
        )
    configure_filter(workspace)
    add(workspace.repository, tree)
    widen(workspace, tree)
    return tree


def end_in_place(workspace: Workspace) -> TreeSync:
    """Give every file the content that git sees in it, and take the filter out.

    What programs wrote is captured first. Other worktrees stay live. Raises UsageError if the
    working tree is no live tree, RepositoryError if it has no settings of its own, Refused if a
    file is not in step.
    """
    repository = workspace.repository
    tree = in_place_tree(repository)
    if tree is None:
        raise UsageError("the working tree is no live tree", hint="seedgit live lists them")
    live_scope(repository, in_place=True)  # before anything is done
    done = sync_in_place(workspace, tree)
    waiting = [file.path for file in done.files if file.waits]
    if waiting:
        raise Refused(
            "waits for a person: the filter stays, so that nothing is lost",
            where=waiting[0],
            hint="seedgit sync says why",
        )
    ledger = Ledger(repository, tree)
    with ledger.held():
        content = LiveContent(workspace, tree, ledger)
        seeds = [p for p in tree.chosen(workspace.tracked) if p not in workspace.unmerged]
        for path in seeds:
            _put_seed(content, tree, path)
        if not in_place_elsewhere(repository):
            write_lines(repository, [], FILTER)
        # Also those of an attempt that was cut off: git says which they are.
        there = stale(repository).intersection(seeds)
        repository.writer.restage([path for path in seeds if path in there])
        remove_filter(repository, tree)
    ledger.remove()
    return done


def _put_seed(content: LiveContent, tree: LiveTree, path: str) -> None:
    """Put what git sees of a file into it."""
    repository, place = content.workspace.repository, tree.place(path)
    data = read_live(repository, place)
    if data is None:
        return
    seed = content.clean(path, data)
    if seed != data:
        content.intend(path, seed, seed)
        replace_live_at_once(repository, place, data, seed)
        content.note(path, seed, seed)
