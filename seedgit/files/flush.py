"""Have the content of many files reach the disk at once.

fsync(2) waits for the disk, once for each file. syncfs(2) waits once for all that was written to a
file system, by whomever.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FEW = 8  # files that are not worth a whole file system


def flush(names: Sequence[str]) -> None:
    """Have files, or directories, reach the disk. Raises OSError."""
    found = [(os.stat(name).st_dev, name) for name in names]
    devices = dict(found)
    call = _syncfs() if len(names) > FEW * len(devices) else None
    for name in devices.values() if call else names:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if call:
                call(file)
            else:
                os.fsync(file)
        finally:
            os.close(file)


def _syncfs() -> Any:
    """syncfs(2), which raises OSError; None where there is none."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        return None

    def syncfs(file: int) -> None:
        if call(file):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return syncfs
