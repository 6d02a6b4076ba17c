"""Cut a YAML text into its entries by the columns of its keys."""

from __future__ import annotations

import re

from seedgit.merge.cutter import (
    ABOVE,
    END,
    FREE,
    HEAD,
    MOST_DEEP,
    MOST_ENTRIES,
    MOST_INSIDE,
    Cutter,
    Doubt,
    Pieces,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = (
    r"\n *(?:[A-Za-z0-9_./$@\\()-]+(?: +[A-Za-z0-9_./$@\\()-]+)*"
    r"|\"[^\"\\\n]*\"|'[^'\n]*'):"
)
_KEY = re.compile(_NAME + r"(?:[ \n]|\Z)")
_MAP = re.compile(_NAME + r" *(?: #[^\n]*)?(?:\n *(?:#[^\n]*)?)*\n( *)[^ #\n-]")
# Keys that others are the same as: 1.50 is 1.5, True is true.
_NO_TEXT = re.compile(
    r"(?:[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?|0[xo][0-9A-Fa-f]+"
    r"|[+-]?[.](?:inf|Inf|INF|nan|NaN|NAN)|True|TRUE|False|FALSE|Null|NULL)\Z"
)
_INDEX = re.compile(r"(?:0|[1-9][0-9]*)\Z")
# Nothing is above one document but comments.
_BEFORE = re.compile(r"(?:\n *(?:#[^\n]*)?|\n%YAML 1\.[0-9]+ *)*\n--- *(?:#[^\n]*)?")
_SCALAR_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\n]*)?\n")
_BLOCK = re.compile(r"[|>][-+0-9]* *(?: #.*)?\Z")
_ODD = re.compile(r"[\"'\[{&*%@`\t]")
_ODD_LINE = re.compile(r"[\"'\[{|>&*%@`\t]")
_ELSEWHERE = re.compile(r"\t|[ \[{,:][&*][A-Za-z0-9_-]|[:-] +(?:[%@`]|\{\{)|^ *[&*%@`]|^ *\{\{")
_MARKS = re.compile(r" *(?:[-?:] +)*")
_TAGS = re.compile(r"(?:![^ ]* +)+")
# Before its first quote or bracket a line has one ": " only, or no parser takes it.
_PLAIN_KEY = re.compile(r"[^]\[\"'{}#]*: +")
_QUOTED_KEY = re.compile(r"(?:\"[^\"\\]*\"|'[^']*') *: *")
_OTHER_KEY = re.compile(r"[^\"'\[{].*:(?: |\Z)")
_QUOTED = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*') *(?: #.*)?\Z")
# A bracket in a text might be taken for one that begins something.
_TEXT = r"(?:\"(?:[^]\"\[{}\\\x03]|\\[^]\[{}])*\"|'[^]'\[{}\x03]*')"
_INSIDE = rf" *{_TEXT}?(?:(?:,|: ) *{_TEXT}|[^]\[{{}}\"'#])*"
_FLOW = re.compile(rf"\[{_INSIDE}\]|\{{{_INSIDE}\}}")
_CLOSED = re.compile(r"\x03 *(?: #.*)?\Z")
_NO_ENTRY = (ABOVE, HEAD)
_BEGINS = re.compile(r"[\"'\[{]")


