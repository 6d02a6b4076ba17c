"""Cut a text into its entries, as its lines alone show them; nothing is parsed.

A text is lines that each begin with a line feed, and so are the pieces it is cut into: where its
format is read from the lines, an entry begins at the beginning of one of them. Where the lines do
not show for certain what begins or ends, `Doubt` is raised.
"""

from __future__ import annotations

import re
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What stands at a place that is no entry's: a text cannot have these characters.
ABOVE, FREE, BELOW, RUN, HEAD = "\2", "\3", "\4", "\5", "\6"
END = ABOVE * 2

MOST_ENTRIES = 1000
MOST_DEEP = 100
MOST_INSIDE = 500_000

_BLANKS = (" ", "\t", "\n")


class Doubt(Exception):
    """The lines do not show it."""


class Pieces:
    """A text, cut: the piece at each place, and the places in their order, END last."""

    __slots__ = ("order", "parts")

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.order: list[str] = []

    def put(self, place: str, text: str) -> None:
        if place in self.parts:
            raise Doubt
        self.parts[place] = text
        self.order.append(place)


class Cutter:
    """Cuts the versions of one file.

    The comments and blank lines that a piece ends with stand above the next one. Where they may be
    part of a text, they count for both, between two FREE, and are written once (`bare`).

    runs  the places that stand in several runs
    """

    def __init__(self) -> None:
        self.runs: set[str] = set()

    def begin(self, text: str) -> str:
        """The level at which a whole text is cut."""
        return ""

    def cut(self, level: str, text: str) -> Pieces:
        """The entries of a text. level: where they stand. Raises Doubt."""
        raise NotImplementedError

    def level_in(self, level: str, place: str, texts: Sequence[str]) -> str:
        """Where the entries of an entry stand, the same in all its versions. Raises Doubt."""
        raise NotImplementedError

    def check(self, pieces: Sequence[tuple[str, str]]) -> None:
        """Raise Doubt if merged pieces, (place, text), would mean something else together than
        apart.
        """

    # -- for the formats -------------------------------------------------------------------------

    def add(self, cut: Pieces, place: str, text: str) -> None:
        """Put a piece where others of its place may stand: a place goes on in another run."""
        if not text:
            return
        run = place
        while run in cut.parts:
            if cut.order[-1] == run:
                cut.parts[run] += text
                return
            run += RUN
        if run != place:
            self.runs.add(place)
        cut.put(run, text)

    def pieces(self, text: str, start: re.Pattern[str]) -> tuple[list[str], list[str]]:
        """(pieces, what stands above each): a text before each match, the first one before any.

        What the last one ends with stands above none; it is the last of what stands above.
        """
        found_starts = islice(start.finditer(text), MOST_ENTRIES + 1)
        starts = [match.start() for match in found_starts]
        if len(starts) > MOST_ENTRIES:
            raise Doubt
        raw = [text[a:b] for a, b in zip([0, *starts], [*starts, len(text)], strict=True)]
        found: list[str] = []
        above = [""]
        for piece in self.whole_pieces(raw):
            tail = _tail(piece)
            if not tail:
                found.append(piece)
            elif self.may_hold(piece[: -len(tail)], tail):
                found.append(piece)
                tail = FREE + tail + FREE
            else:
                found.append(piece[: -len(tail)])
            above.append(tail)
        return found, above

    def whole_pieces(self, raw: list[str]) -> list[str]:
        """The pieces, put together where one goes on over what only looks like a beginning."""
        return raw

    def may_hold(self, text: str, tail: str) -> bool:
        """Whether the comments and blank lines that follow a text may be part of it."""
        raise NotImplementedError


def _tail(text: str) -> str:
    if "#" not in text and text[-1:] not in _BLANKS:
        return ""
    end = len(text)
    while (start := text.rfind("\n", 0, end)) >= 0:
        if text[start + 1 : end].lstrip(" \t")[:1] not in ("", "#"):
            break
        end = start
    return text[end:]


def bare(text: str) -> str:
    """A text without what counts for both of two pieces."""
    if FREE not in text:
        return text
    return "".join(text.split(FREE)[::2])


def balanced(text: str) -> bool:
    """Whether brackets are closed in the order in which they are opened. Raises Doubt."""
    if len(text) > MOST_INSIDE:
        raise Doubt
    for _ in range(MOST_DEEP):
        text, count = _PAIR.subn("", text)
        if not count:
            break
    return not _BRACKET.search(text)


_PAIR = re.compile(r"\[[^][{}]*\]|\{[^][{}]*\}")
_BRACKET = re.compile(r"[][{}]")
