"""What git left unmerged, as the stages of the index."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.git.repository import GitEntry, Repository

MARKER_SIZE: Final = "conflict-marker-size"


def unmerged(repository: Repository) -> dict[str, dict[int, GitEntry]]:
    """The unmerged paths, sorted, and what each of their stages (1, 2, 3) has."""
    found: dict[str, dict[int, GitEntry]] = {}
    for entry in repository.index(unmerged=True):
        found.setdefault(entry.path, {})[entry.stage] = entry
    return found
