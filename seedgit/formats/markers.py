"""Find the marker blocks of conflicts in a text, as git and `weave.Markers` write them.

A pure reader of lines: what a block means is not its business. The inverse of `Markers.mark`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SIZE = 7  # git's own, where no attribute conflict-marker-size says otherwise

_OPENING = re.compile(r"^(<{3,})(?: .*)?\r?$", re.MULTILINE)


class Block(NamedTuple):
    """One conflict: lines[start:end] of the text, markers included; the parts are whole lines.

    base  None where the block does not show it (style "merge")
    """

    start: int
    end: int
    ours: str
    base: str | None
    theirs: str
    label_ours: str
    label_base: str
    label_theirs: str


class Unbalanced(Exception):
    """Markers that make no blocks; `line` counts from 0."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
