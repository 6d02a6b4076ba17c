"""What git left unmerged: the stages of the index, and git's own merge of three texts."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from seedgit.git.process import LITERAL, run_git

if TYPE_CHECKING:
    from seedgit.git.repository import Entry, Repository

MARKER_SIZE: Final = "conflict-marker-size"


def unmerged(repository: Repository) -> dict[str, dict[int, Entry]]:
    """The unmerged paths, sorted, and what each of their stages (1, 2, 3) has."""
    found: dict[str, dict[int, Entry]] = {}
    for entry in repository.index(unmerged=True):
        found.setdefault(entry.path, {})[entry.stage] = entry
    return found


def merge_by_lines(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """git's own merge of three texts; None where it has conflicts, or they are no texts."""
    with TemporaryDirectory(prefix="seedgit-") as directory:
        place = Path(directory)
        names = ("ours", "base", "theirs")
        for name, data in zip(names, (ours, base, theirs), strict=True):
            (place / name).write_bytes(data)
        asked = ("merge-file", "-p", "-q", *names)
        status, text = run_git(asked, cwd=place, accept=tuple(range(256)))
    return text if status == 0 else None


def stage(repository: Repository, path: str) -> None:
    """`git add` of one file."""
    repository.git(LITERAL, "add", "--", path)
