"""Changes of settings as splices, written like the settings round them."""

from __future__ import annotations

from itertools import chain

from seedgit.errors import PatchError
from seedgit.formats.edit_tree import Lookup, is_flat
from seedgit.formats.flow import indentation, own_lead
from seedgit.formats.ini.read import BLANKS, DELIMITERS
from seedgit.merge.splice import Splice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value

_MARK = BLANKS + DELIMITERS


class IniWriter:
    """Writes changes of one document. The methods replace, add and remove return splices.

    They raise PatchError for a value that such a file cannot hold: a setting is a text, and a
    section is a map of texts. The caller checks that the text reads back as the same value.
    """

    votes = False
    models: frozenset[type] = frozenset((dict,))

    def __init__(self, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.newline = root.source.newline
        self.places = Lookup()
        self.ready = True

    def steady(self, holder: Node, value: Value, splice: Splice) -> bool:
        return is_flat(value)

    def put_in(self, holder: Node, key: str | None, value: Value) -> None:
        """It looks like those that are there."""

    def leaders(self, holder: Node) -> list[Entry]:
        """As `Editor.leaders`."""
        text, scalars = self.text, list(_scalars(holder.entries))
        valued = [entry for entry in scalars if entry.node.value]
        heads = {(indentation(text, e.start), text.startswith("export ", e.start)) for e in scalars}
        if len(heads) == 1 and len({self.mark(holder, entry) for entry in valued}) == 1:
            return [valued[-1], scalars[-1]]
        return list(self.near(holder))

    def unended(self, holder: Node, last: int) -> list[Splice]:
        return []

    def replace(self, node: Node, value: Value) -> list[Splice]:
        """Give a setting another text, or a section other settings."""
        if node is self.root:
            raise PatchError("the whole file cannot be one value", hint="override what is in it")
        holder, entry = self.places.holder(node)
        assert holder is not None and entry is not None
        # An empty setting does not show the delimiter to the new ones.
        self.ready = bool(value) == bool(node.value)
        if isinstance(value, dict) != (node.kind == "map"):
            raise PatchError("a section is a map of texts, and a setting is a text")
        if node.kind == "map":
            return [Splice(node.start, node.end, self.settings(node, value))]
        if value is not None and node.value:
            return [Splice(node.start, node.end, self.written_value(value))]
        key = self.text[entry.start : node.start].rstrip(_MARK)
        mark = "" if value is None else self.mark(holder, entry)
        return [Splice(entry.start, node.end, key + mark + self.written_value(value))]

    def add(self, container: Node, key: str | int, value: Value) -> list[Splice]:
        """A new setting after the last one of its section, or a new section at the file's end."""
        name = str(key)
        if isinstance(value, dict):
            if container is not self.root:
                raise PatchError("a section cannot stand in another one")
            return [self.lines(len(self.text), self.section(name, value))]
        last = next(_scalars(reversed(container.entries)), None)
        at = last.end if last else container.start
        return [self.lines(at, self.setting(container, name, value))]

    def remove(self, container: Node, entry: Entry) -> list[Splice]:
        """Take out an entry and the comments directly above it."""
        number = self.places.number(container, entry)
        return [Splice(own_lead(container, number), entry.end, "")]

    def lines(self, at: int, lines: str) -> Splice:
        """Put in whole lines where a line begins, or after a last line that has no line end."""
        ended = at == 0 or self.text[at - 1] == "\n"
        return Splice(at, at, lines if ended else self.newline + lines.removesuffix(self.newline))

    def section(self, name: str, value: dict[str, Value]) -> str:
        near = next((e.node for e in reversed(self.root.entries) if e.node.kind == "map"), None)
        apart = self.newline if self.text.strip() else ""
        return f"{apart}[{name}]{self.newline}{self.settings(near or self.root, value)}"

    def settings(self, like: Node, value: dict[str, Value]) -> str:
        return "".join(self.setting(like, key, item) for key, item in value.items())

    def setting(self, like: Node, key: str, value: Value) -> str:
        """The line of a setting, written like the others in a map."""
        text = self.text
        first = next(_scalars(like.entries), None)
        head = indentation(text, first.start) if first else ""
        if first and all(text.startswith("export ", e.start) for e in _scalars(like.entries)):
            head += "export "
        mark = "" if value is None else self.mark(like)
        line = head + key + mark + self.written_value(value)
        return (line if value else line.rstrip(BLANKS)) + self.newline

    def mark(self, like: Node, own: Entry | None = None) -> str:
        """The delimiter between a key and its text, with blanks: as in `own`, else as in this map,
        else as in the file, else `=`."""
        found = ""
        for entry in _scalars(chain([own] if own else (), self.near(like))):
            head = self.text[entry.start : entry.node.start]
            mark = head[len(head.rstrip(_MARK)) :]
            if mark and (own or entry.node.value):
                found = mark
                break
        found = found or "="
        # An empty value has no blank before it, which a text would have.
        return found + " " if found[0] in BLANKS and found[-1] not in BLANKS else found

    def near(self, like: Node) -> Iterator[Entry]:
        """The entries of a map, and then those of the file."""
        yield from like.entries
        for entry in self.root.entries:
            yield entry
            yield from entry.node.entries

    def written_value(self, value: Value) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise PatchError(
                "settings hold texts alone, no numbers, booleans or lists",
                hint="in quotes a value is text: '\"8080\"'",
            )
        return value.replace("\n", self.newline)


def _scalars(entries: Iterable[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if entry.node.kind == "scalar")
