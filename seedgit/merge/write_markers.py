"""How conflicts are marked in a text; `formats.read_markers` reads them."""

from __future__ import annotations

from seedgit.values.sequence import split_lines


class Markers:
    """How conflicts are marked: git's size, style ("merge", "diff3", "zdiff3") and labels."""

    __slots__ = ("base", "ours", "size", "style", "theirs")

    def __init__(
        self,
        size: int = 7,
        style: str = "merge",
        ours: str = "ours",
        base: str = "base",
        theirs: str = "theirs",
    ) -> None:
        self.size = size
        self.style = style
        self.ours = ours
        self.base = base
        self.theirs = theirs

    def mark(self, base: str, ours: str, theirs: str) -> str:
        """The three versions of a place, each of whole lines, between markers."""
        head, b, o, t, tail = self.shortened(base, ours, theirs)
        middle = [f"{'|' * self.size} {self.base}\n", *b] if self.style != "merge" else []
        return "".join(
            [
                *head,
                f"{'<' * self.size} {self.ours}\n",
                *o,
                *middle,
                f"{'=' * self.size}\n",
                *t,
                f"{'>' * self.size} {self.theirs}\n",
                *tail,
            ]
        )

    def shortened(
        self, base: str, ours: str, theirs: str
    ) -> tuple[list[str], list[str], list[str], list[str], list[str]]:
        """The lines of a place in this style: those before the markers, base, ours and theirs
        between them, those after them."""
        b, o, t = (split_lines(text) for text in (base, ours, theirs))
        head: list[str] = []
        tail: list[str] = []
        if self.style != "diff3":
            low, high = self.shared(b, o, t)
            for line in o[:low]:
                head.append(line)
                if b and b[0] == line:
                    b.pop(0)
            for line in reversed(o[len(o) - high :]):
                tail.insert(0, line)
                if b and b[-1] == line:
                    b.pop()
            o, t = o[low : len(o) - high], t[low : len(t) - high]
        return head, b, o, t, tail

    def shared(self, b: list[str], o: list[str], t: list[str]) -> tuple[int, int]:
        """How many lines at the start and at the end are shared, and stay outside the markers."""
        lines = [o, t] if self.style == "merge" else [b, o, t]
        low = _alike(lines)
        items = any(map(_is_header, o)) and any(map(_is_header, t))
        if items and not (_at_header(o, low) and _at_header(t, low)):
            # A person who keeps both sides must get two tables, not one with the lines of both.
            low = max((n for n in range(low) if _is_header(o[n])), default=low)
            while low and o[low - 1].lstrip().startswith("#"):
                low -= 1
        high = _alike([side[low:][::-1] for side in lines])
        while items and not (_at_header(o, len(o) - high) and _at_header(t, len(t) - high)):
            high -= 1
        return low, high


def _is_header(line: str) -> bool:
    """Whether this is the header of an item of TOML's arrays of tables."""
    text = line.partition("#")[0].strip()
    return text[:2] == "[[" and text[-2:] == "]]" and not set("[]") & set(text[2:-2])


def _at_header(lines: list[str], at: int) -> bool:
    """Whether only blank lines and comments come before the next header, or the end."""
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at += 1
    return at == len(lines) or _is_header(lines[at])


def _alike(sides: list[list[str]]) -> int:
    """How many lines all sides begin with."""
    count = 0
    for lines in zip(*sides, strict=False):
        if len(set(lines)) > 1:
            break
        count += 1
    return count
