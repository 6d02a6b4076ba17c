"""What the lines of a large file look like to `merge.outline`, which does not parse."""

from __future__ import annotations

import re

# The depth of blank lines and comments: never a place of their own.
DEEP = 1 << 30


class Lines:
    """The lines of a format; each has its own `entry`, `head`, `key_of`, `line` and `body`.

    opens     how a file or container begins that is looked into, but has no key
    closes    how a line begins that only ends what is above it
    entry     stands for entries of one line
    comment   how a line begins that says nothing
    head      a line below which the value of a map's entry stands
    key_of    the key that a line says
    line      a whole entry on one line
    bound     what in a body has to do with what is outside of it
    words     keys that have several writings
    """

    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    entry: str
    comment: tuple[str, ...] = ("#", "\r")
    head: re.Pattern[str]
    key_of: re.Pattern[str]
    line: re.Pattern[str]
    bound = re.compile(r"(?!)")
    words: frozenset[str] = frozenset()

    def fit(self, text: str) -> bool:
        """Whether a file's lines say what they are."""
        return True

    def depths(self, lines: list[str]) -> list[int]:
        """How deep each line stands."""
        bare = [line.lstrip(" \t") for line in lines]
        return [
            len(line) - len(rest) if rest and not rest.startswith(self.comment) else DEEP
            for line, rest in zip(lines, bare, strict=True)
        ]

    def is_item(self, head: str) -> bool:
        """Whether a line is the first of a list's item."""
        return False

    def is_document(self, head: str) -> bool:
        """Whether a line is about a whole document, and not an entry."""
        return False

    def has_body(self, head: str) -> bool:
        """Whether what stands below a line is the value of a map's entry."""
        return bool(self.head.match(head)) and not self.is_item(head)

    def body(self, head: str) -> str:
        """Stands for what is below a line."""
        raise NotImplementedError

    def is_bound(self, body: list[str]) -> bool:
        """Whether a body has to do with what is outside of it."""
        return bool(self.bound.search("\n".join(body)))

    def key(self, head: str) -> str | None:
        """The key of a map's entry, where its line says it."""
        match = self.key_of.match(head)
        return match[match.lastindex or 0] if match else None

    def is_entry(self, head: str, key: str | None) -> bool:
        """Whether an entry is on one line, with a key that has one writing."""
        return key is not None and key.lower() not in self.words and bool(self.line.match(head))
