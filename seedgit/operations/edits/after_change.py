"""What follows a change of an overlay or of seeds. Few clones have live trees: they load late."""

from __future__ import annotations

from seedgit.git.settings import has_live_trees

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.live_tree.in_step import TreeSync
    from seedgit.operations.workspace import Workspace


def sync_live_trees(workspace: Workspace) -> tuple[list[TreeSync], list[str]]:
    """Bring the live trees into step, in mode live: what was done, and what failed.

    What fails here is made up for by the next sync.
    """
    if not workspace.mode.live or not has_live_trees(workspace.repository):
        return [], []
    from seedgit.operations.live import keep_in_step

    return keep_in_step(workspace)
