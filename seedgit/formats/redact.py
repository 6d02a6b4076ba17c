"""Mask the content of a file's versions but keep their shape, for a report that can be sent.

Keys, layout, punctuation and the number of words stay. Each word and number of a value or a comment
is replaced by another, the same everywhere. So equal texts stay equal, and different ones differ.
"""

from __future__ import annotations

import re

from seedgit.errors import InvalidDocument
from seedgit.formats.registry import format_of
from seedgit.values.value import Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seedgit.formats.format import Format
    from seedgit.merge.tree import Node

# What an escape spells belongs to a word, and so do bytes that are not UTF-8; `\n`, `\"` and the
# like stand between words.
_SPELLED = r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2})"
_WORD = re.compile(rf"(?P<word>(?:{_SPELLED}|[\w\udc80-\udcff])+)|\\.")
_TOKEN = re.compile(rf"[&*](?P<name>[^\s,\[\]{{}}]+)|{_WORD.pattern}")
_ANCHOR = re.compile(r"(?<![^\s\[{,])&([^\s,\[\]{}]+)")
_ALIAS = re.compile(_ANCHOR.pattern.replace("&", "\\*"))
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)*")  # an anchor and a tag, before a value
_TYPE = re.compile(r"(?:!!(?:str|int|float|bool|null)\s+)?")  # a tag that leaves a plain value
_NUMBER = re.compile(r"[0-9]+")
_BASED = re.compile(r"([-+]?0[xob])([0-9A-Fa-f_]+)")
_BASES = {"x": 16, "o": 8, "b": 2}
_DATE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)?(?P<mark>[Tt ])?(?P<time>\d\d:\d\d(:\d\d)?)?"
    r"(?P<fraction>\.\d+)?(?P<zone>[Zz]|[-+]\d\d:\d\d)?"
)


class Redactor:
    """Masks several texts in the same way."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._dates: dict[str, int] = {}
        self._anchors: frozenset[str] = frozenset()  # names that keep, as they tie a file together

    def text(self, data: bytes, path: str) -> tuple[bytes, bool]:
        """The masked bytes, and whether the shape is kept. A text that does not parse is masked
        throughout, keys too."""
        text = data.decode("utf-8", "surrogateescape")
        format = format_of(path)
        made = None
        try:
            text.encode()
            if format is None:
                raise InvalidDocument("unknown format")
            made = self._shaped(format, text, path)
        except (InvalidDocument, UnicodeError):  # the other one if it is not UTF-8
            self._anchors = frozenset()
        masked = self._masked(text) if made is None else made
        return masked.encode("utf-8", "surrogateescape"), made is not None

    def _shaped(self, format: Format, text: str, path: str) -> str:
        """A masked text of the same shape. Raises InvalidDocument where that cannot be had."""
        body = text.removeprefix("\ufeff")
        root = format.parse(body, path)
        self._anchors = frozenset(_anchors(root))
        comment = re.compile(format.comment)
        parts: list[str] = []
        at = 0
        leaves = (node for node in _nodes(root) if node.kind == "scalar")
        for node in sorted(leaves, key=lambda n: n.start):
            if node.start < at:
                continue
            parts.append(comment.sub(lambda m: self._masked(m[0]), body[at : node.start]))
            parts.append(self._leaf(node))
            at = node.end
        parts.append(comment.sub(lambda m: self._masked(m[0]), body[at:]))
        masked = "".join(parts)
        if _shape(format.parse(masked, path)) != _shape(root):
            raise InvalidDocument("has another shape once it is masked")
        return text[: len(text) - len(body)] + masked

    def word(self, text: str) -> str:
        """A text from beside a document, masked as it is in there."""
        return _NUMBER.sub(self._number, text) if text.isdecimal() else self._masked(text)

    def _leaf(self, node: Node) -> str:
        text, value = node.text, node.value
        if value is None or isinstance(value, bool) or node.anchor[:1] == "*":
            return text
        tagged = node.anchor or isinstance(value, Opaque)
        found = (_PROPERTIES if tagged else _TYPE).match(text)
        head = found[0] if found else ""
        body = text[len(head) :]
        if isinstance(value, (int, float)):
            based = _BASED.fullmatch(body)
            return head + (self._based(based) if based else _NUMBER.sub(self._number, body))
        date = _DATE.fullmatch(body) if isinstance(value, Opaque) else None
        return head + (self._date(date) if date else self._masked(body))

    def _masked(self, text: str) -> str:
        return _TOKEN.sub(self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return self._word(match)
        return match[0] if name in self._anchors else match[0][0] + _WORD.sub(self._word, name)

    def _word(self, match: re.Match[str]) -> str:
        word = match["word"]
        if word is None:
            return match[0]
        if word.isascii() and word.isdigit() and len(word) < 1000:
            return self._number(match)
        return self._words.setdefault(word, f"w{len(self._words) + 1}")

    def _number(self, match: re.Match[str]) -> str:
        """Another number of as many digits, if there is one left."""
        return self._another(match[0], len(match[0]), 10, str)

    def _based(self, match: re.Match[str]) -> str:
        """The same for one such as `0xFF`."""
        base = match[1][-1]
        digits = match[2].replace("_", "")
        return match[1] + self._another(digits, len(digits), _BASES[base], f"{{:{base}}}".format)

    def _another(self, digits: str, length: int, base: int, text: Callable[[int], str]) -> str:
        if length == 1:
            return digits  # one digit hides nothing, and versions and counts need it
        low = base ** (length - 1)
        fresh = low + len(self._numbers) % ((base - 1) * low)
        return self._numbers.setdefault(f"{base} {digits}", text(fresh))

    def _date(self, match: re.Match[str]) -> str:
        """Another date or time of the same form."""
        number = self._dates.setdefault(match[0], len(self._dates))
        date = f"{1000 + number % 9000}-01-01" if match["date"] else ""
        time = f"00:{number // 60 % 60:02}:{number % 60:02}"[: len(match["time"] or "")]
        fraction = re.sub(r"\d", "0", match["fraction"] or "")
        zone = re.sub(r"\d", "0", match["zone"] or "")
        return date + (match["mark"] or "") + time + fraction + zone


def _nodes(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(entry.node for entry in node.entries)


def _anchors(root: Node) -> Iterator[str]:
    """The names of anchors: those of nodes, and those within a value that is one whole."""
    for node in _nodes(root):
        yield node.anchor.removeprefix("*")
        if isinstance(node.value, Opaque):
            yield from {*_ANCHOR.findall(node.text)} & {*_ALIAS.findall(node.text)}


def _shape(root: Node) -> list[object]:
    """What is to stay: keys, kinds, and values that are in no need of a mask."""
    found: list[object] = []
    for node in _nodes(root):
        plain = node.value is None or isinstance(node.value, bool)
        kind = float if isinstance(node.value, int) else type(node.value)
        found += [node.kind, node.value if plain else kind, [entry.path for entry in node.entries]]
    return found
