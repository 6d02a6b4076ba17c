"""Walk through TOML line by line, without `tomllib`."""

from __future__ import annotations

import re
from itertools import pairwise

from seedgit.errors import InvalidDocument
from seedgit.formats.toml.read import MalformedToml, TomlParser
from seedgit.merge.flow_walk import SHORT, Brackets, stub_in_brackets
from seedgit.merge.frames import UNREAD, Frame, Unclear, Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.merge.frames import Key
    from seedgit.merge.syntax import Syntax
    from seedgit.values.value import Value

_blank = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n|[ \t]*(?:#[^\n]*)?\Z)").match
# The most frequent lines: a bare key with a value of one word or text, and a header of bare names.
_simple = re.compile(
    r"([A-Za-z0-9_-]+)[ \t]*=[ \t]*(?:\"[^\"\\\n]*\"(?!\")|'[^'\n]*'(?!')|[\w.:+-]+)"
    r"[ \t]*(?:#[^\n]*)?\n"
).match
_header = re.compile(r"(\[\[?)([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\]\]?[ \t]*(?:#[^\n]*)?\n").match
_dotted = re.compile(r"(?m)^[^=\n]*\.[^=\n]*=").search
_blanks = re.compile(r"[ \t]*").match
_GAP = r"[ \t\n]*+(?:#[^\n]*+[ \t\n]*+)*+"
_STRING = r"\"(?!\"\")[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"|'(?!'')[^'\n]*+'"
_token = re.compile(
    rf"{_GAP}(?:([\]}}])|((?:{_STRING}|[A-Za-z0-9_-]++)[ \t]*+=)?{_GAP}"
    rf"(?:([\[{{])(?!{SHORT})|([\[{{]{SHORT}|{_STRING}|[\w.:+-]++)))"
    rf"(?:{_GAP}(,(?:[ \t]*+(?:#[^\n]*+)?(?=\n))?))?"
).match


def _key(text: str) -> str | None:
    name = text[:-1].rstrip()
    if name[0] in "\"'":
        return None if "\\" in name else name[1:-1]
    return name


_LONG = (
    r"\"\"\"(?:[^\"\\]|\\(?s:.)|\"(?!\"\"))*+\"{3,5}|"
    r"'''(?:[^']|'(?!''))*+'{3,5}"
)
_in_array = re.compile(rf"{_LONG}|{_STRING}|[\[\]{{}}]|#[^\n]*")
_BRACKETS = Brackets(_token, re.compile(rf"{_GAP}[\]}}]").match, _key)
_integer = re.compile(r"-?(?:0|[1-9][0-9]*)\Z").match


