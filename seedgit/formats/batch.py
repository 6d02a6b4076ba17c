"""Operations that are written into a text at once, because no two of them meet.

The text is what it would be if they were written one after the other, in the style that it has
before them all. It has to be read again only once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import chain
from operator import itemgetter

from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.edit_tree import Numbers, is_short
from seedgit.merge.splice import Splice
from seedgit.values.pointer import list_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.formats.format import Format, Operation
    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value

    Tokens = tuple[str, ...]


_start = itemgetter(0)


class EditBatch:
    """Operations on one tree. `take` puts them in, in the order of their patch.

    One that cannot stand beside the others waits, and all that follow wait which have to do with
    the same container. What happens in another container can be written before it.
    """

    def __init__(self, format: Format, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.edit = format.editor(root)
        self.splices: list[Splice] = []  # by place
        self.starts: list[int] = []
        self.changed = _Places()
        self.holders = _Places()  # of what is changed
        self.closed = _Places()  # of those, the ones beside which nothing can stand
        self.waiting = _Places()  # the containers of what waits
        # Where something is put in, and the container.
        self.added: dict[int, tuple[int, str]] = {}
        self.removed: dict[int, bool] = {}  # entries that go, and whether all of their lead does
        self.cuts: set[int] = set()  # where those begin of which all does
        # The text of a new container may look like those that are there. Whether one goes or comes,
        # whether one went that others may look like, and whether such a change waits. One that came
        # and looks like those that are there stands beside others that come.
        self.shaped, self.missed, self.shape_waits, self.grown = False, False, False, False
        self.untidy = False  # whether one of the root's had something above it
        self.shrunk: dict[int, int] = {}  # what they go out of, and how many
        self.ragged: set[int] = set()  # of those, where one left a part of itself
        self.leaders: dict[int, list[Entry]] = {}  # of those, what a new entry is made like
        self.ends: dict[int, tuple[Node, int]] = {}  # of those, which lost their end: what is last
        self.numbers = Numbers()
        self.found: tuple[Tokens, tuple[Node | None, Entry | None]] | None = None  # the last one
        self.others = 0  # how many there are that put nothing in

    @property
    def empty(self) -> bool:
        return not self.holders.inside

    def member(self, tokens: Tokens) -> tuple[Node | None, Entry | None]:
        """As `Editor.member`. All that is asked of one operation asks for its place."""
        if self.found is None or self.found[0] != tokens:
            self.found = tokens, self.edit.member(tokens)
        return self.found[1]

    def take(self, operation: Operation) -> bool:
        """Put an operation in; False if it has to wait until the others are written.

        Raises PatchError if it cannot be made, and no other is there.
        """
        op, now, value = operation
        tokens = self.numbers.before(op, now)
        shapes = tokens is None or self.shapes(op, tokens, value)
        waits = (shapes and self.shape_waits) or self.waiting.meets(now[:-1])
        if waits or tokens is None or not self.fits((op, tokens, value), now, shapes):
            self.waiting.add(now[:-1])
            self.shape_waits = self.shape_waits or shapes
            return False
        return True

    def steps(self, operation: Operation) -> list[Operation] | None:
        """What an operation is made of, if it is made step by step and can be made now."""
        op, now, value = operation
        tokens = self.numbers.before(op, now)
        if tokens is None or self.changed.meets(tokens) or self.waiting.meets(now):
            return None
        try:
            steps = self.edit.steps(op, tokens, value)
        except PatchError:
            return None
        if steps is None:
            return None
        return [(step, (*now, token), item) for step, token, item in steps]

    def fits(self, operation: Operation, now: Tokens, shapes: bool) -> bool:
        """Put an operation in if it can stand beside the others. `now`: its pointer after those;
        that of the operation leads to the same place in the text."""
        op, tokens, value = operation
        if not self.empty and self.is_shut(operation, shapes):
            return False
        try:
            splices = self.edit(*operation)
        except (InvalidDocument, PatchError):
            if self.empty:
                raise
            return False
        beside = self.goes_beside(operation, now, splices)
        alone, came = shapes and not beside, beside and op == "add"
        if beside and op == "remove":
            splices = splices[-1:]  # the comma before the last ones goes once
        if not self.empty and (
            (shapes and came and self.shaped and self.edit.votes)
            or (alone and op != "remove" and (self.shaped or self.grown))
            or (not beside and self.holders.meets(tokens[:-1]))
            or not self.is_free(operation, splices, beside)
        ):
            return False
        self.holders.add(tokens[:-1])
        self.others += not came
        self.grown = self.grown or (shapes and came)
        self.shaped = self.shaped or (shapes and not came)
        self.missed = self.missed or alone or (shapes and self.misses(tokens, value))
        if not beside:
            self.closed.add(tokens[:-1])
        before = beside and op != "replace" and self.note(operation, now, splices[0])
        holder = self.member(tokens)[0]
        if not came or holder is None or holder.kind != "list":
            self.changed.add(tokens)
        for splice in splices:
            # A new item may go before the one that was put in there before it.
            at = (bisect_left if before else bisect_right)(self.starts, splice.start)
            self.splices.insert(at, splice)
            self.starts.insert(at, splice.start)
        return True

    def is_shut(self, operation: Operation, shapes: bool) -> bool:
        """Whether an operation has to wait for some that are there, whatever its text is."""
        op, tokens, value = operation
        votes = self.edit.votes and ((op == "replace" and self.grown) or bool(self.ends))
        models = shapes and not self.edit.models.isdisjoint(_kinds(value))
        return (
            (models and (self.missed or votes))
            or self.changed.meets(tokens)
            or self.closed.meets(tokens[:-1])
        )

    def shapes(self, op: str, tokens: Tokens, value: Value) -> bool:
        """Whether an operation makes a container that others may look like, takes one away, fills
        or empties it."""
        holder, entry = self.member(tokens)
        if holder is None or self.edit.models & _kinds(value):
            return True
        few = op != "replace" and len(holder.entries) - self.shrunk.get(id(holder), 0) < 2
        return (few and (dict if holder.kind == "map" else list) in self.edit.models) or (
            entry is not None and not self.edit.models.isdisjoint(_kinds(entry.node.value))
        )

    def misses(self, tokens: Tokens, value: Value) -> bool:
        """Whether a kind of container is there no longer."""
        entry = self.member(tokens)[1]
        gone = _kinds(entry.node.value) - _kinds(value) if entry else set()
        return not gone.isdisjoint(self.edit.models)

    def written(self) -> str:
        """The text with all of the operations."""
        parts, end = [], 0
        commas = [self.edit.unended(holder, last) for holder, last in self.ends.values()]
        for start, after, new in sorted([*self.splices, *chain(*commas)], key=_start):
            parts += [self.text[end:start], new]
            end = after
        return "".join([*parts, self.text[end:]])

    # -- what can stand beside others --------------------------------------------------------------

    def goes_beside(self, operation: Operation, now: Tokens, splices: list[Splice]) -> bool:
        """Whether others may be written together with an operation, in the same container."""
        op, tokens, value = operation
        if op == "replace":
            return self.edit.ready
        holder, entry = self.member(tokens)
        if holder is None or not holder.entries:
            return False
        if op == "remove":
            return entry is not None and self.goes_alone(holder, entry, splices)
        if len(splices) != 1 or (entry is not None and holder.kind == "map"):
            return False
        return self.is_put_in(holder, tokens, now, value, splices[0])

    def is_put_in(
        self, holder: Node, tokens: Tokens, now: Tokens, value: Value, splice: Splice
    ) -> bool:
        """Whether a new entry goes in so that others can go just behind it, or just before it."""
        short, kept = is_short(value), self.keeps_leaders(holder, tokens)
        # Else the new one may be made like others than these.
        if splice.start < splice.end or not (short or id(holder) not in self.shrunk):
            return False
        if not self.edit.steady(holder, tokens, value, splice, self.others):
            return False
        last = self.edit.behind(holder, tokens)
        if holder.kind == "list":
            if not self.goes_between(holder, tokens, now, splice):
                return False
            if last is None:
                return kept or holder.layout == "block"
        if last is None or (not short and splice.start != last.end):
            return last is None and kept
        behind = self.text[last.stop : last.end].strip() if holder.layout == "flow" else ""
        changed = self.place(holder, tokens[:-1], last) in self.changed.above
        return behind in ("", ",") and not changed and kept

    def keeps_leaders(self, holder: Node, tokens: Tokens) -> bool:
        """Whether all stay that a new scalar is made like."""
        if id(holder) not in self.shrunk:
            return True
        if id(holder) not in self.leaders:
            self.leaders[id(holder)] = self.edit.leaders(holder)
        leaders = self.leaders[id(holder)]
        if holder.kind == "list":
            number = max(list_index(tokens[-1], len(holder.entries)) - 1, 1)
            leaders = [*leaders, *holder.entries[number : number + 1]]
        return id(holder) not in self.ragged and all(id(e) not in self.removed for e in leaders)

    def goes_between(self, holder: Node, tokens: Tokens, now: Tokens, splice: Splice) -> bool:
        """Whether a new item can go where others may have been put in."""
        at, entries = tokens[:-1], holder.entries
        behind, before = self.numbers.near(at, now[-1], len(entries))
        if behind and before:
            return False
        number = list_index(tokens[-1], len(entries))
        if holder.layout != "block":
            first = self.text[entries[0].lead : entries[0].start]
            if not number and behind and first.count("\n") > 1:
                return False
            return _breaks(splice.text) < 2 or not self.numbers.between(at)
        whole, apart = splice.text.endswith("\n"), _breaks(splice.text) > 0
        if number < len(entries):
            return whole
        return whole and not apart if before else not (apart and self.numbers.between(at))

    def place(self, holder: Node, at: Tokens, entry: Entry) -> Tokens:
        return (*at, *(entry.path or (str(self.edit.number(holder, entry)),)))

    def goes_alone(self, holder: Node, entry: Entry, splices: list[Splice]) -> bool:
        """Whether an entry goes without anything else: it stands between others that stay, or that
        go with all that is theirs; or it is the first or the last, and nothing is above it."""
        at, last = self.edit.number(holder, entry), len(holder.entries) - 1
        splice = splices[-1]
        clean, gone = _takes_all(entry, splice), self.shrunk.get(id(holder), 0)
        plain = clean and self.is_plain(entry)
        if splice.text or gone >= last:
            return False
        if holder.layout == "flow" and not self.ends_alike(holder, entry, clean):
            return False
        if len(splices) > 1 and holder.layout != "flow":
            return False
        if not (0 < at < last or plain or self.goes_first(holder, at, clean)):
            return False
        if holder is self.root:  # what comes first there has a title above it
            alone = not plain or self.is_above_blank(entry)
            if alone and (at == 0 or id(holder.entries[0]) in self.removed):
                return False
            if at == 0 and self.untidy:
                return False
        near = (*holder.entries[max(at - 1, 0) : at], *holder.entries[at + 1 : at + 2])
        return all(clean and self.removed[id(e)] for e in near if id(e) in self.removed)

    def goes_first(self, holder: Node, at: int, clean: bool) -> bool:
        """Whether the first or the last entry goes with what is above it, as any other one."""
        return clean and holder is not self.root and (at > 0 or holder.layout == "block")

    def is_above_blank(self, entry: Entry) -> bool:
        """Whether there is a blank line below an entry that goes too once it begins the file."""
        return self.edit.trims and self.text[entry.end : entry.end + 1] in ("\r", "\n")

    def ends_alike(self, holder: Node, entry: Entry, clean: bool) -> bool:
        """Whether an entry between commas can go if it is the last one, or becomes that: the comma
        before it goes too, and there must be no comment."""
        last = self.last(holder)
        if holder.entries[last] is not entry:
            return True
        before = last - 1
        while before > 0 and id(holder.entries[before]) in self.removed:
            before -= 1
        near = (holder.entries[before], entry)
        return clean and all(self.text[e.stop : e.end].strip() in ("", ",") for e in near)

    def last(self, holder: Node) -> int:
        """The number of the last entry that stays."""
        _, last = self.ends.get(id(holder), (holder, len(holder.entries) - 1))
        while last > 0 and id(holder.entries[last]) in self.removed:
            last -= 1
        return last

    def is_plain(self, entry: Entry) -> bool:
        """Whether an entry has lines of its own, and no comment or blank line above it."""
        lead = self.text[entry.lead : entry.start].strip(" \t")
        if lead in ("\n", "\r\n"):
            return self.text[entry.lead - 1] != "\n"
        begins = entry.lead == 0 or self.text[entry.lead - 1] == "\n"
        return not lead and begins and self.text[entry.end - 1] == "\n"

    def note(self, operation: Operation, now: Tokens, splice: Splice) -> bool:
        """Remember what the operations that follow have to keep away from. Says whether a new item
        goes before one that was put in there."""
        op, tokens, value = operation
        holder, entry = self.member(tokens)
        assert holder is not None
        at, before = tokens[:-1], False
        if op == "remove":
            assert entry is not None
            self.removed[id(entry)] = _takes_all(entry, splice)
            tidy = self.is_plain(entry) and not self.is_above_blank(entry)
            self.untidy = self.untidy or (holder is self.root and not tidy)
            if self.removed[id(entry)]:
                self.cuts.add(splice.start)
            else:
                self.ragged.add(id(holder))
            self.shrunk[id(holder)] = self.shrunk.get(id(holder), 0) + 1
            if holder.layout == "flow" and id(holder.entries[-1]) in self.removed:
                self.ends[id(holder)] = (holder, self.last(holder))
        else:
            self.edit.put_in(tokens, value)
            self.added[splice.start] = id(holder), self.edit.slot
            last = self.edit.behind(holder, tokens)
            if last is not None:
                self.changed.inside.add(self.place(holder, at, last))
            self.changed.above.update(_prefixes(at))
        if holder.kind == "list":
            before = self.numbers.near(at, now[-1], len(holder.entries))[1]
            self.numbers.note(op, at, now[-1], len(holder.entries))
        return before

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
            entry = self.member(tokens)[1]
            clean = entry is not None and _takes_all(entry, splice)
            return not (beside and apart and clean and other.start in self.cuts)
        place = id(self.member(tokens)[0]), self.edit.slot
        same_holder = place == self.added.get(splice.start)
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
        if not (self.inside or self.above):
            return False
        return tokens in self.above or not self.inside.isdisjoint(_prefixes(tokens))


def _prefixes(tokens: Tokens) -> list[Tokens]:
    return [tokens[:depth] for depth in range(len(tokens) + 1)]


def _takes_all(entry: Entry, splice: Splice) -> bool:
    return (splice.start, splice.end) == (entry.lead, entry.end)


def _breaks(text: str) -> int:
    """The line ends before the first sign of a new entry."""
    return text[: len(text) - len(text.lstrip(", \t\r\n"))].count("\n")


def _kinds(value: Value) -> set[type]:
    """The kinds of containers that a value is made of."""
    if not isinstance(value, (dict, list)):
        return set()
    inner = value.values() if isinstance(value, dict) else value
    return {type(value)}.union(*map(_kinds, inner))
