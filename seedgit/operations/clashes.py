"""What waits between overlays and what was fetched; costs next to nothing if nothing was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedgit.git.overlay_names import COPIES
from seedgit.git.refs import may_have

if TYPE_CHECKING:
    from seedgit.operations.pull import PullClash
    from seedgit.operations.workspace import Workspace


def undecided_clashes(workspace: Workspace) -> tuple[dict[str, list[PullClash]], list[str]]:
    """As `pull.undecided_clashes`. Where nothing was ever fetched, git is not asked."""
    if not may_have(workspace.repository, COPIES):
        return {}, []
    from seedgit.operations import pull  # late: few clones have fetched anything

    return pull.undecided_clashes(workspace)
