"""Makes the working tree a live tree, and takes that back."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.errors import Refused, UsageError
from seedgit.git.files import Changed
from seedgit.git.live_files import read_live, replace_live_at_once
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
    """Put what git sees of a file into it. Raises Changed if a program writes to it meanwhile."""
    repository, place = content.workspace.repository, tree.place(path)
    data = read_live(repository, place)
    if data is None:
        return
    with content.alone():
        seed = content.clean(path, data)
        if content.spool.last_here(path) is not None:  # once the filter is gone, no sync reads it
            raise Changed("a program changed it meanwhile", where=place, hint="try again")
        if seed == data:
            return
        new = repository.blob_id(seed) != content.workspace.tracked[path].id
        content.intend(path, seed, seed, new=new)
        try:
            replace_live_at_once(repository, place, data, seed)
        except Changed as error:
            if error.late is not None:
                from seedgit.operations.live_tree.late_writes import take_late  # late: it is rare

                take_late(content.workspace, place, path, (data, seed), error.late)
            content.give_up(path)
            raise
        content.note(path, seed, seed, new=new)
