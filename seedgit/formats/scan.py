"""Read text piece by piece without `re`, which takes longer to load than a merge."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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


def sign_at_end(head: str, sign: str) -> str:
    """The sign at the end of a text, with the blanks round it; "" if it does not end with one.

    A regular expression would be slow: it would try to match at every blank of a key.
    """
    before = head.rstrip(" \t")
    if not before.endswith(sign):
        return ""
    return head[len(before.removesuffix(sign).rstrip(" \t")) :]


def after_bracket(text: str, at: int, after_comment: Callable[[str, int], int]) -> int:
    """Where the first entry's lead begins after an opening bracket that ends at `at`.

    A comment that ends the bracket's line is skipped: it is about the container, not the entry.
    """
    end = after_comment(text, at)
    rest = run_end(text, end, " \t")
    return end if text[rest : rest + 1] in ("\r", "\n") else at
