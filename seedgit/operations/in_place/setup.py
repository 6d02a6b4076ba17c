"""Makes the working tree a live tree, and takes that back."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.errors import Refused, UsageError
from seedgit.git.live_tree import (
    LiveTree,
    add,
    in_place_elsewhere,
    in_place_tree,
    live_scope,
)
from seedgit.git.restage import stale
from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.in_place.filter_settings import configure_filter, remove_filter
from seedgit.operations.in_place.filtered import widen
from seedgit.operations.in_place.put_seed import put_seed
from seedgit.operations.in_place.run import sync_in_place
from seedgit.operations.install.info_attributes import FILTER, write_lines
from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.workspace import Workspace


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
    not_live = _not_live(workspace, Ledger(repository, tree).load())
    waiting = [file.path for file in done.files if file.waits and file.path not in not_live]
    if waiting:
        raise Refused(
            "waits for a person: the filter stays, so that nothing is lost",
            where=waiting[0],
            hint="seedgit sync says why",
        )
    ledger = Ledger(repository, tree)
    with ledger.held():
        content = LiveContent(workspace, tree, ledger)
        here = filter(content.covers, workspace.tracked)
        seeds = [path for path in here if path not in workspace.unmerged]
        for path in seeds:
            put_seed(content, path)
        if not in_place_elsewhere(repository):
            write_lines(repository, [], FILTER)
        # Also those of an attempt that was cut off: git says which they are.
        there = stale(repository).intersection(seeds)
        repository.writer.restage([path for path in seeds if path in there])
        remove_filter(repository, tree)
    ledger.remove()
    return done


def _not_live(workspace: Workspace, ledger: Ledger) -> set[str]:
    """The seeds with secrets, but for those whose files have the site's values from before."""
    unlike = {path for path, row in ledger.rows.items() if row.base}
    seeds = (path for path in workspace.tracked if workspace.rule(path).has_secrets)
    return {path for path in seeds if path not in unlike}
