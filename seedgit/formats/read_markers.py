"""Find the marker blocks of conflicts in a text, as git and `mark.Markers` write them.

A pure reader of lines, the inverse of `Markers.mark`: what a block means is not its business.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from seedgit.values.sequence import split_lines

SIZE = 7  # git's own, where no attribute conflict-marker-size says otherwise

_OPENING = re.compile(r"^(<+) .*$", re.MULTILINE)


class Block(NamedTuple):
    """One conflict: lines[start:end], markers included; its parts are lines with their ends.

    base    None where the block does not show it (style "merge")
    clear   whether it can be read in one way only: not with two `=======` in it
    """

    start: int
    end: int
    ours: list[str]
    base: list[str] | None
    theirs: list[str]
    label_ours: str
    label_base: str
    label_theirs: str
    clear: bool

    @property
    def parts(self) -> tuple[str, str | None, str]:
        """(ours, base, theirs) without what only the file's line ends decide."""
        base = None if self.base is None else _plain(self.base)
        return _plain(self.ours), base, _plain(self.theirs)


class Marked(NamedTuple):
    """The lines of a text, the blocks among them, and the lines of markers that are in no block."""

    lines: list[str]
    blocks: list[Block]
    stray: list[int]


def read_markers(text: str, size: int = SIZE) -> Marked:
    """The blocks with markers of one size; longer ones are a base's own conflicts: text."""
    lines = split_lines(text)
    blocks: list[Block] = []
    stray: list[int] = []
    open: _Open | None = None
    for n, line in enumerate(lines):
        sign = line[:1]
        if not sign or sign not in "<|=>" or not _is_marker(line, sign, size):
            if open:
                open.part.append(line)
        elif sign == "<":
            if open:
                stray.append(open.start)
            open = _Open(n, _label(line, size))
        elif open is None:
            # A row of = or | may well be text; the other end of a block is none.
            if sign == ">":
                stray.append(n)
        elif sign == ">":
            if open.theirs is None:
                stray += [open.start, n]
            else:
                blocks.append(open.closed(n + 1, _label(line, size)))
            open = None
        else:
            open.divide(sign, line, size)
    if open:
        stray.append(open.start)
    return Marked(lines, blocks, stray)


def marker_size(text: str) -> int:
    """The size the blocks of a text have where none is declared: git's own, or a larger one."""
    sizes = {len(match[1]) for match in _OPENING.finditer(text)}
    larger = sorted(size for size in sizes if size > SIZE)
    return next((size for size in (SIZE, *larger) if read_markers(text, size).blocks), SIZE)


class _Open:
    """A block whose end has not come yet."""

    def __init__(self, start: int, label: str) -> None:
        self.start = start
        self.labels = [label, "", ""]
        self.ours: list[str] = []
        self.base: list[str] | None = None
        self.theirs: list[str] | None = None
        self.part = self.ours
        self.clear = True

    def divide(self, sign: str, line: str, size: int) -> None:
        if sign == "|" and self.base is None and self.theirs is None:
            self.base = self.part = []
            self.labels[1] = _label(line, size)
        elif sign == "=" and self.theirs is None:
            self.theirs = self.part = []
        else:
            self.clear = False
            self.part.append(line)

    def closed(self, end: int, label: str) -> Block:
        return Block(
            self.start,
            end,
            self.ours,
            self.base,
            self.theirs or [],
            self.labels[0],
            self.labels[1],
            label,
            self.clear,
        )


def _is_marker(line: str, sign: str, size: int) -> bool:
    """As for git: the sign `size` times, then a blank and a label, or nothing."""
    if not line.startswith(sign * size):
        return False
    rest = line[size:].rstrip("\r\n")
    return not rest or (rest[0] == " " and (sign != "=" or not rest.strip()))


def _label(line: str, size: int) -> str:
    return line[size:].strip()


def _plain(lines: list[str]) -> str:
    return "".join(line.rstrip("\r\n") + "\n" for line in lines)
