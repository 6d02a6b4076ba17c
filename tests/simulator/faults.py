"""What goes wrong while a command runs: it is killed, the disk is full, another one is faster."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from seedgit.files import contested
from seedgit.git import refs, turns
from seedgit.git.process import GitFailed
from tests.killed import POINTS

FULL = "No space left on device"
# What needs room on the disk.
ROOM = (*((os, name) for name in ("fsync", "link", "rename", "replace", "write")),)


def when_full(command: Callable[[], object], point: int) -> None:
    """Run a command on a disk that has no more room after it has written so often."""
    left = point

    def writing(real: Callable[..., Any], error: Callable[[], Exception]) -> Callable[..., Any]:
        def changing(*words: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                raise error()
            return real(*words, **more)

        return changing

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ROOM:
            real = getattr(owner, name)
            patch.setattr(owner, name, writing(real, lambda: OSError(errno.ENOSPC, FULL, "a file")))
        failed = lambda: GitFailed("update-ref", 128, b"", f"fatal: {FULL}".encode())  # noqa: E731
        patch.setattr(refs, "_move", writing(refs._move, failed))
        patch.setattr(refs, "UNEXPLAINED", 1)  # it does not wait until the disk has room again
        command()


def when_raced(command: Callable[[], object], other: Callable[[], object], point: int) -> None:
    """Run a command, and another one as a whole once the first has changed something so often."""
    left = point

    def changing(real: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*words: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if not left:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(turns, "_take", lambda *_, **__: False)  # it waits for nobody
                    other()
            return real(*words, **more)

        return changed

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in POINTS:
            if owner is not contested:
                patch.setattr(owner, name, changing(getattr(owner, name)))
        command()
