"""Replace parts of a text and leave the rest as it is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    class Splice(NamedTuple):
        """Replace `text[start:end]` by `text`."""

        start: int
        end: int
        text: str
else:
    from collections import namedtuple

    Splice = namedtuple("Splice", ("start", "end", "text"))


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with these changes. They must not overlap."""
    for start, end, new in sorted(splices, key=lambda s: (s.start, s.end), reverse=True):
        text = text[:start] + new + text[end:]
    return text
