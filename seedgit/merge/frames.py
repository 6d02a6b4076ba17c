"""How a walk through a text sees it: containers that are open, and where their entries begin.

Each format has a `Walker`. It goes from entry to entry without making a tree, which costs a
fraction of parsing. Where it is not sure what the text means, it raises `Unclear`.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal, TypeAlias

    from seedgit.values.value import Value

    # The key of an entry as the tree has it: a text, or several tokens.
    Key: TypeAlias = "str | tuple[str, ...]"
    # Where a name is given or used: (place, whether it is given, the name).
    Mark: TypeAlias = "tuple[int, bool, str]"


class Unclear(Exception):
    """The text cannot be understood without parsing."""


class Unread:
    """The type of UNREAD, which stands for a value that is no text and no number, or not read."""


UNREAD = Unread()


class Frame:
    """A container that is open.

    column   the column of its entries, where that has a meaning
    flow     whether it is one in brackets (`merge.flow_walk`)
    name     TOML: the name of the table or array
    starts   where its entries begin; what stands above an entry may belong to the one before
    keys     of a map: the keys of its entries
    odd      of a map: whether some key cannot be read
    open     whether its last entry still waits for its value
    scalars  of a list: whether some item is no container
    end      where the container ends, once that is known
    """

    __slots__ = (
        "column",
        "end",
        "flow",
        "keys",
        "kind",
        "name",
        "odd",
        "open",
        "scalars",
        "starts",
    )

    def __init__(
        self,
        kind: Literal["map", "list"],
        column: int = 0,
        name: tuple[str, ...] = (),
        flow: bool = False,
    ) -> None:
        self.kind = kind
        self.flow = flow
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
        frame = Frame(self.kind, self.column, self.name, self.flow)
        frame.open = self.open
        return frame

    @property
    def shape(self) -> tuple[str, int, tuple[str, ...], bool, bool]:
        return self.kind, self.column, self.name, self.open, self.flow


def odd(signs: str = "", where: str = "(?!)") -> re.Pattern[str]:
    """The pattern for `Walker.odd`. signs: further signs that count; where: what has to follow a
    sign of these for it to count.

    A set of signs comes first, because that is what `re` searches for fast.
    """
    whole = r"(?:(?<=0)(?:\d+|[xob]\w+)|(?<=\+)\d+|(?<=[+-])(?:0\d+|\d+_[\d_]+)|(?<=\d)\d*_[\d_]+)"
    number = rf"(?<![\w.+:/-][-+0-9]){whole}(?![\w.+:/-])"
    return re.compile(rf"[-+0-9\\|>{signs}](?:(?<=\\)|(?<=[|>])[+-]?[+\d]|{number}|{where})")


class Walker:
    """Walks through texts of one format, and makes the stubs for what is cut out of them.

    odd      finds what does not show its value by its words: escapes, an integer that is not
             written in the usual way, the indentation of a text
    repeats  whether a key may stand several times in a map
    inline   whether a stub in brackets may stand anywhere, and not only on a line of its own
    """

    odd = odd()
    repeats = True
    inline = False

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

    def marks(self, text: str) -> Iterator[Mark]:
        """What ties parts of a text to others; in a text or comment there may be what only looks
        like it."""
        return iter(())

    def members(self, item: str) -> list[str]:
        """The keys of a list's item, if that is a map. Raises Unclear."""
        raise NotImplementedError

    def named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        """The member `name` of each item of a list but the last one; None if it has none.

        starts  where the items begin

        Raises Unclear.
        """
        raise NotImplementedError

    def flow_members(self, item: str) -> list[str]:
        """The same for an item in brackets."""
        raise NotImplementedError

    def flow_named(self, text: str, starts: Sequence[int], name: str) -> Iterator[Value]:
        """The same as `named`, for a list in brackets."""
        raise NotImplementedError

    def inside(self, item: str) -> str:
        """The text of an item without what names the list. Raises Unclear."""
        return item

    def sure(self, items: str) -> None:
        """Raises Unclear where comments may look like values. A # with a blank before it is known
        to begin a comment, or a part of a text."""
