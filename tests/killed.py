"""Kills what runs as kill -9 does, at a place where it changes something."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from seedgit.files import contested
from seedgit.git import refs

# Whatever changes a file or a ref passes one of them.
POINTS = (
    *((os, name) for name in ("fsync", "link", "rename", "replace", "unlink")),
    (contested, "exchange"),
    (refs, "_move"),
)
KILLED, FAILED = 9, 1


def killed(step: Callable[[], object], point: int) -> bool:
    """Run a step in a process that dies once it has passed so many places; whether it did."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of other threads, which are none
        child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, KILLED)
        return status == KILLED
    try:
        with pytest.MonkeyPatch.context() as patch:
            _at(patch, point, lambda: os._exit(KILLED))
            step()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(FAILED)
    return False  # never: this process has ended


class Stopped(BaseException):
    pass


def stopped(step: Callable[[], object], point: int) -> bool:
    """As `killed`, at a tenth of its cost: in this process, where what cleans up does run."""

    def stop() -> None:
        raise Stopped

    try:
        with pytest.MonkeyPatch.context() as patch:
            _at(patch, point, stop)
            step()
    except Stopped:
        return True
    return False


def _at(patch: pytest.MonkeyPatch, point: int, die: Callable[[], object]) -> None:
    """Have a step die at a place: once it is passed."""
    left = point

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def changing(*words: Any, **more: Any) -> Any:
            nonlocal left
            found = real(*words, **more)
            left -= 1
            if not left:
                die()
            return found

        return changing

    for owner, name in POINTS:
        patch.setattr(owner, name, dying(getattr(owner, name)))
