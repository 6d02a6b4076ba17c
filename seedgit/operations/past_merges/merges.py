"""The merges of a branch that may have kept something of the site's."""

from __future__ import annotations

from itertools import islice

from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

MERGES = 1_000  # of the branch's own, the newest, that are looked at
# So many commits of the branch are gone through for them without an upstream, which says where its
# own begin: first some, and only if these have too few merges, all. git reads 300,000 in a second.
COMMITS = (2_000, 20_000)


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
    if not upstream:
        return _of_branch(workspace, head)
    two = ("--min-parents=2", "--max-parents=2", "--parents", f"--max-count={MERGES}")
    out = workspace.repository.git("rev-list", *two, head, "--topo-order", f"^{upstream}", "--")
    return [MergeCommit(*line.split()) for line in out.decode().splitlines()]


def _of_branch(workspace: Workspace, head: str) -> list[MergeCommit]:
    """The merges among the first parents of a commit. These have but one order."""
    few, most = COMMITS
    found, more = _among(workspace, head, few)
    return _remembered(workspace, head, most) if more else found


def _among(workspace: Workspace, head: str, most: int) -> tuple[list[MergeCommit], bool]:
    """The merges among so many commits, and whether others may have more of them."""
    words = ("--first-parent", "--parents", f"--max-count={most}")
    lines = workspace.repository.git("rev-list", *words, head, "--").decode().splitlines()
    merges = (line.split() for line in lines if line.count(" ") == 2)
    found = [MergeCommit(*merge) for merge in islice(merges, MERGES)]
    return found, len(found) < MERGES and len(lines) == most


def _remembered(workspace: Workspace, head: str, most: int) -> list[MergeCommit]:
    """As `_among`, which answers the same for the same commit.

    Unless git shows other commits than those that were made.
    """
    from seedgit.git.past import rewritten  # late: few branches are so long
    from seedgit.git.table import Table

    repository = workspace.repository
    if repository.cut_off() or rewritten(repository):
        return _among(workspace, head, most)[0]
    table = Table(repository.common_dir / "seedgit" / "branch-merges")
    key, older = f"{head} {most} {MERGES}", table.read()
    if key not in older:
        older = {key: _among(workspace, head, most)[0]}
        table.write(older, {})
    return [MergeCommit(*merge) for merge in older[key]]
