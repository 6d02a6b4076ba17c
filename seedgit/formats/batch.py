"""Operations that are written into a text at once, because no two of them meet.

The text is what it would be if they were written one after the other, in the style that it has
before them all. It has to be read again only once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from seedgit.errors import PatchError
from seedgit.formats.edit_tree import Lookup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.formats.format import Format, Operation
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node

    Tokens = tuple[str, ...]


class EditBatch:
    """Operations on one tree. `take` puts them in, in the order of their patch."""

    def __init__(self, format: Format, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.at_once = format.at_once
        self.edit = format.editor(root)
        self.places = Lookup()
        self.splices: list[Splice] = []  # by place
        self.starts: list[int] = []
        self.closed = False  # nothing can stand beside what is there
        self.whole: set[Tokens] = set()  # the places that are changed
        self.above: set[Tokens] = set()  # these, and the places that hold them
        self.added: dict[int, int] = {}  # where something is put in, and the container
        self.removed: dict[int, bool] = {}  # entries that go, and whether all of their lead does
        self.cuts: set[int] = set()  # where these begin
        self.shrunk: set[int] = set()  # what they go out of

    @property
    def empty(self) -> bool:
        return not self.whole

    def take(self, operation: Operation) -> bool:
        """Put an operation in; False if it has to wait until the others are written.

        Raises PatchError if it cannot be made, and no other is there.
        """
        op, tokens, _ = operation
        prefixes = [tokens[:depth] for depth in range(len(tokens) + 1)]
        if not self.empty and (
            self.closed or tokens in self.above or not self.whole.isdisjoint(prefixes)
        ):
            return False
        try:
            splices = self.edit(*operation)
        except PatchError:
            if self.empty:
                raise
            return False
        beside = self.goes_beside(operation, splices)
        if not self.empty and not (beside and self.is_free(operation, splices)):
            return False
        self.closed = not beside
        self.whole.add(tokens)
        self.above.update(prefixes)
        if beside and op != "replace":
            self.note(op, tokens, splices[0])
        for splice in splices:
            at = bisect_right(self.starts, splice.start)
            self.splices.insert(at, splice)
            self.starts.insert(at, splice.start)
        return True

    def written(self) -> str:
        """The text with all of the operations."""
        parts, end = [], 0
        for start, after, new in self.splices:
            parts += [self.text[end:start], new]
            end = after
        return "".join([*parts, self.text[end:]])

    # -- what can stand beside others --------------------------------------------------------------

    def goes_beside(self, operation: Operation, splices: list[Splice]) -> bool:
        """Whether others may be written together with an operation."""
        op, tokens, value = operation
        if op == "replace":
            return True
        if op not in self.at_once or len(splices) != 1:
            return False
        holder, entry = self.member(tokens)
        if holder is None or holder.kind != "map" or not holder.entries:
            return False
        if entry is None:
            return self.is_appended(holder, tokens[:-1], value, splices[0])
        return op == "remove" and self.is_inner(holder, entry, splices[0])

    def is_appended(self, holder: Node, at: Tokens, value: object, splice: Splice) -> bool:
        """Whether a new member goes behind the last one, and the next new one just behind it."""
        last = holder.entries[-1]
        behind = self.text[last.stop : last.end].strip() if holder.layout == "flow" else ""
        simple = not isinstance(value, (dict, list)) and "\n" not in str(value)
        # Once these are written, the entries that it is made like are others.
        changed = (*at, *last.path) in self.above or id(holder) in self.shrunk
        return simple and splice.start == splice.end and behind in ("", ",") and not changed

    def is_inner(self, holder: Node, entry: Entry, splice: Splice) -> bool:
        """Whether a member that goes stands between others that stay, or that go with all that
        is theirs."""
        at = self.places.number(holder, entry)
        if splice.text or not 0 < at < len(holder.entries) - 1:
            return False
        clean = _takes_all(entry, splice)
        near = (holder.entries[at - 1], holder.entries[at + 1])
        return all(clean and self.removed[id(e)] for e in near if id(e) in self.removed)

    def note(self, op: str, tokens: Tokens, splice: Splice) -> None:
        """Remember what the operations that follow have to keep away from."""
        holder, entry = self.member(tokens)
        assert holder is not None
        if entry is not None:
            self.removed[id(entry)] = _takes_all(entry, splice)
            self.cuts.add(splice.start)
            self.shrunk.add(id(holder))
        else:
            self.added[splice.start] = id(holder)
            self.whole.add((*tokens[:-1], *holder.entries[-1].path))

    def member(self, tokens: Tokens) -> tuple[Node | None, Entry | None]:
        """What holds the place of a pointer, and the entry there, as the text has them."""
        node: Node | None = self.root
        for token in tokens[:-1]:
            entry = self.places.step(node, token) if node else None
            node = entry.node if entry else None
        return node, self.places.step(node, tokens[-1]) if node and tokens else None

    def is_free(self, operation: Operation, splices: list[Splice]) -> bool:
        """Whether splices touch none of those that are there."""
        for splice in splices:
            at = bisect_left(self.starts, splice.start)
            # Of those that begin at the same place, one is like the other.
            behind = bisect_right(self.starts, splice.start)
            near = self.splices[max(at - 1, 0) : at + 1]
            near += self.splices[behind : bisect_right(self.starts, splice.end)]
            if any(self.touch(operation, splice, other) for other in near):
                return False
        return True

    def touch(self, operation: Operation, splice: Splice, other: Splice) -> bool:
        """Whether one of two splices changes what the other one is made of."""
        if other.end < splice.start or splice.end < other.start:
            return False
        op, tokens, _ = operation
        if op == "remove":
            apart = other.end <= splice.start or splice.end <= other.start
            return not (apart and other.start in self.cuts)
        same_holder = id(self.member(tokens)[0]) == self.added.get(splice.start)
        return not (op == "add" and same_holder and other.start == other.end)


def _takes_all(entry: Entry, splice: Splice) -> bool:
    return (splice.start, splice.end) == (entry.lead, entry.end)
