"""Reading text piece by piece without `re`, which takes longer to load than a merge."""

from __future__ import annotations

BLANKS = " \t\r\n"


def run_end(text: str, at: int, chars: str) -> int:
    """The end of the run of any of `chars` that begins at `at`."""
    size = 32
    while True:
        piece = text[at : at + size]
        rest = piece.lstrip(chars)
        at += len(piece) - len(rest)
        if rest or len(piece) < size:
            return at
        size *= 4
