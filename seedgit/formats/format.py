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
    from collections.abc import Callable, Sequence

    from seedgit.formats.document import Document
    from seedgit.merge.decision import Decision
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Node
    from seedgit.merge.wrapped import Wrapper
    from seedgit.values.value import Value

    Operation = tuple[str, tuple[str, ...], Value]  # add, replace or remove; where; what
    Editor = Callable[[str, tuple[str, ...], Value], list[Splice]]


class Format(Syntax):
    """What reading and editing need from a format, besides what a merge needs (`Syntax`).

    Every method is pure. Offsets count in `Source.text`.

    only_texts  whether a scalar is always a text or null, never a number, true or false
    at_once     the operations that may be written beside others (`EditBatch`); replace always may
    """

    only_texts = False
    at_once: tuple[str, ...] = ("add", "remove")

    def editor(self, root: Node) -> Editor:
        """Gives the splices of each operation ("add", "replace", "remove"; where; what) on a tree.

        The tree stays as it is. It raises PatchError.
        """
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
