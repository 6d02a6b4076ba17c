"""Walk through JSON without making a tree."""

from __future__ import annotations

import re

from seedgit.merge.flow_walk import KINDS, Brackets, stub_in_brackets
from seedgit.merge.frames import Frame, Unclear, Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.values.value import Value

_BLANK = r"[ \t\r\n]*+(?:(?://[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)[ \t\r\n]*+)*+"
_STRING = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_token = re.compile(
    rf"{_BLANK}(?:([\]}}])|({_STRING}{_BLANK}:)?{_BLANK}(?:([\[{{])|({_STRING}|[\w.+-]++)))"
    rf"(?:{_BLANK}(,))?"
).match
_blank = re.compile(_BLANK).match
_string = re.compile(_STRING).match
_comment = re.compile(rf"{_STRING}|(//|/\*)")


def _key(text: str) -> str | None:
    found = _string(text)
    return None if found is None or "\\" in found[0] else found[0][1:-1]


_BRACKETS = Brackets(_token, re.compile(rf"{_BLANK}[\]}}]").match, _key)


class JsonWalker(Walker):
    inline = True

    def begin(self, text: str) -> tuple[list[Frame], int]:
        start = _token(text, 0)
        if start is None or not start[3] or start[2]:
            raise Unclear
        return [Frame(KINDS[start[3]], flow=True)], start.end(3)

    def walk(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        if frames:
            at = _BRACKETS.walk(text, at, limit, beyond, frames)
        if frames:
            return at
        blank = _blank(text, at)
        if blank is None or blank.end() < len(text):
            raise Unclear
        return len(text)

    def stub(self, piece: str, name: str) -> str:
        if not piece.startswith("\n"):
            return f"/*{name}*/"
        return stub_in_brackets(piece, name, "//")

    def flow_members(self, item: str) -> list[str]:
        [value] = self._values(item)
        return list(value) if isinstance(value, dict) else []

    def flow_named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        values = self._values(text[starts[0] : starts[-1]])
        if len(values) != len(starts) - 1:
            raise Unclear
        return (value.get(name) if isinstance(value, dict) else None for value in values)

    def sure(self, items: str) -> None:
        if any(found[1] for found in _comment.finditer(items)):
            raise Unclear

    def _values(self, items: str) -> list[Value]:
        import json  # late: only large files are walked through

        try:
            found: list[Value] = json.loads(f"[{items.strip().removesuffix(',')}]")
        except (ValueError, RecursionError):
            raise Unclear from None
        return found
