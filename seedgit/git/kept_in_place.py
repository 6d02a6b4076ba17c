"""What a clone keeps of files that are live in place, beside the ledger."""

from __future__ import annotations

import os

_SPOOL = "seedgit/spool"  # what programs wrote, until it is captured (`git.spool`)
_BESIDE = ("seedgit/spool-intent", "info/attributes")


def kept_in_place(common_dir: str) -> str:
    """What changes whenever the spool does, or which files have the filter."""
    try:
        spool = sorted(os.listdir(os.path.join(common_dir, _SPOOL)))
    except FileNotFoundError:
        spool = []
    return repr((spool, [_mark(os.path.join(common_dir, name)) for name in _BESIDE]))


def _mark(place: str) -> tuple[int, ...]:
    try:
        found = os.lstat(place)
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
