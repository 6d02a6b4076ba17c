"""What merges kept of the site's; loads next to nothing if there are no merges."""

from __future__ import annotations

from seedgit.errors import RepositoryError
from seedgit.operations.past_merges.merges import MergeCommit, merges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.waiting.kept_by_merges import Kept
    from seedgit.operations.workspace import Workspace


def undecided(workspace: Workspace) -> tuple[list[Kept], list[str]]:
    """What merges kept and nobody has decided; and the seeds that cannot be understood."""
    found: list[MergeCommit] | RepositoryError
    try:
        _ = workspace.installed
        found = merges(workspace)
    except RepositoryError as error:  # the upstream that is configured is not there, or damage
        found = error
    if not found:
        return [], []
    from seedgit.operations.waiting import kept_by_merges  # late: it loads the engine

    return kept_by_merges.undecided(workspace, found)
