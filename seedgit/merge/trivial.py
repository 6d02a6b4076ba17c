"""The three-way merge of one thing that is taken or left as a whole."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")


def trivial(base: T, ours: T, theirs: T) -> T | None:
    """What one side made of it, or both alike; None where both changed it differently.

    Where None is one of the values, give each as a tuple of one.
    """
    if base == ours:
        return theirs
    return ours if theirs in (base, ours) else None
