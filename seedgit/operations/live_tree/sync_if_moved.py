"""Sync, but load what does it only if something has to be done, which is rare."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.git.live_tree import LiveTree
from seedgit.operations.live_tree.in_step import InStep, TreeSync
from seedgit.operations.workspace import Workspace


def sync_if_moved(
    workspace: Workspace,
    tree: LiveTree,
    paths: Sequence[str] | None = None,
    *,
    dry_run: bool = False,
    restore: bool = False,
) -> TreeSync:
    """As `sync`."""
    last = InStep(workspace, tree)
    if last.holds(paths):
        workspace.repository.looked_at.update(dict.fromkeys(last.places))
        return TreeSync(tree, (), still=True)
    from seedgit.operations.sync import sync

    return sync(workspace, tree, paths, dry_run=dry_run, restore=restore, last=last)
