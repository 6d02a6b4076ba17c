"""Finds the files because of which git would refuse an upgrade."""

from __future__ import annotations

from seedgit.git.names import to_text
from seedgit.operations.plan.model import TRUE_MERGE, UP_TO_DATE
from seedgit.operations.plan.upgrade import Upgrade, content_of


def blocked(upgrade: Upgrade) -> tuple[str, ...]:
    """The paths that make git refuse: the upgrade would overwrite their uncommitted content."""
    repository, kind = upgrade.repository, upgrade.made.kind
    if kind == UP_TO_DATE:
        return ()
    ours, merged = upgrade.before.files, upgrade.preview.files
    changed = {
        path
        for path in ours.keys() | merged.keys()
        if content_of(ours.get(path)) != content_of(merged.get(path))
    }
    status = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
    found: set[str] = set()
    for line in to_text(repository.git(*status)).split("\0"):
        if line:
            staged, path = line[0] not in " ?", line[3:]
            if path in changed or (staged and kind == TRUE_MERGE):
                found.add(path)
    new = [path for path in changed if path not in ours]
    index = {entry.path for entry in repository.index()} if new else set()
    for path in new:
        there = repository.file_mode(path) is not None and path not in index
        data = repository.read_file(path) if there else None
        if there and (data is None or repository.blob_id(data) != merged[path].id):
            found.add(path)
    return tuple(sorted(found))
