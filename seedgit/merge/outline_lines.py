"""What the lines of a large file look like to `merge.outline`, which does not parse: by format."""

from __future__ import annotations

import re

# The depth of blank lines and comments: never a place of their own.
DEEP = 1 << 30

_BLOCK_COMMENT = "/*"


class Lines:
    """The lines of YAML, and what the other formats have otherwise.

    opens     how a file or container begins that is looked into, but has no key
    closes    how a line begins that only ends what is above it
    in_items  whether a list's item is told by its first line
    entry     stands for entries of one line
    """

    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    in_items = True
    entry = "{}: 0"

    _comment: tuple[str, ...] = ("#", "\r")
    _head = re.compile(r"[^\s#&*!?|>'\"\[{][^#&*!|>\"'{}\[\]]*:[ \t]*(?:#.*)?\r?$")
    _key = re.compile(
        r"""(?:"([^"\\]*)"|'([^']*)'|"""
        r"""([^\s&*!|>'"%@`#,\[\]{}?:-][^:#'" \t]*(?:[ \t]+[^:#'" \t]+)*))[ \t]*:(?=[ \t]|$)"""
    )
    _line = re.compile(
        r"""[A-Za-z_][\w.-]*:[ \t]+"""
        r"""(?:"[^"\\]*"|'[^']*'|-?[\w./+](?:[^#:"'\[\]{}&*]|:(?=[^\s#:"'\[\]{}&*]))*)$"""
    )
    _bound = re.compile(r"(?:^|[\s\[{,])[&*]\w")
    # What null, true, false and numbers are called as keys, which have several writings.
    _words = frozenset(("null", "true", "false", "inf", "nan"))

    def fit(self, text: str) -> bool:
        """Whether a file's lines say what they are."""
        return True

    def depths(self, lines: list[str]) -> list[int]:
        """How deep each line stands."""
        bare = [line.lstrip(" \t") for line in lines]
        return [
            len(line) - len(rest) if rest and not rest.startswith(self._comment) else DEEP
            for line, rest in zip(lines, bare, strict=True)
        ]

    def is_item(self, head: str) -> bool:
        return self.in_items and (head == "-" or head.startswith(("- ", "-\r")))

    def is_document(self, head: str) -> bool:
        """Whether a line is about a whole document, and not an entry."""
        return self.in_items and head.startswith(("---", "...", "%"))

    def has_body(self, head: str) -> bool:
        """Whether what stands below a line is the value of a map's entry."""
        return bool(self._head.match(head)) and not self.is_item(head)

    def body(self, head: str) -> str:
        """Stands for what is below a line."""
        return "{{{}: 0}}"

    def is_bound(self, body: list[str]) -> bool:
        """Whether a body has to do with what is outside of it."""
        return bool(self._bound.search("\n".join(body)))

    def key(self, head: str) -> str | None:
        """The key of a map's entry, where its line says it."""
        match = self._key.match(head)
        return match[match.lastindex or 0] if match else None

    def is_entry(self, head: str, key: str | None) -> bool:
        """Whether an entry is on one line, with a key that has one writing."""
        return key is not None and key.lower() not in self._words and bool(self._line.match(head))


class JsonLines(Lines):
    opens = ("{",)
    closes = ("}", "]")
    in_items = False
    entry = '"{}": 0,'

    _comment = ("//", "\r")
    _head = re.compile(r'"[^"\\]*"[ \t]*:[ \t]*[{\[]\r?$')
    _key = re.compile(r'"([^"\\]*)"[ \t]*:')
    _line = re.compile(
        r'"[^"\\]*"[ \t]*:[ \t]*(?:"(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|true|false|null),$'
    )
    # A container that ends on a line where another one begins may not be the one that began above.
    _bound = re.compile(r"[]}][^]}\n]*[{\[]")
    _words = frozenset()

    def fit(self, text: str) -> bool:
        return _BLOCK_COMMENT not in text

    def body(self, head: str) -> str:
        return '"{}": 0' if head.endswith(("{", "{\r")) else '"{}"'


class TomlLines(Lines):
    in_items = False
    entry = "{} = 0"

    _head = re.compile(r"\[[^]\['\"#]+\][ \t]*(?:#.*)?$")
    _key = re.compile(r"([A-Za-z0-9_-]+)[ \t]*=")
    _line = re.compile(
        r"""[\w-]+[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w:.+-]+)[ \t]*$""", re.ASCII
    )
    _bound = re.compile(r"(?!)")
    _words = frozenset()

    def fit(self, text: str) -> bool:
        return '"""' not in text and "'''" not in text

    def body(self, head: str) -> str:
        return "{} = 0"

    def depths(self, lines: list[str]) -> list[int]:
        """A table's header is above its lines, wherever they stand."""
        return [
            0 if line.startswith("[") else 1 if depth < DEEP else DEEP
            for line, depth in zip(lines, super().depths(lines), strict=True)
        ]


LINES: dict[str, Lines] = {"yaml": Lines(), "json": JsonLines(), "toml": TomlLines()}
