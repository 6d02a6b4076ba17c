"""Where in a TOML text the value at a pointer is.

One table may be written in several places: under its own header, under the headers of its
sub-tables, by dotted keys. A `TomlPlace` holds all of them.
"""

from __future__ import annotations

from seedgit.values.pointer import is_prefix, list_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seedgit.formats.toml.read import Path
    from seedgit.merge.tree import Entry, Node

    Below = Callable[[Node, Path], Iterable[Entry]]


class TomlPlace:
    """All places of the value at a pointer.

    name     the table's name as its header says it: the pointer's tokens without list indices
    node     the node that is the whole value: a scalar, an array, an inline table, an array of
             tables or an element of one, the document; None for a table of headers or dotted keys
    parts    where members of a table are: (container, the dotted name that they are below in it)
    entries  the entries that make up the value, each with its container
    """

    __slots__ = ("entries", "name", "node", "parts")

    def __init__(
        self,
        name: Path,
        node: Node | None,
        parts: list[tuple[Node, Path]],
        entries: list[tuple[Node, Entry]],
    ) -> None:
        self.name = name
        self.node = node
        self.parts = parts
        self.entries = entries

    @property
    def start(self) -> int:
        """The offset at which the value is first said."""
        return min((written_start(entry) for _, entry in self.entries), default=0)

    def step(self, token: str | int, below: Below | None = None) -> TomlPlace | None:
        """The member or item that a pointer token names; None if there is none.

        below  gives the entries of a container at a path or below it

        Raises PatchError if the token cannot be an index of a list.
        """
        token = str(token)
        if self.node is not None and self.node.kind == "list":
            items = self.node.entries
            index = list_index(token, len(items))
            if index >= len(items):
                return None
            item = items[index]
            return TomlPlace(self.name, item.node, _members(item.node), [(self.node, item)])
        return self.member(token, below or _below)

    def member(self, key: str, below: Below) -> TomlPlace | None:
        parts: list[tuple[Node, Path]] = []
        entries: list[tuple[Node, Entry]] = []
        node = None
        for container, prefix in self.parts:
            path = (*prefix, key)
            deeper = False
            for entry in below(container, path):
                entries.append((container, entry))
                if len(entry.path) > len(path):
                    deeper = True
                    continue
                parts += _members(entry.node)
                if entry.node.layout != "block" or entry.node.kind == "list":
                    node = entry.node
            if deeper:
                parts.append((container, path))
        return TomlPlace((*self.name, key), node, parts, entries) if entries else None


def locate(root: Node, tokens: Sequence[str | int]) -> TomlPlace | None:
    """The place of the value at a pointer; None if the document has no such value."""
    place: TomlPlace | None = TomlPlace((), root, [(root, ())], [])
    for token in tokens:
        if place is None:
            return None
        place = place.step(token)
    return place


class TomlPlaces:
    """The places of one tree, each looked for once."""

    def __init__(self, root: Node) -> None:
        self._found: dict[Path, TomlPlace | None] = {(): TomlPlace((), root, [(root, ())], [])}
        self._entries: dict[int, dict[Path, list[Entry]]] = {}

    def at(self, tokens: Path) -> TomlPlace | None:
        """The place of the value at a pointer; None if the document has no such value."""
        if tokens not in self._found:
            holder = self.at(tokens[:-1])
            self._found[tokens] = holder.step(tokens[-1], self.below) if holder else None
        return self._found[tokens]

    def below(self, container: Node, path: Path) -> Sequence[Entry]:
        """The entries of a container at a path or below it."""
        found = self._entries.get(id(container))
        if found is None:
            found = self._entries[id(container)] = {(): container.entries}
            for entry in container.entries:
                for depth in range(len(entry.path)):
                    found.setdefault(entry.path[: depth + 1], []).append(entry)
        return found.get(path, ())


def _below(container: Node, path: Path) -> Iterable[Entry]:
    return (entry for entry in container.entries if is_prefix(path, entry.path))


def is_section(entry: Entry) -> bool:
    """Whether an entry is a header with its lines, not a `key = value`."""
    return entry.node.layout == "block"


def written_start(entry: Entry) -> int:
    """Where an entry's own text begins; an array of tables begins with its first element's."""
    node = entry.node
    return node.entries[0].start if is_section(entry) and node.kind == "list" else entry.start


def _members(node: Node) -> list[tuple[Node, Path]]:
    return [(node, ())] if node.kind == "map" else []