class TomlWalker(Walker):
    repeats = False

    def __init__(self, format: Syntax) -> None:
        self.format = format

    def begin(self, text: str) -> tuple[list[Frame], int]:
        if "\r" in text:
            raise Unclear
        return super().begin(text)

    def walk(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        parser = TomlParser(self.format, text, "", merging=True)
        while at < len(text) and not (beyond and at >= limit):
            if frames[-1].flow:
                at = _BRACKETS.walk(text, at, limit, beyond, frames)
                if frames[-1].flow:
                    return at
                at = self.rest(parser, at, len(text) if beyond else limit)
                continue
            name: tuple[str, ...] = ()
            key: Key = ()
            double = False
            if found := _simple(text, at):
                key, end = found[1], found.end()
            elif found := _header(text, at):
                name, double, end = tuple(found[2].split(".")), found[1] == "[[", found.end()
            elif found := _blank(text, at):
                end = max(found.end(), at + 1)
            else:
                name, double, key, end = self.read(parser, at)
            if not beyond and end > limit:
                opening = 0 if name or not key else self.opening(parser, at)
                if not 0 < opening < limit:
                    return at
                frames[-1].starts.append(at)
                frames[-1].keys.append(key)
                frames.append(Frame("list", flow=True))
                at = opening + 1
                continue
            if name:
                self.section(frames, at, name, double)
            elif key:
                frames[-1].starts.append(at)
                frames[-1].keys.append(key)
            at = end
        return at

    def read(self, parser: TomlParser, at: int) -> tuple[tuple[str, ...], bool, Key, int]:
        """The header or the key at a line: (name, whether of an array, key, where it ends)."""
        start = _blanks(parser.text, at).end()  # type: ignore[union-attr]
        try:
            if parser.text.startswith("[", start):
                section = parser.header(at, start)
                return section.name, section.double, (), section.body
            path, equals = parser.key(start)
            value = parser.after_equals(equals)
            if parser.text.startswith("[", value):
                end = parser.rest(_after_array(parser.text, value))
            else:
                end = parser.rest(parser.value(value, len(path)).end)
        except (MalformedToml, InvalidDocument):
            raise Unclear from None
        return (), False, path[0] if len(path) == 1 else path, end

    def opening(self, parser: TomlParser, at: int) -> int:
        """Where the array begins that is the value of the key at a line; 0 if it has another."""
        equals = parser.key(_blanks(parser.text, at).end())[1]  # type: ignore[union-attr]
        opening = parser.after_equals(equals)
        return opening if parser.text.startswith("[", opening) else 0

    def rest(self, parser: TomlParser, at: int, limit: int) -> int:
        """The end of the line on which an array ends."""
        try:
            end = parser.rest(at)
        except MalformedToml:
            raise Unclear from None
        if end > limit:
            raise Unclear
        return end

    def section(self, frames: list[Frame], at: int, name: tuple[str, ...], double: bool) -> None:
        """Add a table, or an element of an array of tables."""
        while len(frames) > 1:
            top = frames[-1]
            if top.kind == "list":
                if double and top.name == name:
                    break
            elif frames[-2].kind == "list" and name != top.name == name[: len(top.name)]:
                break  # a table of the array's last element
            frames.pop().end = at
        top = frames[-1]
        top.starts.append(at)
        if top.kind == "map":
            path = name[len(top.name) :]
            top.keys.append(path[0] if len(path) == 1 else path)
            if double:
                frames.append(Frame("list", name=name))
                frames[-1].starts.append(at)
        frames.append(Frame("map", name=name))

    def stub(self, piece: str, name: str) -> str:
        return stub_in_brackets(piece, name) if piece.startswith("\n") else f"# {name}\n"

    def flow_members(self, item: str) -> list[str]:
        return [key for key, _ in _BRACKETS.members(item)]

    def flow_named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        for low, high in pairwise(starts):
            found = dict(_BRACKETS.members(text[low:high])).get(name)
            yield None if found is None else _scalar(found)

    def members(self, item: str) -> list[str]:
        frames, at = self.begin(item)
        outer = list(frames)
        while at < len(item) and len(outer) < 3:
            at = self.walk(item, at, at + 1, True, frames)
            outer = max(outer, list(frames), key=len)
        self.walk(item, at, len(item), True, frames)
        return [key for key in outer[2].keys if isinstance(key, str)] if len(outer) > 2 else []

    def named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        written = re.compile(rf"(?m)^[ \t]*{re.escape(name)}[ \t]*=[ \t]*([^\n]*)$").search
        for low, high in pairwise(starts):
            item = text[low:high]
            item = item[: item.find("\n[") + 1 or None]
            if f'"{name}"' in item or f"'{name}'" in item or '"""' in item or "'''" in item:
                raise Unclear
            found = written(item)
            yield _scalar(found[1]) if found else None

    def inside(self, item: str) -> str:
        lines = item.partition("\n")[2]
        if "\n[" in item or _dotted(lines):
            raise Unclear
        return lines


def _after_array(text: str, at: int) -> int:
    depth = 0
    for found in _in_array.finditer(text, at):
        sign = found[0]
        if sign in ("[", "{"):
            depth += 1
        elif sign in ("]", "}"):
            depth -= 1
            if depth == 0:
                return found.end()
    raise Unclear


def _scalar(text: str) -> Value:
    """The text or number that is written; UNREAD if it is something else."""
    quote = text[:1]
    if quote in ('"', "'"):
        inner, end, after = text[1:].partition(quote)
        if not end or "\\" in inner or after.partition("#")[0].strip():
            raise Unclear
        return inner
    words = text.partition("#")[0].strip()
    if _integer(words):
        return int(words)
    if words[:1] not in "[{tfin" and words.replace("_", "").lstrip("+-").isalnum():
        raise Unclear  # a number written in another way
    return UNREAD
