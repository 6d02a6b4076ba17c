"""Live trees: begin one, end one, list them with what waits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from seedgit.errors import SeedgitError, UsageError
from seedgit.git.live_files import read_live
from seedgit.git.live_tree import LiveTree, add, checked_directory, forget, live_trees
from seedgit.git.places import is_below
from seedgit.named_tuple import NamedTuple
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.in_step import TreeSync, in_turn
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.sync import sync
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class TreeState(NamedTuple):
    """A live tree, and what a sync of it would do."""

    tree: LiveTree
    files: int
    would: TreeSync

    def data(self) -> dict[str, Any]:
        return {
            "directory": self.tree.directory,
            "patterns": list(self.tree.patterns),
            "exec": self.tree.command or None,
            "map": dict(self.tree.maps),
            "files": self.files,
            "in_step": self.would.in_step,
            "waiting": self.would.data()["files"],
        }


def begin(
    workspace: Workspace,
    directory: str,
    patterns: Sequence[str],
    command: str,
    maps: Sequence[str],
) -> LiveTree:
    """Make a folder a live tree, in place of what it was before. Raises UsageError."""
    place = checked_directory(workspace.repository, str(workspace.directory / directory))
    trees = live_trees(workspace.repository)
    for other in trees:
        if other.directory != place and (
            is_below(place, other.directory) or is_below(other.directory, place)
        ):
            raise UsageError(
                f"is in the same place as the live tree {other.directory}", where=directory
            )
    tree = LiveTree(place, tuple(patterns), command, tuple(_map(workspace, m) for m in maps))
    if patterns and not tree.chosen(workspace.tracked):
        raise UsageError(
            "matches no seed that git tracks",
            where=" ".join(patterns),
            hint="seedgit live DIR 'flows/*.yaml' takes patterns as the rules have them",
        )
    _check_maps(workspace, [each for each in trees if each.directory != place], tree)
    for before in (each for each in trees if each.directory == place):
        sync(workspace, before, dry_run=workspace.mode.dry_run)  # for files that it has no more
        _remove_moved(workspace, before, tree)
    add(workspace.repository, tree)
    return tree


def _remove_moved(workspace: Workspace, before: LiveTree, tree: LiveTree) -> None:
    """Remove the files of seeds whose place is another one from now on, where they are in step.

    They would stay as they are, and count for a seed whose place it is.
    """
    repository = workspace.repository
    ledger = Ledger(repository, before)
    with ledger.held():
        for path, row in ledger.rows.items():
            place = before.place(path)
            if place == tree.place(path) or row.loud:
                continue
            with suppress(SeedgitError):  # a program writes it, or nobody may remove it: it stays
                data = read_live(repository, place)
                if data is not None and digest(data) == row.seen:
                    repository.writer.remove_live(place, data)


def _map(workspace: Workspace, text: str) -> tuple[str, str]:
    seed, equals, name = text.partition("=")
    if not equals or not name:
        raise UsageError("is not SEED=FILE", where=text)
    path = workspace.seed_path(seed)
    place = os.path.abspath(workspace.directory / name)
    checked_directory(workspace.repository, os.path.dirname(place))
    return path, place


def _check_maps(workspace: Workspace, others: Sequence[LiveTree], tree: LiveTree) -> None:
    """Raises UsageError for a map that counts for nothing, or where two seeds share a file: a
    program's writes would count for both."""
    chosen = tree.chosen(workspace.tracked)
    for seed, place in tree.maps:
        if seed not in chosen:
            raise UsageError("the patterns do not match this seed", where=f"--map {seed}={place}")
    files: dict[str, str] = {}
    for one in (*others, tree):
        moved = dict(one.maps)
        for seed in one.chosen(workspace.tracked):
            place = one.place(seed)
            file = os.path.realpath(place) if seed in moved else place
            if file in files:
                raise UsageError(f"is the live file of {files[file]} already", where=place)
            files[file] = f"{seed} in {one.directory}"


def end(workspace: Workspace, directory: str) -> LiveTree:
    """Stop keeping a live tree; its files stay. Raises UsageError if there is none."""
    place = os.path.realpath(workspace.directory / directory)
    for tree in live_trees(workspace.repository):
        if tree.directory == place and not tree.in_place:
            _forget(workspace, tree)
            return tree
    raise UsageError(
        "is no live tree of this worktree", where=directory, hint="seedgit live lists them"
    )


def end_all(workspace: Workspace) -> list[LiveTree]:
    """Stop keeping every live tree; files in folders stay, those in place become the seeds.

    Raises Refused if a file in place is not in step.
    """
    trees = live_trees(workspace.repository)
    if any(tree.in_place for tree in trees):
        from seedgit.operations.in_place.setup import end_in_place  # late: few clones have one

        end_in_place(workspace)
    for tree in trees:
        if not tree.in_place:
            _forget(workspace, tree)
    return trees


def _forget(workspace: Workspace, tree: LiveTree) -> None:
    forget(workspace.repository, tree)
    Ledger(workspace.repository, tree).remove()


def states(workspace: Workspace) -> list[TreeState]:
    """Every live tree of this worktree, with what waits."""
    return [
        TreeState(tree, len(tree.chosen(workspace.tracked)), sync(workspace, tree, dry_run=True))
        for tree in live_trees(workspace.repository)
    ]


def keep_in_step(workspace: Workspace) -> tuple[list[TreeSync], list[str]]:
    """Sync every live tree after something else was changed: what was done, and what failed.

    What fails here is made up for by the next sync.
    """
    done: list[TreeSync] = []
    failed: list[str] = []
    now = Workspace(workspace.repository, workspace.directory)
    if now.rules_id != workspace.rules_id:  # what was changed are the rules of a layer
        workspace = now

    def sync_one(tree: LiveTree) -> TreeSync:
        try:
            return sync(workspace, tree, dry_run=workspace.mode.dry_run)
        except (SeedgitError, OSError) as error:
            failed.append(f"{tree.directory}: {error}")
            return TreeSync(tree, ())

    try:
        done = in_turn(live_trees(workspace.repository), sync_one)
    except SeedgitError as error:
        failed.append(str(error))
    return done, failed
