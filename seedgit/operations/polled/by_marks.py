"""An answer that is worked out anew only once one of some files has changed."""

from __future__ import annotations

import os
import time
from operator import attrgetter

from seedgit.answer import RACY
from seedgit.named_tuple import Generic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    T = TypeVar("T")
    Look = Callable[[str | bytes], os.stat_result]
    Marks = tuple[int, ...]  # the times last; (): there is no file
else:
    T = None

_MARKS = attrgetter("st_dev", "st_ino", "st_size", "st_mode", "st_mtime_ns", "st_ctime_ns")


class ByMarks(Generic[T]):
    """Keeps one answer, and the marks that its files had before it was worked out.

    look  follows the user's links, or does not
    """

    def __init__(self, look: Look = os.lstat) -> None:
        self._look = look
        self._answer: list[T] = []
        self._marks: list[Marks] | None = None  # None: files may have changed without a trace

    def get(self, places: Sequence[str] | Sequence[bytes], answer: Callable[[], T]) -> T:
        """The answer that goes with files, or folders, as they are now."""
        now = time.time_ns()
        marks = marks_of(places, self._look)
        if not self._answer or marks != self._marks:
            self._answer = [answer()]
            newest = max((max(each[-2:]) for each in marks if each), default=0)
            self._marks = marks if newest < now - RACY else None
        return self._answer[0]


def marks_of(places: Sequence[str] | Sequence[bytes], look: Look) -> list[Marks]:
    """What changes whenever each of some files does."""
    try:
        return list(map(_MARKS, map(look, places)))
    except (OSError, ValueError):  # one of many is not there
        return [_marks(place, look) for place in places]


def _marks(place: str | bytes, look: Look) -> Marks:
    try:
        found: Marks = _MARKS(look(place))
    except (OSError, ValueError):
        return ()
    return found
