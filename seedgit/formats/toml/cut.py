"""Cut a TOML text into its entries by its tables and its keys.

A level is the path of a table, each step behind a BELOW. That of an array of tables cannot be
opened.
"""

from __future__ import annotations

import re

from seedgit.merge.cutter import (
    ABOVE,
    BELOW,
    END,
    FREE,
    HEAD,
    MOST_DEEP,
    RUN,
    Cutter,
    Doubt,
    Pieces,
    balanced,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_GLUED_MOST = 200_000  # characters of pieces that go on over what looks like a beginning
_WIDE = 1000  # of a header
_LONG = 20_000  # of a piece with strings of every kind
_BLANKS = " " * 80  # where so many follow each other, to look for a name takes long

_NAME = r"(?:[A-Za-z0-9_-]|[ \t]*+[.][ \t]*+|'[^'\n]*'|\"(?:[^\"\\\n]|\\[^\n])*\")++"
_TABLE_START = re.compile(r"\n[ \t]*\[")
_KEY_START = re.compile(rf"\n[ \t]*+{_NAME}[ \t]*=")
_KEY = re.compile(rf"\n[ \t]*+({_NAME})")
_TABLE = re.compile(r"(?:\n[ \t]*(?:#[^\n]*)?)*\n[ \t]*\[")
_HEADER = re.compile(r"\n[^\n]*")
_COMMENT = re.compile(r"[ \t]*(?:#[^]\"']*)?\Z")
_ITEM = re.compile(r"\n[ \t]*\[\[")
_STEP = re.compile(r"([A-Za-z0-9_-]+)|'([^']*)'|\"([^\"\\]*)\"")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_LINE = re.compile(r"\n[ \t]*[^# \t\n\x03]")
_LINE_COMMENT = re.compile(r"#[^\n]*")
_TEXT = re.compile(r"\"[^\"\n]*\"")
_STRING = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"[^\"\\]|\"\"[^\"\\])*\"\"\"|'''(?:[^']|'[^']|''[^'])*'''"
    r"|\"(?:[^\"\\\n]|\\[^\n])*\"|'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)
_UNENDED = re.compile(r"[\"']|\x03\x03")


class TomlCutter(Cutter):
    def __init__(self) -> None:
        super().__init__()
        self._ends: dict[str, bool] = {}
        self._paths: dict[str, str] = {}

    def begin(self, text: str) -> str:
        if _BLANKS in text.replace("\t", " "):
            raise Doubt
        return ""

    def cut(self, level: str, text: str) -> Pieces:
        found, above = self.pieces(text, _TABLE_START)
        cut = Pieces()
        self._cut_keys(found[0], cut)
        arrays: set[str] = set()
        seen: set[str] = set()
        former = level
        for piece, comments in zip(found[1:], above[1:], strict=False):
            header, path = self._header(piece)
            if path == level + BELOW + RUN:
                raise Doubt
            if path == level:
                self.add(cut, HEAD + ABOVE, comments)
                cut.put(HEAD, header)
                self._cut_keys(piece[len(header) :], cut)
                former = path
                continue
            # All tables below one are its text, and all items of an array.
            whole = path[len(level) + 1 :]
            name = whole.partition(BELOW)[0]
            if RUN in path:
                arrays.add(name)
            elif whole in seen and name not in arrays:
                raise Doubt
            seen.add(whole)
            # What is between may belong to another table than it seems.
            if name in arrays and name in cut.parts and former != name:
                raise Doubt
            self.add(cut, name, comments + piece)
            former = name
        cut.put(END, above[-1])
        return cut

    def level_in(self, level: str, place: str, texts: Sequence[str]) -> str:
        if place in self.runs or RUN in place or any(FREE in text for text in texts):
            raise Doubt
        if not all(map(_TABLE.match, texts)):
            raise Doubt
        return level + BELOW + place

    def check(self, pieces: Sequence[tuple[str, str]]) -> None:
        """A key behind a table's header would be that table's."""
        tables = False
        for place, text in pieces:
            if place == HEAD or not _LINE.search(text):
                continue
            if _TABLE.match(text):
                tables = True
            elif tables:
                raise Doubt

    def whole_pieces(self, raw: list[str]) -> list[str]:
        """A line of an array or of a long string may look like a header or a key."""
        found: list[str] = []
        begun = ""
        glued = 0
        for piece in raw:
            begun += piece
            if self._ends_all(begun):
                found.append(begun)
                begun = ""
                continue
            glued += len(begun)
            if glued > _GLUED_MOST:
                raise Doubt
        if begun:
            raise Doubt
        return found

    def may_hold(self, text: str, tail: str) -> bool:
        return '"""' in tail or "'''" in tail

    def _cut_keys(self, text: str, cut: Pieces) -> None:
        found, above = self.pieces(text, _KEY_START)
        if found[0] or above[-1]:
            raise Doubt
        seen = set()
        for piece, comments in zip(found[1:], above[1:], strict=False):
            match = _KEY.match(piece)
            # All keys below one are its text; each has its own comments.
            path = _path(match[1].rstrip(" \t")) if match else ""
            if not path or path in seen:
                raise Doubt
            seen.add(path)
            self.add(cut, path + ABOVE, comments)
            self.add(cut, path[1:].partition(BELOW)[0], piece)

    def _header(self, piece: str) -> tuple[str, str]:
        """A table's header, and the path that it names. Raises Doubt."""
        match = _HEADER.match(piece)
        header = match[0] if match else ""
        if len(header) > _WIDE:
            raise Doubt
        if header not in self._paths:
            end = "]]" if _ITEM.match(header) else "]"
            name = _COMMENT.sub("", header, count=1).strip("\n \t")
            if not name.endswith(end):
                raise Doubt
            path = _path(name[len(end) : -len(end)].strip(" \t"))
            self._paths[header] = path + (BELOW + RUN if end == "]]" else "")
        return header, self._paths[header]

    def _ends_all(self, text: str) -> bool:
        """Whether a text ends all that it begins."""
        if text in self._ends:
            return self._ends[text]
        # By far most texts have no other strings than these.
        if "'" not in text and "\\" not in text and '"""' not in text:
            rest = _LINE_COMMENT.sub("", _TEXT.sub("", text))
        elif len(text) > _LONG:
            raise Doubt
        else:
            rest = _STRING.sub(FREE, text)
        # Two of them side by side are one over several lines that does not end here.
        self._ends[text] = not _UNENDED.search(rest) and balanced(rest)
        return self._ends[text]


def _path(name: str) -> str:
    path = ""
    for _ in range(MOST_DEEP):
        match = _STEP.match(name)
        if not match:
            break
        path += BELOW + (match[1] or match[2] or match[3] or "")
        name = name[match.end() :]
        if not name:
            return path
        dot = _DOT.match(name)
        if not dot:
            break
        name = name[dot.end() :]
    raise Doubt
