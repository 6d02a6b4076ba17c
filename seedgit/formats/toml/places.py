"""Where in a TOML text the value at a pointer is.

One table may be written in several places: under its own header, under the headers of its
sub-tables, by dotted keys. A `TomlPlace` holds all of them.
"""

from __future__ import annotations

from seedgit.values.pointer import is_prefix, list_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.formats.toml.read import Path
    from seedgit.merge.tree import Entry, Node


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

    def step(self, token: str | int) -> TomlPlace | None:
        """The member or item that a pointer token names; None if there is none.

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
        return self.member(token)

    def member(self, key: str) -> TomlPlace | None:
        parts: list[tuple[Node, Path]] = []
        entries: list[tuple[Node, Entry]] = []
        node = None
        for container, prefix in self.parts:
            path = (*prefix, key)
            deeper = False
            for entry in container.entries:
                if not is_prefix(path, entry.path):
                    continue
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


def is_section(entry: Entry) -> bool:
    """Whether an entry is a header with its lines, not a `key = value`."""
    return entry.node.layout == "block"


def has_own_lines(entry: Entry) -> bool:
    """Whether an entry is on lines of its own, below another line and with nothing above it that
    could belong to it."""
    text = entry.node.source.text
    begins = entry.lead > 0 and text[entry.lead - 1] == "\n"
    return (
        begins and text[entry.end - 1] == "\n" and not text[entry.lead : entry.start].strip(" \t")
    )


def written_start(entry: Entry) -> int:
    """Where an entry's own text begins; an array of tables begins with its first element's."""
    node = entry.node
    return node.entries[0].start if is_section(entry) and node.kind == "list" else entry.start


def _members(node: Node) -> list[tuple[Node, Path]]:
    return [(node, ())] if node.kind == "map" else []
