"""Mask the content of a file's versions but keep their shape, for a report that can be sent.

Keys, layout, punctuation and the number of words stay. Each word and number of a value or a comment
is replaced by another, the same everywhere. So equal texts stay equal, and different ones differ.
"""

from __future__ import annotations

import re

from seedgit.errors import InvalidDocument
from seedgit.formats.registry import format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.merge.tree import Node

# Escapes, tags, anchors and aliases keep their text; the words between them do not.
_WORD = re.compile(
    r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|.)|(?<!\S)[&*!][^\s,\[\]{}]+|\w+"
)
_NUMBER = re.compile(r"[0-9]+")


class Redactor:
    """Masks several texts in the same way."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._numbers: dict[str, str] = {}

    def text(self, data: bytes, path: str) -> tuple[bytes, bool]:
        """The masked bytes, and whether the shape is kept. A text that does not parse is masked
        throughout, keys too."""
        text = data.decode("utf-8", "surrogateescape")
        format = format_of(path)
        try:
            if format is None:
                raise InvalidDocument("unknown format")
            root = format.parse(text.removeprefix("\ufeff"), path)
        except (InvalidDocument, UnicodeError):  # the other one if it is not UTF-8
            masked = self._masked(text)
            return masked.encode("utf-8", "surrogateescape"), False
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        body = text.removeprefix("\ufeff")
        parts: list[str] = []
        comment = re.compile(format.comment)
        at = 0
        for node in sorted(_leaves(root), key=lambda n: n.start):
            if node.start < at:
                continue
            gap = body[at : node.start]
            parts.append(comment.sub(lambda m: self._masked(m[0]), gap))
            parts.append(self._leaf(node))
            at = node.end
        parts.append(comment.sub(lambda m: self._masked(m[0]), body[at:]))
        return (mark + "".join(parts)).encode("utf-8", "surrogateescape"), True

    def word(self, text: str) -> str:
        """A text from beside a document, masked as it is in there."""
        return _NUMBER.sub(self._number, text) if text.isdecimal() else self._masked(text)

    def _leaf(self, node: Node) -> str:
        if node.value is None or isinstance(node.value, bool) or node.anchor[:1] == "*":
            return node.text
        if isinstance(node.value, (int, float)):
            return _NUMBER.sub(self._number, node.text)
        return self._masked(node.text) if isinstance(node.value, str) else node.text

    def _masked(self, text: str) -> str:
        return _WORD.sub(self._word, text)

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        if word[0] in "\\&*!":
            return word
        if word.isascii() and word.isdigit() and len(word) < 1000:
            return self._number(match)
        return self._words.setdefault(word, f"w{len(self._words) + 1}")

    def _number(self, match: re.Match[str]) -> str:
        """Another number of as many digits, if there is one left."""
        digits = match[0]
        if len(digits) == 1:
            return digits  # one digit hides nothing, and versions and counts need it
        low = 10 ** (len(digits) - 1)
        fresh = low + len(self._numbers) % (9 * low)
        return self._numbers.setdefault(digits, str(fresh))


def _leaves(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "scalar":
            yield node
        stack.extend(entry.node for entry in node.entries)
