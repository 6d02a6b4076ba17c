"""git's own three-way merge of three texts, outside of any merge in progress."""

from __future__ import annotations

from pathlib import Path

from seedgit.git.process import run_git

CONFLICTS_AT_MOST = 127  # git-merge-file(1), "EXIT STATUS"


def line_merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """The merged text; None if it has conflicts, or if git does not merge it (it is not text)."""
    status, out = _merge_file((base, ours, theirs))
    return out if status == 0 else None


def marked_merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """The merged text, its conflicts between markers; None if git does not merge it."""
    status, out = _merge_file((base, ours, theirs), "-L", "ours", "-L", "base", "-L", "theirs")
    return out if status <= CONFLICTS_AT_MOST else None


def _merge_file(texts: tuple[bytes, bytes, bytes], *options: str) -> tuple[int, bytes]:
    from tempfile import TemporaryDirectory  # takes a while to load

    base, ours, theirs = texts
    with TemporaryDirectory(prefix="seedgit-") as place:
        names = []
        for name, data in (("ours", ours), ("base", base), ("theirs", theirs)):
            path = Path(place, name)
            path.write_bytes(data)
            names.append(str(path))
        accept = (*range(CONFLICTS_AT_MOST + 1), 255)
        asked = ("merge-file", "-p", "-q", *options, *names)
        return run_git(asked, cwd=Path(place), accept=accept)
