"""Operations of a patch on a tree whose text nests like its value (YAML, JSON, INI)."""

from __future__ import annotations

from seedgit.errors import PatchError
from seedgit.merge.splice import Splice
from seedgit.merge.tree import step
from seedgit.values.patch import apply
from seedgit.values.pointer import END, format_pointer, is_index, list_index
from seedgit.values.value import Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value

    Tokens = tuple[str, ...]

    class Writer(Protocol):
        """Writes changes in one format; each method returns the splices of one change."""

        places: Lookup
        ready: bool
        votes: bool
        models: frozenset[type]

        def replace(self, node: Node, value: Value) -> list[Splice]:
            """Give `node` another value, in the style of the old one."""

        def add(self, container: Node, key: str | int, value: Value) -> list[Splice]:
            """A new member, or a new item before index `key`, in the style around it."""

        def remove(self, container: Node, entry: Entry) -> list[Splice]:
            """Take out an entry, with the comments that belong to it alone."""

        def leaders(self, holder: Node) -> list[Entry]:
            """As `Editor.leaders`."""

        def steady(self, holder: Node, value: Value, splice: Splice) -> bool:
            """As `Editor.steady`."""

        def put_in(self, holder: Node, key: str | None, value: Value) -> None:
            """As `Editor.put_in`."""

        def unended(self, holder: Node, last: int) -> list[Splice]:
            """As `Editor.unended`."""


class Lookup:
    """Where the entries of a tree are. What is looked up often is put into an index once."""

    def __init__(self) -> None:
        self._holders: dict[int, tuple[Node, Entry]] = {}
        self._members: dict[int, dict[tuple[str, ...], Entry]] = {}
        self._numbers: dict[int, dict[int, int]] = {}

    def step(self, node: Node, token: str) -> Entry | None:
        """The entry of a container that a pointer token names."""
        if node.kind == "map":
            members = self._members.get(id(node))
            if members is None:
                members = {entry.path: entry for entry in reversed(node.entries)}
                self._members[id(node)] = members
            found = members.get((token,))
        else:
            found = step(node, token)
        if found is not None:
            self._holders[id(found.node)] = (node, found)
        return found

    def holder(self, node: Node) -> tuple[Node | None, Entry | None]:
        """The container and the entry that hold a node that steps have led to; (None, None) for
        the root."""
        return self._holders.get(id(node), (None, None))

    def number(self, container: Node, entry: Entry) -> int:
        """The index of an entry in its container."""
        numbers = self._numbers.get(id(container))
        if numbers is None:
            numbers = {id(each): n for n, each in enumerate(container.entries)}
            self._numbers[id(container)] = numbers
        return numbers[id(entry)]


class Numbers:
    """The numbers of list items, as a patch counts them, and as the text has them that it is for.

    Lists are named by their place in the text.
    """

    def __init__(self) -> None:
        # The items as they are now, each as its number in the text. A new one stands before that
        # item of the text whose number it has as -1 - number.
        self._now: dict[Tokens, list[int]] = {}
        self._between: set[Tokens] = set()

    def before(self, op: str, tokens: Tokens) -> Tokens | None:
        """Where a pointer leads in the text; None if it leads to a new item, or to none."""
        at: Tokens = ()
        for depth, token in enumerate(tokens) if self._now else ():
            now = self._now.get(at)
            if now is not None:
                number = _number(token, len(now))
                new = op == "add" and depth == len(tokens) - 1
                if new and number == len(now):
                    token = END
                elif 0 <= number < len(now) and (new or now[number] >= 0):
                    found = now[number]
                    token = str(found if found >= 0 else -1 - found)
                else:
                    return None
            at = (*at, token)
        return at if self._now else tokens

    def near(self, at: Tokens, token: str, size: int) -> tuple[bool, bool]:
        """Whether the items just behind which and just before which a new one goes are new and
        stand at the same place of the text."""
        now = self._now.get(at)
        if now is None:
            return False, False
        number = _number(token, len(now))
        before = now[number] if number < len(now) else size
        gap = before if before >= 0 else -1 - before
        return number > 0 and now[number - 1] == -1 - gap, before < 0

    def between(self, at: Tokens) -> bool:
        """Whether new items were put in before others."""
        return at in self._between

    def note(self, op: str, at: Tokens, token: str, size: int) -> None:
        """An item is put in, or goes, of a list that has so many in the text."""
        if at not in self._now:
            self._now[at] = list(range(size))
        now = self._now[at]
        number = _number(token, len(now))
        if op == "remove":
            del now[number]
            return
        before = now[number] if number < len(now) else size
        now.insert(number, before if before < 0 else -1 - before)
        if -1 - now[number] < size:
            self._between.add(at)


