"""Reading text piece by piece without `re`, which takes longer to load than a merge."""

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
    """The sign that ends a text, with the blanks round it; "" where none does.

    A key may have any number of blanks, and an expression would begin at each of them.
    """
    before = head.rstrip(" \t")
    if not before.endswith(sign):
        return ""
    return head[len(before.removesuffix(sign).rstrip(" \t")) :]


def after_bracket(text: str, at: int, after_comment: Callable[[str, int], int]) -> int:
    """The end of the comment behind an opening bracket that ends at `at`, where it ends its line.

    It is about the container, not about its first entry.
    """
    end = after_comment(text, at)
    rest = run_end(text, end, " \t")
    return end if text[rest : rest + 1] in ("\r", "\n") else at
