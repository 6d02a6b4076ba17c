"""Changes of a JSON document as splices."""

from __future__ import annotations

from seedgit.errors import PatchError
from seedgit.formats.edit_tree import Lookup
from seedgit.formats.flow import Flow, indentation
from seedgit.formats.json.read import after_comment, after_trivia
from seedgit.formats.json.style import JsonStyle
from seedgit.merge.splice import Splice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value


class JsonWriter:
    """Writes changes of one document. The methods replace, add and remove return splices.

    They raise PatchError for a value that JSON cannot express.
    """

    ready, votes = True, True
    models: frozenset[type] = frozenset((dict, list))

    def __init__(self, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.style = JsonStyle(root)
        self.flow = Flow(after_trivia, after_comment, "//")
        self.places = Lookup()
        self.unended = self.flow.unended
        self.leaders = self.flow.leaders

    def replace(self, node: Node, value: Value) -> list[Splice]:
        """Give `node` another value. A container stays on one line, or on several."""
        parent, entry = self.places.holder(node)
        key = entry.path[0] if entry and entry.path else None
        spread = self.style.spreads(value, key, parent, node)
        text = self.style.value(value, indentation(self.text, node.start), spread)
        return [Splice(node.start, node.end, text)]

    def add(self, container: Node, key: str | int, value: Value) -> list[Splice]:
        """A new member at the end of an object, or a new item before index `key` of an array."""
        entries = container.entries
        index = key if isinstance(key, int) else len(entries)
        if not 0 <= index <= len(entries):
            raise PatchError(f"the array has {len(entries)} items, and no place {index}")
        if not entries:
            return [self.filled(container, key, value)]
        near = entries[min(index, len(entries) - 1)]
        new = self.labelled(container, key, value, indentation(self.text, near.start))
        return self.flow.insert(container, index, new, self.style.gap_in(container))

    def remove(self, container: Node, entry: Entry) -> list[Splice]:
        """Take out an entry, the comments directly above it and the comment after it."""
        return self.flow.remove(container, self.places.number(container, entry))

    def steady(self, holder: Node, value: Value, splice: Splice) -> bool:
        """Whether what comes next looks as it would without this new entry.

        New containers in an array look like the last of their kind, if there is one.
        """
        if not isinstance(value, (dict, list)):
            return True
        kind = "map" if isinstance(value, dict) else "list"
        known = holder.kind == "map" or self.style.last(holder, kind) is not None
        return known and "\\u" not in splice.text

    def put_in(self, holder: Node, key: str | None, value: Value) -> None:
        if isinstance(value, (dict, list)):
            self.style.count(value, key, self.style.spreads(value, key, holder, None))

    def labelled(self, container: Node, key: str | int, value: Value, indent: str) -> str:
        """The text of a new entry."""
        name = None if isinstance(key, int) else key
        label = "" if name is None else self.style.key(name) + self.style.colon_in(container)
        spread = self.style.spreads(value, name, container, None)
        return label + self.style.value(value, indent, spread)

    def filled(self, container: Node, key: str | int, value: Value) -> Splice:
        """The splice that gives an empty container its first entry."""
        start, end = container.start + 1, container.end - 1
        inside = self.text[start:end]
        parent, entry = self.places.holder(container)
        name = entry.path[0] if entry and entry.path else None
        whole = [value] if isinstance(key, int) else {key: value}
        spread = "\n" in inside or self.style.spreads(whole, name, parent, None)
        outer = indentation(self.text, container.start)
        if not inside.strip():
            return Splice(container.start, container.end, self.style.value(whole, outer, spread))
        indent = outer + (self.style.unit or "") if spread else outer
        at = start + len(inside.rstrip())
        lead = self.style.newline + indent if spread else " "
        return Splice(at, at, lead + self.labelled(container, key, value, indent))
