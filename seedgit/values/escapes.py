"""Texts for people: characters that are unsafe on a terminal, escaped; counts with their noun."""

from __future__ import annotations


def escape(char: str) -> str:
    r"""A character as `\x1b` or `\u202e`. A byte that is not UTF-8 (surrogateescape) is `\xff`."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape").decode()


def number_of(count: int, noun: str) -> str:
    """A count and its noun: `1 merge`, `2 merges`, `0 merges`. `noun` is the singular."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
