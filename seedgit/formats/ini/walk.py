"""Walk through settings line by line, without making a tree."""

from __future__ import annotations

import re

from seedgit.formats.ini.read import (
    BLANKS,
    COMMENTS,
    after_blanks,
    continued,
    delimiter,
    exported,
    line_of,
)
from seedgit.merge.frames import Frame, Unclear, Walker

# The most frequent lines: a setting with nothing below it that may continue it, a header, and blank
# lines and comments.
_simple = re.compile(
    r"([\w.-]+) ?= ?[\w./:, -]*\n(?=\n*+(?:[^\s#;]|\Z))|(\[)([^]\n]*)\][^\n]*\n|(?:[#;][^\n]*)?\n"
).match


class IniWalker(Walker):
    def begin(self, text: str) -> tuple[list[Frame], int]:
        if "\r" in text:
            raise Unclear
        return super().begin(text)

    def walk(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        while at < len(text) and not (beyond and at >= limit):
            if found := _simple(text, at):
                key, end, opens = found[1] or found[3], found.end(), bool(found[2])
            else:
                key, end, opens = self.read(text, at)
            if not beyond and end > limit:
                return at
            if opens:
                for frame in frames[1:]:
                    frame.end = at
                del frames[1:]
            if key is not None:
                frames[-1].starts.append(at)
                frames[-1].keys.append(key)
            if opens:
                frames.append(Frame("map", name=(key or "",)))
            at = end
        return at

    def read(self, text: str, at: int) -> tuple[str | None, int, bool]:
        """(the key or the section's name, where its lines end, whether it is a section)"""
        start = after_blanks(text, at)
        end, line_end = line_of(text, start)
        if start == end or text[start] in COMMENTS:
            return None, line_end, False
        if text[start] == "[":
            close = text.find("]", start, end)
            if close < 0:
                raise Unclear
            return text[start + 1 : close], line_end, True
        mark = delimiter(text, start, end)
        key = exported(text[start : end if mark is None else mark].rstrip(BLANKS))
        if not key:
            raise Unclear
        value = min(after_blanks(text, mark + 1), end) if mark is not None else end
        return key, continued(text, value, start, line_end), False

    def stub(self, piece: str, name: str) -> str:
        return f"# {name}\n"
