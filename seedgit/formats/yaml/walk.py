"""Walk through YAML line by line, without libyaml."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from seedgit.formats.yaml.scalars import BOOLS, NULLS, plain_value
from seedgit.merge.flow_walk import KINDS, SHORT, Brackets, stub_in_brackets
from seedgit.merge.frames import UNREAD, Frame, Unclear, Walker, odd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Literal

    from seedgit.merge.frames import Mark
    from seedgit.values.value import Value

    Kind = Literal["map", "list"]

_QUOTED = r'"[^"\\]*+(?:\\(?s:.)[^"\\]*+)*+"' + r"|'[^']*+(?:''[^']*+)*+'"
_PLAIN = (
    r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^\s]))"
    r"(?:[^\s:#]|:(?=[^\s])|(?<=[^\s])#|[ \t]+(?=[^\s#:]))*+"
)
_key = re.compile(rf"(?:({_PLAIN})|\"([^\"\\\n]*)\"|'([^'\n]*)')[ \t]*+:(?=[ \t\n]|\Z)").match
_indent = re.compile(" *").match
_blanks = re.compile(r"[ \t]*").match
_properties = re.compile(r"(?:[&!][^\s]*(?:[ \t]+|(?=\n|\Z)))*").match
_quoted = re.compile(_QUOTED).match
_in_flow = re.compile(rf"(?<=[\s,:\[{{])(?:{_QUOTED})|[\[\]{{}}]|(?<=\s)#[^\n]*")
_line_rest = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\n]*)?(?:\n|\Z)").match
# The most frequent lines: perhaps a dash; a key, a text on one line, or both.
_WORDS = (
    r"[\w./](?:[^\s:#]|:(?=\S)| (?=[^\s:#]))*+|\"[^\"\\\n]*\"|'[^'\n]*'|"
    rf"[\[{{]{SHORT}|\*[\w-]++"
)
_simple = re.compile(
    rf"( *)(- +)?(?:([A-Za-z_][\w.-]*|<<):(?: +&[\w-]++)?(?: +({_WORDS}))?|({_WORDS}))\n(?! *\n)"
).match
# Inside brackets: what stands between two things, a text, an entry.
_GAP = r"[ \n]*+(?:(?<=[ \n])#[^\n]*+[ \n]*+)*+"
_TEXT = (
    r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-(?=[^\s,\[\]{}]))"
    r"(?:[^\s:#,\[\]{}]|:(?=[^\s,\[\]{}])|(?<=\S)#| ++(?=[^\s:#,\[\]{}]))*+"
)
_token = re.compile(
    rf"{_GAP}(?:([\]}}])|((?:{_QUOTED}) *+:|{_TEXT} *+:(?=[ \n]))?{_GAP}"
    rf"(?:([\[{{])(?!{SHORT})|([\[{{]{SHORT}|{_QUOTED}|{_TEXT})))"
    rf"(?:{_GAP}(,(?: *+(?:(?<= )#[^\n]*+)?(?=\n))?))?"
).match
_another = re.compile(r"\n---(?=[ \t\n]|\Z)").search
_header = re.compile(r"---[ \t]*(?:#|\n)").match
_key_below = re.compile(r"(?:---[^\n]*\n)?(?:[ ]*(?:#[^\n]*)?\n)*+[^\s-]").match
_only_blank = re.compile(r"(?: *+(?:#[^\n]*+)?(?:\n|\Z))*+\Z").match
_dash = re.compile(r" *- +(?=[^\s#])").match
_mark = re.compile(r"[&*](?<![^\s\[{,][&*])([^\s,\[\]{}]+)")
# Line breaks that readers take for different things, and tabs that may be indentation.
_STRANGE = ("\n\t", " \t", "\r", "\x85", "\u2028", "\u2029", "\ufeff")
_WRAPS = tuple("\"'[{!&")
_NAMES: dict[object, str] = {None: "null", True: "true", False: "false"}


@cache
def _deeper(column: int) -> Callable[..., re.Match[str] | None]:
    """Matches the lines that are blank or indented deeper than a column."""
    return re.compile(
        rf"(?: {{{column + 1}}}[^\n]*\n|[ \t]*\n)*+(?: {{{column + 1}}}[^\n]*\Z)?"
    ).match


class _Line:
    """What a line begins: containers with the key of their entry, from the outermost inwards.

    at     where the value of the last one begins, if it is on this line
    end    where that value ends, with its line
    opening  where its bracket is, -1 if it has none
    waits  whether the value is on the lines below
    """

    __slots__ = ("at", "end", "opening", "parts", "scalar", "waits")

    def __init__(self, text: str, start: int, at: int) -> None:
        self.parts: list[tuple[Kind, int, str]] = []
        self.waits = False
        self.scalar = False
        self.opening = -1
        while text[at : at + 1] == "-" and text[at + 1 : at + 2] in (" ", "\n", ""):
            self.parts.append(("list", at - start, ""))
            at = _end(_blanks(text, at + 1))
            if text[at : at + 1] in ("\n", "", "#"):
                break
        else:
            found = _key(text, at)
            if found:
                plain, *quoted = found.groups()
                key = _named(plain) if plain is not None else quoted[0] or quoted[1] or ""
                self.parts.append(("map", at - start, key))
                at = _end(_blanks(text, found.end()))
        if not self.parts:
            raise Unclear
        self.end = self.value(text, at)

    def value(self, text: str, at: int) -> int:
        self.at = at
        at = _end(_properties(text, at))
        sign = text[at : at + 1]
        deeper = _deeper(self.parts[-1][1])
        if sign in ("\n", "", "#"):
            self.waits = True
            return _after_line(text, at)
        if sign in "[{":
            self.opening = at
            return _rest(text, _after_flow(text, at))
        self.scalar = True
        if sign in "\"'":
            found = _quoted(text, at)
            if found is None:
                raise Unclear
            return _rest(text, found.end())
        if sign in "?%@`,]}" and (sign != "?" or text[at + 1 : at + 2] in (" ", "\n", "")):
            raise Unclear
        return _end(deeper(text, _after_line(text, at)))


class YamlWalker(Walker):
    """Of one file.

    wrapped  whether some value goes on over lines at any column
    stream   whether it has several documents
    """

    odd = odd("&*!", r"(?<=[&*!])(?<![^\s\[{,][&*!])(?!(?<=!)=)\S")
    wrapped = False
    stream = False

    def begin(self, text: str) -> tuple[list[Frame], int]:
        if any(sign in text for sign in _STRANGE):
            raise Unclear
        self.stream = bool(_another(text))
        if not self.stream:
            return [], 0
        stream = Frame("list", -1)
        stream.starts.append(0)
        stream.open = True
        return [stream], 0

    def walk(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        while at < len(text) and not (beyond and at >= limit):
            if frames and frames[-1].flow:
                at = self.flow(text, at, limit, beyond, frames)
                if frames and frames[-1].flow:
                    return at
                continue
            simple = _simple(text, at)
            if simple and (
                end := self.simple(text, at, simple, frames, len(text) if beyond else limit)
            ):
                if end < 0:
                    return at
                at = end
                continue
            start = _end(_indent(text, at))
            if text[start : start + 1] in ("\n", "#", ""):
                line, end = None, _after_line(text, start)
            elif start == at and text.startswith(("---", "...", "%"), at):
                line, end = None, _after_line(text, start)
                if not _header(text, at):
                    raise Unclear
                if beyond or end <= limit:
                    self.document(frames, at)
            elif not frames and text[start] in "[{":
                if not beyond and start >= limit:
                    return at
                frames.append(Frame(KINDS[text[start]], flow=True))
                at = start + 1
                continue
            else:
                line = _Line(text, at, start)
                end = line.end
                if text[line.at : line.at + 1] in _WRAPS:
                    self.wrapped |= "\n" in text[line.at : end - 1]
            if not beyond and end > limit:
                if line is None or not 0 <= line.opening < limit:
                    return at
                end = line.opening + 1
            if line:
                self.put_line(frames, at, line)
                if end == line.opening + 1:
                    frames.append(Frame(KINDS[text[line.opening]], flow=True))
            at = end
        return at

    def document(self, frames: list[Frame], at: int) -> None:
        """Begin another document of a stream; the first one has begun already."""
        if not frames:
            return
        stream = frames[0]
        if stream.column >= 0 or (stream.open and stream.name):
            raise Unclear
        for frame in frames[1:]:
            frame.end = at
        del frames[1:]
        if not stream.open:
            stream.starts.append(at)
        stream.open = True
        stream.name = ("---",)

    def put_line(self, frames: list[Frame], at: int, line: _Line) -> None:
        """Add the entries that a line begins."""
        for n, (kind, column, key) in enumerate(line.parts):
            if n:
                frames.append(Frame(kind, column))
            self.put(frames, at, kind, column, key)
        frames[-1].open = line.waits
        frames[-1].scalars |= line.scalar

    def flow(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        """Walk on in brackets, and over the rest of the line that closes the outermost ones."""
        at = _BRACKETS.walk(text, at, limit, beyond, frames)
        if frames and frames[-1].flow:
            return at
        if not frames and not _only_blank(text, at):
            raise Unclear
        end = _rest(text, at)
        if not beyond and end > limit:
            raise Unclear
        return end

    def simple(
        self, text: str, at: int, line: re.Match[str], frames: list[Frame], limit: int
    ) -> int:
        """Take a simple line, and return where it ends; 0 if it goes on, or is not one after all;
        -1 if it goes beyond the limit."""
        indent, dash, key, value, item = line.groups()
        column = len(indent)
        inner = column + len(dash) if dash else column
        end = line.end()
        if key is None and not dash:
            return 0
        if (value or item) and text.startswith(" " * ((inner if key else column) + 1), end):
            return 0
        if end > limit:
            return -1
        if dash:
            self.put(frames, at, "list", column, "")
            if key:
                frames.append(Frame("map", inner))
        if key:
            self.put(frames, at, "map", inner, key if key not in _KNOWN else _named(key))
        frames[-1].open = not value and not item
        frames[-1].scalars |= item is not None and item[0] not in "[{"
        return end

    def put(self, frames: list[Frame], at: int, kind: Kind, column: int, key: str) -> None:
        """Add an entry to the container that has its column."""
        while frames and frames[-1].column > column:
            frames.pop().end = at
        top = frames[-1] if frames else None
        if top is not None and top.column == column and kind == "map" and top.kind == "list":
            frames.pop().end = at  # a list may have the column of the key that holds it
            top = frames[-1] if frames else None
            if top is None or top.column != column:
                raise Unclear
        if top is None or top.column < column or kind != top.kind:
            if top is not None and not top.open:
                raise Unclear
            if top is not None:
                top.open = False
            top = Frame(kind, column)
            frames.append(top)
        top.starts.append(at)
        top.open = False
        if kind == "map":
            top.keys.append(key)

    def stub(self, piece: str, name: str) -> str:
        if piece.startswith("\n"):
            return stub_in_brackets(piece, name)
        indent = piece[: len(piece) - len(piece.lstrip(" "))]
        return f"{indent}# {name}\n"

    def marks(self, text: str) -> Iterator[Mark]:
        for found in _mark.finditer(text) if "&" in text or "*" in text else ():
            yield found.start(), found[0][0] == "&", found[1]

    def inside(self, item: str) -> str:
        dash = _dash(item)
        if dash or not item.startswith("---"):
            return item[dash.end() :] if dash else item
        return item[_after_line(item, 0) :]

    def flow_members(self, item: str) -> list[str]:
        return [key for key, _ in _BRACKETS.members(item)]

    def flow_named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        return (self.flow_value(text[low:high], name) for low, high in pairwise(starts))

    def flow_value(self, item: str, name: str) -> Value:
        """The member of an item in brackets; None if it has none."""
        found = dict(_BRACKETS.members(item)).get(name)
        return None if found is None else _scalar(found, 0, 0)

    def members(self, item: str) -> list[str]:
        dash = _dash(item)
        if dash and item.startswith("{", dash.end()):
            return self.flow_members(item[dash.end() :])
        frames: list[Frame] = []
        self.walk(item, 0, len(item), False, frames)
        outer = [frame for frame in frames[:2] if frame.kind == "map"]
        return [str(key) for key in outer[0].keys] if outer else []

    def named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        for low, high in pairwise(starts):
            item = text[low:high]
            dash = _dash(item)
            if self.wrapped or f'"{name}"' in item or f"'{name}'" in item:
                raise Unclear
            if dash is None and not (self.stream and _key_below(item)):
                raise Unclear
            column = dash.end() if dash else 0
            if item.startswith("{", column):
                yield self.flow_value(item[column:], name)
                continue
            at = column
            if not item.startswith(name + ":", at):
                at = item.find(f"\n{' ' * column}{name}:") + 1
                at = at + column if at else len(item)
            at += len(name) + 1
            yield _scalar(item, at, column) if item[at : at + 1] in (" ", "\n") else None


_KNOWN = (NULLS | BOOLS.keys()) - {""}


def _named(plain: str) -> str:
    """The key that the tree has for a plain scalar."""
    try:
        value = plain_value(plain)
    except ValueError:
        raise Unclear from None
    if isinstance(value, str):
        return value
    return _NAMES[value] if value is None or isinstance(value, bool) else str(value)


def _scalar(text: str, at: int, column: int) -> Value:
    """The text or number of a key that stands in a column; UNREAD if its value is another."""
    end = _after_line(text, at)
    words = text[at:end].partition(" #")[0].strip()
    if not words or words[0] in "&*!|>[{":
        return UNREAD
    below = text[end:].lstrip("\n")
    if len(below) - len(below.lstrip(" ")) > column and below.lstrip(" ")[:1] != "#":
        raise Unclear  # it goes on there
    if words[0] not in "\"'":
        return plain_value(words)
    inner = words[1:-1]
    if words[-1] != words[0] or "\\" in inner or words[0] in inner:
        raise Unclear
    return inner


def _flow_key(text: str) -> str | None:
    name = text[:-1].rstrip()
    if name[0] not in "\"'":
        return _named(name)
    return None if "\\" in name or "\n" in name or "''" in name else name[1:-1]


_BRACKETS = Brackets(_token, re.compile(rf"{_GAP}[\]}}]").match, _flow_key)


def _after_line(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _rest(text: str, at: int) -> int:
    """The end of a line that may hold only a comment from here on."""
    found = _line_rest(text, at)
    if found is None:
        raise Unclear
    return found.end()


def _after_flow(text: str, at: int) -> int:
    """The end of a flow collection."""
    depth = 0
    for found in _in_flow.finditer(text, at):
        sign = found[0]
        if sign in ("[", "{"):
            depth += 1
        elif sign in ("]", "}"):
            depth -= 1
            if depth == 0:
                return found.end()
    raise Unclear


def _end(match: re.Match[str] | None) -> int:
    assert match is not None
    return match.end()
