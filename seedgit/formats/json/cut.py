"""Cut the text of a JSON object into its members by their indentation."""

from __future__ import annotations

import re

from seedgit.merge.cutter import END, FREE, HEAD, MOST_ENTRIES, Cutter, Doubt, Pieces, balanced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_END = re.compile(r"\n[ \t]*\},?\Z")
_KEY = re.compile(r"\n[ \t]*\"((?:[^\"\\]|\\/)*)\" *: *")
_MAP = re.compile(r"\n(?:[ \t]*\"(?:[^\"\\]|\\.)*\" *: *)?\{\n([ \t]*)\"", re.DOTALL)
_SCALAR = re.compile(r"(?:\"(?:[^\"\\\n]|\\.)*\"|-?[0-9][0-9.eE+-]*|true|false|null)\Z", re.DOTALL)
_ESCAPE = re.compile(r"\\[^\n]")
_TEXT = re.compile(r"\"[^\"\n]*\"")
_ODD = re.compile(r"[\"/\\\x03]")


class JsonCutter(Cutter):
    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[str, str] = {}
        self._level = ""

    def begin(self, text: str) -> str:
        match = _MAP.match(text)
        level = match[1] if match else ""
        if not level or self._level not in ("", level):
            raise Doubt
        self._level = level
        return level

    def cut(self, level: str, text: str) -> Pieces:
        end = _END.search(text, max(text.rfind("\n"), 0))
        if not end:
            raise Doubt
        start = f'\n{level}"'
        head, *members = text[: end.start()].split(start)
        if len(members) > MOST_ENTRIES:
            raise Doubt
        cut = Pieces()
        cut.put(HEAD, head)
        for number, member in enumerate(members, 1):
            if member.endswith(",") == (number == len(members)):
                raise Doubt
            cut.put(self._key(start + member), start + member)
        cut.put(END, end[0])
        return cut

    def level_in(self, level: str, place: str, texts: Sequence[str]) -> str:
        levels = {match[1] for text in texts if (match := _MAP.match(text))}
        if len(levels) != 1 or not all(map(_MAP.match, texts)):
            raise Doubt
        inner = levels.pop()
        if len(inner) <= len(level):
            raise Doubt
        return inner

    def _key(self, member: str) -> str:
        if member in self._keys:
            return self._keys[member]
        match = _KEY.match(member)
        if not match:
            raise Doubt
        value = member[match.end() :].removesuffix(",")
        if not _SCALAR.match(value):
            _check_whole(value)
        self._keys[member] = match[1].replace("\\/", "/")
        return self._keys[member]


def _check_whole(value: str) -> None:
    """Raise Doubt where a text is not one array or object, or may have a comment in it."""
    # Escapes first, or what ends nowhere would be tried from each of them.
    text = _TEXT.sub("", _ESCAPE.sub(FREE, value))
    if text[:1] not in ("[", "{") or text[-1:] not in ("]", "}") or _ODD.search(text):
        raise Doubt
    if not balanced(text[1:-1]):
        raise Doubt
