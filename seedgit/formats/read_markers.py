"""Find the marker blocks of conflicts in a text, as git and `write_markers.Markers` write them.

This reads lines only, as the inverse of `Markers.mark`. It does not know what a block means.
"""

from __future__ import annotations

import re

from seedgit.named_tuple import NamedTuple
from seedgit.values.sequence import split_lines

SIZE = 7  # git's default; the attribute conflict-marker-size may set another

_OPENING = re.compile(r"^(<+) .*$", re.MULTILINE)


class Block(NamedTuple):
    """One conflict: lines[start:end], markers included. Its parts are lines with their ends.

    base    None if the block does not show it (style "merge")
    clear   whether it can be read in one way only; with two `=======` in it, it cannot
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
        """(ours, base, theirs), all with `\\n` line ends."""
        base = None if self.base is None else _plain(self.base)
        return _plain(self.ours), base, _plain(self.theirs)


class Marked(NamedTuple):
    """The lines of a text, its blocks, and the line numbers of markers outside of any block."""

    lines: list[str]
    blocks: list[Block]
    stray: list[int]


def read_markers(text: str, size: int = SIZE) -> Marked:
    """The blocks with markers of one size. Longer markers are conflicts within a base: text."""
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
            # A row of = or | outside a block may be text. A row of > is a stray marker.
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
    """The size of a text's markers if none is declared: git's default, or a larger one."""
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
    """Whether git takes a line for a marker: `size` signs, then nothing or a blank and a label."""
    if not line.startswith(sign * size):
        return False
    rest = line[size:].rstrip("\r\n")
    return not rest or (rest[0] == " " and (sign != "=" or not rest.strip()))


def _label(line: str, size: int) -> str:
    return line[size:].strip()


def _plain(lines: list[str]) -> str:
    return "".join(line.rstrip("\r\n") + "\n" for line in lines)
