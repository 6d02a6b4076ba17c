"""The three-way merge of one thing as a whole."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")


def trivial(base: T, ours: T, theirs: T) -> T | None:
    """The changed value, if one side changed it or both did so alike; else None.

    If None is one of the values, give each as a tuple of one.
    """
    if base == ours:
        return theirs
    return ours if theirs in (base, ours) else None
