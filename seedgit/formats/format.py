"""A format: how its texts are read, edited and merged.

`formats/<name>/` has one `FORMAT`, an instance of a class derived from this one. It overrides the
methods where it differs from most formats. Methods import what they need: start-up is most of what
a small merge costs.
"""

from __future__ import annotations

from seedgit.merge.syntax import Syntax
from seedgit.merge.tree import way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from seedgit.formats.document import Document
    from seedgit.merge.decision import Decision
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node
    from seedgit.merge.wrapped import Wrapper
    from seedgit.values.value import Value

    Operation = tuple[str, tuple[str, ...], Value]  # add, replace or remove; where; what
    Step = tuple[str, str, Value]  # the same of a member or an item

    class Editor(Protocol):
        """Gives the splices of each operation ("add", "replace", "remove"; where; what) on a tree.

        The tree stays as it is. The rest is for operations that are written at once (`EditBatch`).

        votes   whether the look of a new container depends on those that are there
        models  the kinds of containers that new ones may look like
        trims   whether blank lines go that come to stand first in the file
        ready   whether other changes can be written beside the last one
        slot    where the last new entry went; with others, no place of two slots is the same
        """

        votes: bool
        models: frozenset[type]
        slot: str
        trims: bool

        @property
        def ready(self) -> bool: ...

        def __call__(self, op: str, tokens: tuple[str, ...], value: Value) -> list[Splice]:
            """Raises PatchError."""

        def number(self, container: Node, entry: Entry) -> int:
            """The index of an entry in its container."""

        def steps(self, op: str, tokens: tuple[str, ...], value: Value) -> list[Step] | None:
            """What an operation is made of, if it is made member by member."""

        def member(self, tokens: tuple[str, ...]) -> tuple[Node | None, Entry | None]:
            """What holds the place of a pointer, and the entry there, as the text has them."""

        def behind(self, holder: Node, tokens: tuple[str, ...]) -> Entry | None:
            """The entry that a new one goes behind; None if that may change as it likes."""

        def leaders(self, holder: Node) -> list[Entry]:
            """The entries that a new scalar in a container is made like. As long as they stay, and
            the one it goes behind, it looks the same, whatever else of it is gone."""

        def steady(
            self, holder: Node, tokens: tuple[str, ...], value: Value, splice: Splice, others: int
        ) -> bool:
            """Whether the next new entry is written as it would be without this one, which was
            written last, and without so many other changes."""

        def put_in(self, tokens: tuple[str, ...], value: Value) -> None:
            """A steady entry is written beside others: those that follow may look like it."""

        def unended(self, holder: Node, last: int) -> list[Splice]:
            """What else goes if that entry of a container is the last one that stays."""


class Format(Syntax):
    """What reading and editing need from a format, besides what a merge needs (`Syntax`).

    Every method is pure. Offsets count in `Source.text`.

    only_texts  whether a scalar is always a text or null, never a number, true or false
    """

    only_texts = False

    def glance(self, text: str) -> Value:
        """The map or list that `parse` finds in a text, where it is laid out so plainly that this
        takes no tree, and each scalar is written by itself on one line. None: that is unknown."""
        return None

    def editor(self, root: Node) -> Editor:
        """What edits a tree."""
        raise NotImplementedError

    def start(self, root: Node, tokens: Sequence[str]) -> int | None:
        """Where the value at a pointer begins, with its key.

        If there is no such value, where the entry begins that would hold it; None if not even the
        first token names anything.
        """
        found = way(root, tokens)
        if found:
            return found[-1].start
        return None if tokens else root.start

    def spans(self, root: Node, tokens: Sequence[str]) -> list[tuple[int, int]]:
        """The (start, end) of each part of the text that makes up the value at a pointer, with its
        key; empty if there is no such value."""
        found = way(root, tokens)
        if len(found) < len(tokens):
            return []
        return [(found[-1].start, found[-1].node.end)] if found else [(0, root.end)]

    def wrapper(self, node: Node) -> Wrapper | None:
        if node.layout != "flow":
            return None
        from seedgit.formats import wrapped_brackets

        return wrapped_brackets

    def key_spans(self, root: Node, tokens: Sequence[str]) -> list[tuple[int, int]]:
        """The (start, end) of each place where the text has the last key of a pointer, with its
        quotes."""
        import re  # late: to load it takes longer than most merges

        found = way(root, tokens)
        if len(found) < len(tokens):
            return []
        key = re.compile(r"([\"']?)" + re.escape(tokens[-1]) + r"\1")
        match = key.match(root.source.text, found[-1].start)
        return [match.span()] if match else []

    def fitted(
        self, document: Document, versions: Decision, decisions: Sequence[Decision]
    ) -> Document:
        """A file whose conflicts a person resolved, repaired where an entry went, such as a comma
        that is left over.

        versions   the decisions of the whole merge
        decisions  its conflicts

        Raises InputError if a choice would change what its neighbour means.
        """
        return document
