"""The workspace for a look at what something would do: nothing is written through it."""

from __future__ import annotations

from seedgit.operations.workspace import Workspace

# What does not depend on who writes.
_KNOWN = ("mode", "rules_text", "rules", "_index", "tracked", "unmerged", "present", "names")


def rehearsed(workspace: Workspace) -> Workspace:
    """The same workspace, as it is now; itself, if nothing is written through it anyway."""
    repository = workspace.repository.rehearsing()
    if repository is workspace.repository:
        return workspace
    other = type(workspace)(repository, workspace.directory)
    other.only = workspace.only
    vars(other).update({name: vars(workspace)[name] for name in _KNOWN if name in vars(workspace)})
    return other
