"""Characters that no text may bring to a terminal, as a person can read them."""

from __future__ import annotations


def escape(char: str) -> str:
    r"""A character as `\x1b` or `\u202e`. A byte that is not UTF-8 (surrogateescape) is `\xff`."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape").decode()
