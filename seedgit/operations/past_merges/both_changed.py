"""Which files both sides of a merge commit changed, each in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from seedgit.errors import InputError
from seedgit.formats.registry import format_name
from seedgit.git.changes import FileChange
from seedgit.git.past import AT_ONCE, Listed, bases, listing, steps
from seedgit.git.repository import FILE_MODES, Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace

TWO_PARENTS = ("--min-parents=2", "--max-parents=2")


def two_sided(repository: Repository, *asked: str) -> list[Listed]:
    """The merges of two commits that `git rev-list` lists, newest first."""
    found = listing(repository, *TWO_PARENTS, *asked, "--")
    return [merge for merge in found if len(merge.parents) == 2]


class BothChanged(NamedTuple):
    """A file of a merge: the ids of its base (None if there was none), ours and theirs, and of what
    was committed.
    """

    path: str
    base: str | None
    ours: str
    theirs: str
    committed: str | None = None


def both_changed(
    workspace: Workspace, merges: Sequence[Listed]
) -> Iterator[tuple[Listed, list[BothChanged]]]:
    """Each merge, with the files that both of its sides changed, each in its own way."""
    repository = workspace.repository
    folders: tuple[str, ...] = ()
    with suppress(InputError):  # rules that cannot be read are told where a file needs them
        folders = workspace.rules.folders()
    for at in range(0, len(merges), AT_ONCE // 2):
        part = merges[at : at + AT_ONCE // 2]
        meet = bases(repository, [(ours, theirs) for _, (ours, theirs) in part])
        joined = [(merge, found[0]) for merge, found in zip(part, meet, strict=True) if found]
        sides = [(base, side) for merge, base in joined for side in merge.parents]
        changed = steps(repository, sides, folders=folders)
        files = {m.id: _clashing(workspace, next(changed), next(changed)) for m, _ in joined}
        found = [merge for merge in part if files.get(merge.id)]
        ends = steps(repository, [(m.parents[0], m.id) for m in found], folders=folders)
        for merge, changes in zip(found, ends, strict=True):
            now = {entry.path: c.new and c.new.id for c in changes if (entry := c.new or c.old)}
            files[merge.id] = [
                file._replace(committed=now.get(file.path, file.ours)) for file in files[merge.id]
            ]
        yield from ((merge, files.get(merge.id, [])) for merge in part)


def _clashing(
    workspace: Workspace, ours: Iterable[FileChange], theirs: Iterable[FileChange]
) -> list[BothChanged]:
    """The files, by path, that two sides have both changed, or both added, with other content."""
    mine = {change.new.path: change for change in ours if change.new}
    found = []
    for change in theirs:
        other = mine.get(change.new.path) if change.new else None
        if other is None or other.new is None or change.new is None:
            continue
        there = [entry for entry in (other.old, other.new, change.new) if entry]
        plain = all(entry.mode in FILE_MODES for entry in there)
        apart = len({entry.id for entry in there}) == len(there)
        if plain and apart and _counts(workspace, change.new.path):
            base = other.old.id if other.old else None
            found.append(BothChanged(change.new.path, base, other.new.id, change.new.id))
    return sorted(found)


def _counts(workspace: Workspace, path: str) -> bool:
    if workspace.rules.seeds:
        return workspace.rules.match(path) is not None
    return format_name(path) is not None
