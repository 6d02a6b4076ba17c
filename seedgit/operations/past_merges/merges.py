"""The merges of a branch that may have kept something of the site's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedgit.named_tuple import NamedTuple

if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

MERGES = 1_000  # of the branch's own, the newest, that are looked at


class MergeCommit(NamedTuple):
    id: str
    ours: str
    theirs: str


def merges(workspace: Workspace) -> list[MergeCommit]:
    """The merges of this branch that upstream does not have, newest first.

    Without an upstream nobody can say whose merges a side branch has: there are none then.
    """
    head, upstream = workspace.repository.head(), workspace.upstream
    if head is None:
        return []
    # First parents have but one order, so git can stop at the last merge that is asked for.
    whose = ("--topo-order", f"^{upstream}") if upstream else ("--first-parent",)
    two = ("--min-parents=2", "--max-parents=2", "--parents", f"--max-count={MERGES}")
    out = workspace.repository.git("rev-list", *two, head, *whose, "--")
    return [MergeCommit(*line.split()) for line in out.decode().splitlines()]
