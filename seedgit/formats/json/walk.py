"""Walk through JSON without making a tree."""

from __future__ import annotations

import re

from seedgit.merge.frames import Frame, Unclear, Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.values.value import Value

_BLANK = r"[ \t\r\n]*+(?:(?://[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)[ \t\r\n]*+)*+"
_STRING = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
# A closing bracket; or an entry: its key, its value or opening bracket. Then its comma.
_token = re.compile(
    rf"{_BLANK}(?:([\]}}])|(?:({_STRING}){_BLANK}:{_BLANK})?(?:([\[{{])|(?:{_STRING}|[\w.+-]++)))"
    rf"(?:{_BLANK}(,))?"
).match
_blank = re.compile(_BLANK).match
_comment = re.compile(rf"{_STRING}|(//|/\*)")
_KIND = {"{": "map", "[": "list"}
_CLOSE = {"map": "}", "list": "]"}


class JsonWalker(Walker):
    def begin(self, text: str) -> tuple[list[Frame], int]:
        start = _token(text, 0)
        if start is None or not start[3] or start[2]:
            raise Unclear
        return [Frame(_KIND[start[3]])], start.end(3)  # type: ignore[arg-type]

    def walk(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        while frames:
            if beyond and at >= limit:
                return at
            found = _token(text, at)
            if found is None:
                raise Unclear
            close, key, opening, comma = found.groups()
            end = found.end(3) if opening else found.end()
            if not beyond and end >= limit:
                return at
            frame = frames[-1]
            if close:
                if close != _CLOSE[frame.kind]:
                    raise Unclear
                frame.end = at
                frames.pop()
            elif (frame.kind == "map") is not bool(key):
                raise Unclear
            else:
                frame.starts.append(at)
                if key:
                    frame.odd = frame.odd or "\\" in key
                    frame.keys.append(key[1:-1])
                if opening:
                    frames.append(Frame(_KIND[opening]))  # type: ignore[arg-type]
                else:
                    frame.scalars = True
            at = end
            if not comma and not opening and frames and not self._closes(text, at):
                raise Unclear
        blank = _blank(text, at)
        if blank is None or blank.end() < len(text):
            raise Unclear
        return len(text)

    def _closes(self, text: str, at: int) -> bool:
        blank = _blank(text, at)
        return blank is not None and text[blank.end() : blank.end() + 1] in ("]", "}")

    def stub(self, piece: str, name: str) -> str:
        if not piece.startswith("\n"):
            return f"/*{name}*/"
        indent = piece[: len(piece) - len(piece.lstrip())].rpartition("\n")[2]
        return f"\n{indent}// {name}"

    def members(self, item: str) -> list[str]:
        [value] = self._values(item)
        return list(value) if isinstance(value, dict) else []

    def named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
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