class TreeEditor:
    """Edits one tree. Each call gives the splices of one operation; none changes the tree."""

    def __init__(self, writer: Writer, root: Node) -> None:
        self.writer = writer
        self.root = root
        self.votes = writer.votes
        self.slot = ""
        self.trims = False
        self.models = writer.models
        self.number = writer.places.number
        self.unended = writer.unended
        self.leaders = writer.leaders

    @property
    def ready(self) -> bool:
        return self.writer.ready

    def __call__(self, op: str, tokens: tuple[str, ...], value: Value) -> list[Splice]:
        """The splices of "add", "replace" or "remove" at a pointer.

        Below an alias, the alias is replaced by a changed copy of its value. The other users of
        the anchor keep their value.
        """
        writer, step = self.writer, self.writer.places.step
        if not tokens:
            return writer.replace(self.root, value)
        node = self.root
        for depth, token in enumerate(tokens[:-1]):
            entry = step(node, token)
            if entry is None:
                raise PatchError(f"{format_pointer(tokens[: depth + 1])} does not exist")
            node = entry.node
            if node.kind == "scalar" and isinstance(node.value, (dict, list)):
                rest = format_pointer(tokens[depth + 1 :])
                operation = {"op": op, "path": rest} | ({} if op == "remove" else {"value": value})
                return writer.replace(node, apply([operation], node.value))
            if isinstance(node.value, Opaque):
                raise PatchError(
                    f"{format_pointer(tokens[: depth + 1])} carries the tag {node.value.tag}",
                    hint="a tagged value is kept as it is; override the whole of it",
                )
        entry = step(node, tokens[-1])
        if op == "add" and (entry is None or node.kind == "list"):
            at = tokens[-1] if node.kind == "map" else _index(node, tokens[-1])
            return writer.add(node, at, value)
        if entry is None:
            raise PatchError(f"{format_pointer(tokens)} does not exist")
        return writer.remove(node, entry) if op == "remove" else writer.replace(entry.node, value)

    # -- what a batch asks (`Editor`) --------------------------------------------------------------

    def steps(self, op: str, tokens: tuple[str, ...], value: Value) -> None:
        return None

    def member(self, tokens: tuple[str, ...]) -> tuple[Node | None, Entry | None]:
        node: Node | None = self.root
        step = self.writer.places.step
        for token in tokens[:-1]:
            entry = step(node, token) if node else None
            node = entry.node if entry else None
        return node, step(node, tokens[-1]) if node and tokens else None

    def behind(self, holder: Node, tokens: tuple[str, ...]) -> Entry | None:
        size = len(holder.entries)
        if holder.kind == "list" and list_index(tokens[-1], size) < size:
            return None
        return holder.entries[-1]

    def steady(
        self, holder: Node, tokens: tuple[str, ...], value: Value, splice: Splice, others: int
    ) -> bool:
        return self.writer.steady(holder, value, splice)

    def put_in(self, tokens: tuple[str, ...], value: Value) -> None:
        holder = self.member(tokens)[0]
        assert holder is not None
        self.writer.put_in(holder, tokens[-1] if holder.kind == "map" else None, value)


def _index(node: Node, token: str) -> int:
    return list_index(token, len(node.entries))


def is_short(value: Value) -> bool:
    """Whether a value is no container, and its text has one line."""
    return not isinstance(value, (dict, list)) and "\n" not in str(value)


def is_flat(value: Value) -> bool:
    """Whether no text in a value has several lines."""
    if isinstance(value, dict):
        return all("\n" not in key and is_flat(item) for key, item in value.items())
    return all(map(is_flat, value)) if isinstance(value, list) else is_short(value)


def _number(token: str, size: int) -> int:
    return size if token == END else int(token) if is_index(token) else -1
