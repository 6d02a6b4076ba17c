"""Previews what `git merge REF` would do to seeds and overrides, pointer by pointer.

git makes the merge in a quarantine (`git.preview`). The structural merge is then repeated for its
decisions, and the overlays are rebased onto the result. The repository does not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from seedgit.errors import RepositoryError
from seedgit.git.names import pasted
from seedgit.git.preview import Preview, merge_preview, quarantine
from seedgit.git.progress import CHERRY_PICK, MERGE, REVERT, in_progress
from seedgit.git.repository import STAGE_MERGED, Repository
from seedgit.git.upstream import short
from seedgit.operations.plan.model import FAST_FORWARD, TRUE_MERGE, UP_TO_DATE, Plan
from seedgit.operations.plan.planner import Planner
from seedgit.operations.plan.upgrade import Upgrade
from seedgit.operations.workspace import Workspace


def plan(workspace: Workspace, ref: str | None = None, files: Iterable[str] = ()) -> Plan:
    """Preview `git merge REF`. REF is the upstream unless given. Writes nothing.

    Raises UsageError where REF or a file does not exist, RepositoryError where git could not merge
    at all.
    """
    with previewed(workspace, ref) as upgrade:
        return Planner(upgrade).plan({workspace.path(name): name for name in files})


@contextmanager
def previewed(workspace: Workspace, ref: str | None = None) -> Iterator[Upgrade]:
    """The merge of REF as git would make it, in quarantine during the context. Raises as `plan`.

    Where nothing is merged there is nothing to keep apart, and no quarantine.
    """
    repository = workspace.repository
    _refuse_busy(repository)
    named, commit = workspace.revision(ref)
    ref = ref or short(named)
    head = repository.head()
    if head is None:
        raise RepositoryError(
            "this branch has no commits: there is nothing to merge into",
            hint=f"git merge {pasted(ref)} takes it as it is",
        )
    bases = repository.merge_bases(head, commit)
    if not bases:
        raise RepositoryError(
            f"{ref} and HEAD have no common commit: git refuses to merge unrelated histories",
            hint="a shallow clone may lack it: git fetch --unshallow; "
            "else merge once with --allow-unrelated-histories",
        )
    kind = UP_TO_DATE if commit in bases else FAST_FORWARD if head in bases else TRUE_MERGE
    made = Plan(ref, head, commit, bases, kind)
    if kind != TRUE_MERGE:
        target = commit if kind == FAST_FORWARD else head
        preview = Preview(repository.tree(target), {}, {}, (), target)
        yield Upgrade(workspace, repository, made, preview)
        return
    with quarantine(repository) as (aside, place):
        yield Upgrade(workspace, aside, made, merge_preview(aside, place, ref, commit))


def _refuse_busy(repository: Repository) -> None:
    for work in in_progress(repository):
        if work.kind in (MERGE, CHERRY_PICK, REVERT):
            raise RepositoryError(
                f"a {work.kind} is in progress here",
                hint=f"git {work.kind} --continue or --abort ends it; then plan",
            )
    if any(entry.stage != STAGE_MERGED for entry in repository.index()):
        raise RepositoryError(
            "the index has conflicts: git would not merge",
            hint="resolve and commit them, or git reset --merge",
        )
