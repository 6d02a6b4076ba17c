"""Operations that are written into a text at once, because no two of them meet.

The text is what it would be if they were written one after the other, in the style that it has
before them all. It has to be read again only once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from seedgit.errors import PatchError
from seedgit.formats.edit_tree import Lookup
from seedgit.values.pointer import is_index, list_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.formats.format import Format, Operation
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value

    Tokens = tuple[str, ...]


class EditBatch:
    """Operations on one tree. `take` puts them in, in the order of their patch.

    One that cannot stand beside the others waits, and all that follow wait which have to do with
    the same container. What happens in another container can be written before it.
    """

    def __init__(self, format: Format, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.at_once = format.at_once
        self.edit = format.editor(root)
        self.places = Lookup()
        self.splices: list[Splice] = []  # by place
        self.starts: list[int] = []
        self.changed = _Places()
        self.holders = _Places()  # of what is changed
        self.closed = _Places()  # of those, the ones beside which nothing can stand
        self.waiting = _Places()  # the containers of what waits
        self.added: dict[int, int] = {}  # where something is put in, and the container
        self.removed: dict[int, bool] = {}  # entries that go, and whether all of their lead does
        self.cuts: set[int] = set()  # where these begin
        # The text of a new container may look like those that are there. Whether one goes or comes,
        # whether one went that others may look like, and whether such a change waits.
        self.shaped, self.missed, self.shape_waits = False, False, False
        self.untidy = False  # whether one of the root's had something above it
        self.shrunk: dict[int, int] = {}  # what they go out of, and how many
        # The item of a list from which on items have other numbers than in the text.
        self.shifted: dict[Tokens, int] = {}

    @property
    def empty(self) -> bool:
        return not self.holders.inside

    def take(self, operation: Operation) -> bool:
        """Put an operation in; False if it has to wait until the others are written.

        Raises PatchError if it cannot be made, and no other is there.
        """
        holder = operation[1][:-1]
        shapes = self.shapes(*operation)
        waits = (shapes and self.shape_waits) or self.waiting.meets(holder)
        if waits or not self.fits(operation, shapes):
            self.waiting.add(holder)
            self.shape_waits = self.shape_waits or shapes
            return False
        return True

    def fits(self, operation: Operation, shapes: bool) -> bool:
        op, tokens, value = operation
        if not self.empty and (
            (shapes and self.missed and op != "remove")
            or self.changed.meets(tokens)
            or self.closed.meets(tokens[:-1])
            or self.moved(op, tokens)
        ):
            return False
        try:
            splices = self.edit(*operation)
        except PatchError:
            if self.empty:
                raise
            return False
        beside = self.goes_beside(operation, splices)
        alone = shapes and not beside
        if not self.empty and (
            (alone and self.shaped)
            or (not beside and self.holders.meets(tokens[:-1]))
            or not self.is_free(operation, splices, beside)
        ):
            return False
        self.holders.add(tokens[:-1])
        self.shaped = self.shaped or shapes
        self.missed = self.missed or alone or (shapes and self.misses(tokens, value))
        if not beside:
            self.closed.add(tokens[:-1])
        put_in = beside and op != "replace" and self.note(op, tokens, splices[0])
        if not put_in:
            self.changed.add(tokens)
        for splice in splices:
            # Each new item goes before the one that was put in there before it.
            at = (bisect_left if put_in else bisect_right)(self.starts, splice.start)
            self.splices.insert(at, splice)
            self.starts.insert(at, splice.start)
        return True

    def shapes(self, op: str, tokens: Tokens, value: Value) -> bool:
        """Whether an operation makes a container, takes one away, fills or empties it."""
        holder, entry = self.member(tokens)
        if holder is None or isinstance(value, (dict, list)):
            return True
        few = op != "replace" and len(holder.entries) - self.shrunk.get(id(holder), 0) < 2
        return few or (entry is not None and entry.node.kind != "scalar")

    def misses(self, tokens: Tokens, value: Value) -> bool:
        """Whether a kind of container is there no longer."""
        entry = self.member(tokens)[1]
        return entry is not None and not _kinds(entry.node.value) <= _kinds(value)

    def written(self) -> str:
        """The text with all of the operations."""
        parts, end = [], 0
        for start, after, new in self.splices:
            parts += [self.text[end:start], new]
            end = after
        return "".join([*parts, self.text[end:]])

    # -- what can stand beside others --------------------------------------------------------------

    def goes_beside(self, operation: Operation, splices: list[Splice]) -> bool:
        """Whether others may be written together with an operation, in the same container."""
        op, tokens, value = operation
        if op == "replace":
            return True
        if op not in self.at_once or len(splices) != 1:
            return False
        holder, entry = self.member(tokens)
        if holder is None or not holder.entries:
            return False
        if op == "remove":
            return entry is not None and self.goes_alone(holder, entry, splices[0])
        if entry is not None and holder.kind == "map":
            return False
        return self.is_put_in(holder, tokens, value, splices[0])

    def is_put_in(self, holder: Node, tokens: Tokens, value: Value, splice: Splice) -> bool:
        """Whether a new entry goes in so that the next one can go just behind it in a map, and just
        before it in a list."""
        block = holder.layout == "block"
        kept = id(holder) not in self.shrunk  # else the new one may be made like others than these
        if splice.start < splice.end or not (
            _is_short(value) or (block and kept and _is_flat(value))
        ):
            return False
        last = holder.entries[-1]
        if holder.kind == "list":
            whole = splice.text.endswith("\n")
            if self.number(holder, tokens[-1]) < len(holder.entries):
                return whole if block else kept
            if block and (not whole or splice.text[0] in "\r\n"):
                return False
        elif not _is_short(value) and splice.start != last.end:
            return False
        behind = self.text[last.stop : last.end].strip() if holder.layout == "flow" else ""
        place = last.path or (str(len(holder.entries) - 1),)
        changed = (*tokens[:-1], *place) in self.changed.above
        return behind in ("", ",") and not changed and kept

    def goes_alone(self, holder: Node, entry: Entry, splice: Splice) -> bool:
        """Whether an entry goes without anything else: it stands between others that stay, or that
        go with all that is theirs; or it is the first or the last, and nothing is above it."""
        at, last = self.places.number(holder, entry), len(holder.entries) - 1
        clean, gone = _takes_all(entry, splice), self.shrunk.get(id(holder), 0)
        plain = clean and self.is_plain(entry)
        if splice.text or (not 0 < at < last and not (plain and gone < last)):
            return False
        if holder.layout == "flow" and at == last:  # the comma before it goes too
            return False
        if holder is self.root:  # what comes first there has a title above it
            if not plain and (at == 0 or id(holder.entries[0]) in self.removed):
                return False
            if at == 0 and self.untidy:
                return False
        near = (*holder.entries[max(at - 1, 0) : at], *holder.entries[at + 1 : at + 2])
        return all(clean and self.removed[id(e)] for e in near if id(e) in self.removed)

    def is_plain(self, entry: Entry) -> bool:
        """Whether an entry has lines of its own, and no comment or blank line above it."""
        lead = self.text[entry.lead : entry.start].strip(" \t")
        if lead in ("\n", "\r\n"):
            return self.text[entry.lead - 1] != "\n"
        begins = entry.lead == 0 or self.text[entry.lead - 1] == "\n"
        return not lead and begins and self.text[entry.end - 1] == "\n"

    def note(self, op: str, tokens: Tokens, splice: Splice) -> bool:
        """Remember what the operations that follow have to keep away from. Says whether something
        is put in before an item of a list, or behind the last one."""
        holder, entry = self.member(tokens)
        assert holder is not None
        at = tokens[:-1]
        if holder.kind == "list":
            self.shifted[at] = self.number(holder, tokens[-1])
        if op == "remove":
            assert entry is not None
            self.removed[id(entry)] = _takes_all(entry, splice)
            self.untidy = self.untidy or (holder is self.root and not self.is_plain(entry))
            self.cuts.add(splice.start)
            self.shrunk[id(holder)] = self.shrunk.get(id(holder), 0) + 1
            return False
        self.added[splice.start] = id(holder)
        last = holder.entries[-1].path or (str(len(holder.entries) - 1),)
        if holder.kind == "map" or self.shifted[at] == len(holder.entries):
            self.changed.inside.add((*at, *last))
        self.changed.above.update(_prefixes(at))
        return holder.kind == "list"

    def number(self, holder: Node, token: str) -> int:
        """The number of an item, or of a new one."""
        return list_index(token, len(holder.entries))

    def moved(self, op: str, tokens: Tokens) -> bool:
        """Whether a pointer leads through an item that has another number now."""
        for depth, token in enumerate(tokens) if self.shifted else ():
            first = self.shifted.get(tokens[:depth])
            if first is not None:
                number = int(token) if is_index(token) else first + 1
                put_in = op == "add" and depth == len(tokens) - 1
                if number > first or (number == first and not put_in):
                    return True
        return False

    def member(self, tokens: Tokens) -> tuple[Node | None, Entry | None]:
        """What holds the place of a pointer, and the entry there, as the text has them."""
        node: Node | None = self.root
        for token in tokens[:-1]:
            entry = self.places.step(node, token) if node else None
            node = entry.node if entry else None
        return node, self.places.step(node, tokens[-1]) if node and tokens else None

    def is_free(self, operation: Operation, splices: list[Splice], beside: bool) -> bool:
        """Whether splices touch none of those that are there."""
        for splice in splices:
            at = bisect_left(self.starts, splice.start)
            # Of those that begin at the same place, one is like the other.
            behind = bisect_right(self.starts, splice.start)
            near = self.splices[max(at - 1, 0) : at + 1]
            near += self.splices[behind : bisect_right(self.starts, splice.end)]
            if any(self.touch(operation, splice, other, beside) for other in near):
                return False
        return True

    def touch(self, operation: Operation, splice: Splice, other: Splice, beside: bool) -> bool:
        """Whether one of two splices changes what the other one is made of."""
        if other.end < splice.start or splice.end < other.start:
            return False
        op, tokens, _ = operation
        if op == "remove":
            apart = other.end <= splice.start or splice.end <= other.start
            return not (beside and apart and other.start in self.cuts)
        same_holder = id(self.member(tokens)[0]) == self.added.get(splice.start)
        return not (beside and op == "add" and same_holder and other.start == other.end)


class _Places:
    """Pointers, and whether one of them is another one, or above it, or below it."""

    def __init__(self) -> None:
        self.inside: set[Tokens] = set()
        self.above: set[Tokens] = set()

    def add(self, tokens: Tokens) -> None:
        if tokens not in self.inside:
            self.inside.add(tokens)
            self.above.update(_prefixes(tokens))

    def meets(self, tokens: Tokens) -> bool:
        return tokens in self.above or not self.inside.isdisjoint(_prefixes(tokens))


def _prefixes(tokens: Tokens) -> list[Tokens]:
    return [tokens[:depth] for depth in range(len(tokens) + 1)]


def _takes_all(entry: Entry, splice: Splice) -> bool:
    return (splice.start, splice.end) == (entry.lead, entry.end)


def _is_short(value: Value) -> bool:
    return not isinstance(value, (dict, list)) and "\n" not in str(value)


def _kinds(value: Value) -> set[type]:
    """The kinds of containers that a value is made of."""
    if not isinstance(value, (dict, list)):
        return set()
    inner = value.values() if isinstance(value, dict) else value
    return {type(value)}.union(*map(_kinds, inner))


def _is_flat(value: Value) -> bool:
    """Whether no text in a value has several lines."""
    if isinstance(value, dict):
        return all("\n" not in key and _is_flat(item) for key, item in value.items())
    return all(map(_is_flat, value)) if isinstance(value, list) else _is_short(value)
