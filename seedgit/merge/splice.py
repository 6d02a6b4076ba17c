"""A change of a text that leaves everything else in it as it is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Splice(NamedTuple):
        """Replace `text[start:end]` by `text`."""

        start: int
        end: int
        text: str
else:
    from collections import namedtuple

    Splice = namedtuple("Splice", ("start", "end", "text"))