class YamlCutter(Cutter):
    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()
        self._starts: dict[str, re.Pattern[str]] = {}

    def begin(self, text: str) -> str:
        # Some characters end a line for YAML only. (The text has a character for each byte.)
        if any(end in text for end in ("\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9")):
            raise Doubt
        return ""

    def cut(self, level: str, text: str) -> Pieces:
        start = self._starts.get(level)
        if start is None:
            start = self._starts[level] = re.compile(f"\n{level}[^ #%\n-]")
        found, above = self.pieces(text, start)
        if len(found) < 2:
            raise Doubt
        cut = Pieces()
        cut.put(HEAD, found[0])
        if not level:
            self._check_document(found)
        item = f"\n{level}-"
        for piece, comments in zip(found[1:], above[1:], strict=False):
            key = _key(piece)
            # A key may begin like an item.
            if item in piece and any(
                line[:1] not in (" ", "\n", "") for line in piece.split(item)[1:]
            ):
                raise Doubt
            self.add(cut, key + ABOVE, comments)
            cut.put(key, piece)
        cut.put(END, above[-1])
        return cut

    def level_in(self, level: str, place: str, texts: Sequence[str]) -> str:
        levels = {match[1] for text in texts if (match := _MAP.match(text))}
        if len(levels) != 1 or not all(map(_MAP.match, texts)):
            raise Doubt
        inner = levels.pop()
        if not len(level) < len(inner) <= MOST_DEEP:
            raise Doubt
        return inner

    def check(self, pieces: Sequence[tuple[str, str]]) -> None:
        """A map without entries is none."""
        if not any(text and place[-1:] not in _NO_ENTRY for place, text in pieces):
            raise Doubt

    def may_hold(self, text: str, tail: str) -> bool:
        return bool(_SCALAR_HEADER.search(text + "\n"))

    def _check_document(self, found: list[str]) -> None:
        """Raise Doubt unless the lines of one document are what they seem: what begins on a line is
        a key, or ends on that line. Lines of a quoted text or of a flow collection may look like
        keys; an anchor may be used far away; text that does not parse, such as a template, has to
        be noticed."""
        match = _BEFORE.match(found[0])
        if found[0] and not (match and match.end() == len(found[0])):
            raise Doubt
        for piece in found[1:]:
            if piece in self._seen:
                continue
            if "\n---" in piece or (_ODD.search(piece) and not _plain(piece)):
                raise Doubt
            self._seen.add(piece)


def _key(piece: str) -> str:
    match = _KEY.match(piece)
    if not match:
        raise Doubt
    key = match[0].rstrip(" \n")[:-1].lstrip("\n ")
    if key[:1] in ("'", '"'):
        key = key[1:-1]
    if _NO_TEXT.match(key) and not _INDEX.match(key):
        raise Doubt
    return key


def _plain(text: str) -> bool:
    """Whether each line of a text that begins something ends it."""
    column = 0  # of the block scalar that goes on; its lines stand further right
    for line in text.split("\n"):
        if column:
            indent = len(line) - len(line.lstrip(" "))
            if indent >= column or indent == len(line):
                continue
            column = 0
        if not _ODD_LINE.search(line) or line.lstrip(" ")[:1] == "#":
            continue
        found = _column_after(line)
        if found is None:
            return False
        column = found
    return True


def _column_after(line: str) -> int | None:
    """Where the lines of a block scalar stand that a line begins, or 0; None if it may begin
    something else that does not end on it."""
    if _ELSEWHERE.search(line):
        return None
    indent = len(line) - len(line.lstrip(" "))
    match = _MARKS.match(line)
    at = match.end() if match else 0
    rest = _untagged(line[at:])
    value = rest
    key = _PLAIN_KEY.match(rest) or _QUOTED_KEY.match(rest)
    if key:
        value = rest[key.end() :]
    elif _OTHER_KEY.match(rest):
        return None
    value = _untagged(value)
    if _BLOCK.match(value):
        # On a line of its own it may be text.
        if not key and at == indent:
            return None
        return at + 1 if key else at - 1
    closed = not _BEGINS.match(value) or _QUOTED.match(value) or _ends_here(value)
    return 0 if closed else None


def _untagged(text: str) -> str:
    match = _TAGS.match(text)
    return text[match.end() :] if match else text


def _ends_here(text: str) -> bool:
    """Whether a flow collection ends on its line."""
    if len(text) > MOST_INSIDE or text.count("[") + text.count("{") > MOST_ENTRIES:
        return False
    for _ in range(MOST_DEEP):
        text, count = _FLOW.subn(FREE, text)
        if not count:
            break
    return bool(_CLOSED.match(text))
