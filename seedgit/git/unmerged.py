"""What git left unmerged: the stages of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedgit.git.process import LITERAL

if TYPE_CHECKING:
    from seedgit.git.repository import Entry, Repository

MARKER_SIZE: Final = "conflict-marker-size"


def unmerged(repository: Repository) -> dict[str, dict[int, Entry]]:
    """The unmerged paths, sorted, and what each of their stages (1, 2, 3) has."""
    found: dict[str, dict[int, Entry]] = {}
    for entry in repository.index(unmerged=True):
        found.setdefault(entry.path, {})[entry.stage] = entry
    return found


def stage(repository: Repository, path: str) -> None:
    """`git add` of one file."""
    if repository.intent is not None:
        repository.intent.files.append({"path": path, "change": "stage"})
        return
    repository.git(LITERAL, "add", "--", path)
