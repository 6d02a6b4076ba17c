"""Why there is no seed to work on at a path that the rules name, and what to do about it."""

from __future__ import annotations

import os

from seedgit.errors import Refused, UsageError
from seedgit.git.names import to_bytes
from seedgit.rules import RULES_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace


def missing_seed(workspace: Workspace, path: str) -> UsageError | Refused:
    """The error for what matches a rule, but is no file that git tracks as a seed, or is one that a
    merge has left in conflict."""
    if path in workspace.unmerged:
        return seed_in_conflict(workspace, path)
    if path in workspace.present:
        kind = "the rules file" if path == RULES_FILE else "no regular file"
        return UsageError(f"not a seed: it is {kind}", where=path)
    if os.path.lexists(workspace.repository.worktree / os.fsdecode(to_bytes(path))):
        return UsageError(
            "git does not track this file", where=path, hint=f"git add {workspace.pasted(path)}"
        )
    gone = "is not here any more"
    for item in (item for name in workspace.names for item in workspace.stored(name)):
        if path not in (item.record.path, *item.record.was):
            continue
        if item.path is not None:
            return UsageError(f"{gone}: its overrides lie over {item.path}", where=path)
        return UsageError(
            f"{gone}; its overrides are parked",
            where=path,
            hint="seedgit pending shows how to decide, and what it may have become",
        )
    return UsageError("there is no such file", where=path)


def seed_in_conflict(workspace: Workspace, path: str) -> Refused:
    """The error for a file that a merge has left in conflict."""
    shows = f"seedgit conflicts {workspace.pasted(path)}"
    return Refused(
        "is in conflict: git waits for a person to resolve it",
        where=path,
        hint=f"{shows} shows where; {shows} --take all=ours --add, or theirs, resolves it",
    )
