"""How a walk through a text sees it: containers that are open, and where their entries begin.

Each format has a `Walker`. It goes from entry to entry without making a tree, which costs a
fraction of parsing. Where it is not sure what the text means, it raises `Unclear`.
"""

from __future__ import annotations

import re
from itertools import pairwise

from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal, TypeAlias

    from seedgit.values.value import Value

    # The key of an entry as the tree has it: a text, or several tokens.
    Key: TypeAlias = "str | tuple[str, ...]"


_BOUNDS = "=<>!~@["  # what a requirement has behind its name
_word = re.compile(r"[\w.+/:-]+")
# Integers that are not written in the usual way, indentation of a text, comments, escapes.
_odd = re.compile(
    r"(?<![\w.+:/-])(?:[+-]?0\d+|0[xob]\w+|\+\d+|[+-]?\d+_[\d_]+)(?![\w.+:/-])|[|>][+-]?\d|[#\\]"
)
_TRIED = 1000  # places of a word; after that it is taken for one of the text's
_float = re.compile(r"[+-]?(?=[\d.])\.?\d.*\D|[+-]?\.\w+\Z|[+-]?(?:inf|infinity|nan)\Z")


class Unclear(Exception):
    """The text cannot be understood without parsing."""


class Unread:
    """The type of UNREAD, which stands for a value that is no text and no number, or not read."""


UNREAD = Unread()


class Frame:
    """A container that is open.

    column   the column of its entries, where that has a meaning
    name     TOML: the name of the table or array
    starts   where its entries begin; what stands above an entry may belong to the one before
    keys     of a map: the keys of its entries
    odd      of a map: whether some key cannot be read
    open     whether its last entry still waits for its value
    scalars  of a list: whether some item is no container
    end      where the container ends, once that is known
    """

    __slots__ = ("column", "end", "keys", "kind", "name", "odd", "open", "scalars", "starts")

    def __init__(
        self, kind: Literal["map", "list"], column: int = 0, name: tuple[str, ...] = ()
    ) -> None:
        self.kind = kind
        self.column = column
        self.name = name
        self.starts: list[int] = []
        self.keys: list[Key] = []
        self.odd = False
        self.open = False
        self.scalars = False
        self.end = -1

    def rest(self) -> Frame:
        """The same container, for the entries that follow."""
        frame = Frame(self.kind, self.column, self.name)
        frame.open = self.open
        return frame

    @property
    def shape(self) -> tuple[str, int, tuple[str, ...], bool]:
        return self.kind, self.column, self.name, self.open


class Walker:
    """Walks through texts of one format, and makes the stubs for what is cut out of them."""

    def begin(self, text: str) -> tuple[list[Frame], int]:
        """The containers that are open at the first entry, and where that is."""
        return [Frame("map")], 0

    def walk(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        """Walk from `at` to `limit`, and return where it stopped: always between two tokens.

        beyond  whether to stop at or after the limit instead of at or before it
        frames  the open containers, the outermost first; changed in place

        Raises Unclear.
        """
        raise NotImplementedError

    def stub(self, piece: str, name: str) -> str:
        """A comment that stands for a piece of text, which holds whole entries."""
        raise NotImplementedError

    def is_bound(self, piece: str) -> bool:
        """Whether something ties a piece to the text outside of it."""
        return False

    def members(self, item: str) -> list[str]:
        """The keys of a list's item, if that is a map. Raises Unclear."""
        raise NotImplementedError

    def named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        """The member `name` of each item of a list but the last one; None if it has none.

        starts  where the items begin

        Raises Unclear.
        """
        raise NotImplementedError

    def may_hold(
        self, text: str, starts: Sequence[int], values: Sequence[Value], scalars: bool
    ) -> bool:
        """Whether an item of a list may be one of these values, or whether items may have names
        (`values.requirement`).

        starts   where the items begin; the last one, where the last item ends
        scalars  whether some item is no container
        """
        region = text[starts[0] : starts[-1]] if len(starts) > 1 else ""
        texts = [canonical(value) for value in values]
        if _odd.search(region) or any("\\" in text for text in texts):
            return True
        if scalars and any(sign in part for sign in _BOUNDS for part in (region, *texts)):
            return True
        lower = region.lower()
        wanted = {words for words in map(_words, texts) if _may_have(lower, words)}
        return bool(wanted) and any(
            _words(self.inside(text[low:high])) in wanted for low, high in pairwise(starts)
        )

    def inside(self, item: str) -> str:
        """The text of an item without what names the list. Raises Unclear."""
        return item


def _words(text: str) -> tuple[str, ...]:
    """The words of an item. Equal items have the same ones however they are written; other items
    may have them too."""
    words = []
    for word in _word.findall(text):
        word = word.strip(":").lower()
        if word not in ("", "-", "null"):
            words.append("#" if _float.match(word) else word)
    return tuple(sorted(words))


def _may_have(text: str, words: tuple[str, ...]) -> bool:
    """Whether all of these words stand in a text. No word stands for any float."""
    for word in sorted(set(words) - {"#"}, key=len, reverse=True):
        at = text.find(word)
        for _ in range(_TRIED):
            if at < 0:
                return False
            if not _part(text[max(at - 1, 0) : at]) and not _part(
                text[at + len(word) : at + len(word) + 1]
            ):
                break
            at = text.find(word, at + 1)
    return True


def _part(sign: str) -> bool:
    """Whether a character beside a word belongs to it."""
    return sign != "" and (sign.isalnum() or sign in "_.+/-")
