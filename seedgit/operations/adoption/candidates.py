"""Finds the files that can be split, and the reason why others cannot."""

from __future__ import annotations

from collections.abc import Iterable

from seedgit import codes
from seedgit.errors import Refused, RepositoryError
from seedgit.git import changes
from seedgit.git.changes import FileChange
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.operations.adoption.model import NotAdopted
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE


def fork(workspace: Workspace, ref: str | None) -> tuple[str, str, tuple[str, ...]]:
    """(upstream, HEAD, their merge bases). Raises UsageError, RepositoryError."""
    repository = workspace.repository
    name, commit = workspace.revision(ref)
    head = repository.head()
    if head is None:
        raise RepositoryError("nothing is committed on this branch yet")
    bases = repository.merge_bases(head, commit)
    if not bases:
        raise RepositoryError(
            f"HEAD and {name} have no common history",
            hint="in a shallow clone: git fetch --unshallow",
        )
    return name, head, bases


def candidates(workspace: Workspace, changes: Iterable[Iterable[FileChange]]) -> list[str]:
    """The paths of all seeds that differ, on either side."""
    entries = (entry for some in changes for c in some if (entry := c.new or c.old))
    names = {entry.path for entry in entries}
    return sorted(p for p in names if p != RULES_FILE and workspace.rules.match(p))


def unfit(
    path: str, before: list[GitEntry | None], now: GitEntry | None, renamed: dict[str, str]
) -> NotAdopted | None:
    """The reason why a file cannot be split at all; None where it may be possible."""
    old = before[0]
    if now is None:
        if path in renamed.values():
            return NotAdopted(path, codes.UNCHANGED)  # it is listed by its new name
        return NotAdopted(path, codes.SEED_DELETED if old else codes.UNCHANGED)
    if len({entry.id if entry else None for entry in before}) > 1:
        return NotAdopted(path, codes.AMBIGUOUS_BASE)
    if old is None:
        if path in renamed:
            return NotAdopted(
                path, codes.SEED_RENAMED, detail=f"upstream has it as {renamed[path]}"
            )
        return NotAdopted(path, codes.SEED_ADDED)
    if old.id == now.id and old.mode == now.mode:
        return NotAdopted(path, codes.UNCHANGED)
    if old.mode not in FILE_MODES or now.mode not in FILE_MODES:
        return NotAdopted(path, codes.SEED_LINKED)
    if old.id == now.id:
        return NotAdopted(path, codes.UNCHANGED)
    return None


def refuse_uncommitted(workspace: Workspace, paths: list[str]) -> None:
    found = changes.uncommitted(workspace.repository, paths) if paths else []
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise Refused(
            f"has uncommitted changes{more}; nothing was changed",
            where=found[0],
            hint="commit or stash them first; seedgit capture takes uncommitted edits",
        )
