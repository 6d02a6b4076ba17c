"""What the lines of a large file look like to `merge.outline`, which does not parse."""

from __future__ import annotations

import re

# The depth of blank lines and comments: never a place of their own.
DEEP = 1 << 30


class Lines:
    """The lines of a format; each has its own `entry`, `head`, `key_of`, `line` and `body`.

    opens     head lines without a key whose container is searched all the same
    closes    how a line begins that only closes a container
    entry     the form of a stub for a run of one-line entries
    comment   how a line without content begins
    head      a line with the value of its entry below it
    key_of    finds the key in a line
    line      a whole entry on one line
    bound     finds what ties a body to the text outside of it
    words     keys that can be written in several ways
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
        """Whether the lines of this file can be understood without parsing."""
        return True

    def depths(self, lines: list[str]) -> list[int]:
        """The indentation of each line; DEEP for blank lines and comments."""
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
        """Whether the lines below a line are the value of a map's entry."""
        return bool(self.head.match(head)) and not self.is_item(head)

    def body(self, head: str) -> str:
        """The form of a stub for the lines below a head line."""
        raise NotImplementedError

    def is_bound(self, body: list[str]) -> bool:
        """Whether something ties a body to the text outside of it."""
        return bool(self.bound.search("\n".join(body)))

    def key(self, head: str) -> str | None:
        """The key of a map's entry, if it can be read from its line."""
        match = self.key_of.match(head)
        return match[match.lastindex or 0] if match else None

    def is_entry(self, head: str, key: str | None) -> bool:
        """Whether a line is a whole entry, with a key that can be written in one way only."""
        return key is not None and key.lower() not in self.words and bool(self.line.match(head))
