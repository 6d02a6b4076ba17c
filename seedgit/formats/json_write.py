"""Changes of a JSON document as splices: where text comes and goes, commas and comments included."""

from __future__ import annotations

import re

from seedgit.errors import PatchError
from seedgit.formats.document import Splice
from seedgit.formats.json import after_comment, after_trivia
from seedgit.formats.json_style import Style, indentation, lead_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.core.tree import Entry, Node
    from seedgit.core.values import Value

_BLANK_LINE = re.compile(r"\r?\n[ \t]*(?=\r?\n)")


class Writer:
    """Writes changes of one document; every method returns the splices of one change.

    All raise PatchError for a value JSON cannot say.
    """

    def __init__(self, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.style = Style(root)

    def replace(self, node: Node, value: Value) -> list[Splice]:
        """Give `node` another value; a container keeps standing on one line, or on several."""
        parent, entry = self.holder(node)
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
        if index < len(entries):
            return [self.before(container, index, new)]
        lead = self.style.lead(container, index)
        if "//" in self.text[near.stop : near.end] and "\n" not in lead:
            lead = self.style.newline + indentation(self.text, near.start)
        if self.comma(near) is not None:
            return [Splice(near.end, near.end, lead + new + ",")]
        return [Splice(near.stop, near.stop, ","), Splice(near.end, near.end, lead + new)]

    def remove(self, container: Node, entry: Entry) -> list[Splice]:
        """Take out an entry, the comments directly above it and the one behind it."""
        entries = container.entries
        index = entries.index(entry)
        start = self.own_lead(container, index)
        if index + 1 < len(entries):
            after = entries[index + 1]
            if "\n" not in lead_text(after) and (index == 0 or "\n" in lead_text(entry)):
                return [Splice(entry.start, after.start, "")]
            return [Splice(start, entry.end, "")]
        if index == 0:
            end = container.end - 1
            if self.text[container.start + 1 : start].strip() or self.text[entry.end : end].strip():
                end = entry.end
            return [Splice(start, end, "")]
        before = entries[index - 1]
        comma = self.comma(before)
        if self.comma(entry) is not None or comma is None:
            return [Splice(start, entry.end, "")]
        blank = before.stop if not self.text[before.stop : comma].strip() else comma
        return [Splice(blank, comma + 1, ""), Splice(start, entry.end, "")]

    # -- places -----------------------------------------------------------------------------------

    def holder(self, node: Node) -> tuple[Node | None, Entry | None]:
        """The container and the entry that hold `node`; (None, None) for the root."""
        outer: tuple[Node | None, Entry | None] = (None, None)
        inner = self.root
        while inner is not node:
            entry = next(e for e in inner.entries if e.start <= node.start < e.stop)
            outer, inner = (inner, entry), entry.node
        return outer

    def comma(self, entry: Entry) -> int | None:
        """Where the comma after an entry stands."""
        at = after_trivia(self.text, entry.stop)
        return at if self.text[at : at + 1] == "," else None

    def after_bracket(self, container: Node) -> int:
        """The end of the opening bracket's line, if only a comment stands there: it is about the
        container, not about its first entry."""
        start = container.start + 1
        end = after_comment(self.text, start)
        return end if re.compile(r"[ \t]*[\r\n]").match(self.text, end) else start

    def own_lead(self, container: Node, index: int) -> int:
        """Where the part of an entry's lead begins that goes when the entry goes.

        Comments that a blank line sets apart are not about this entry alone: they stay.
        """
        entry = container.entries[index]
        start = self.after_bracket(container) if index == 0 else entry.lead
        lead = self.text[start : entry.start]
        for blank in reversed(list(_BLANK_LINE.finditer(lead))):
            if lead[: blank.start()].strip():
                return start + blank.end()
        return start

    # -- new text ---------------------------------------------------------------------------------

    def labelled(self, container: Node, key: str | int, value: Value, indent: str) -> str:
        name = None if isinstance(key, int) else key
        label = "" if name is None else self.style.key(name) + self.style.colon_in(container)
        spread = self.style.spreads(value, name, container, None)
        return label + self.style.value(value, indent, spread)

    def before(self, container: Node, index: int, new: str) -> Splice:
        """The splice that puts an item before the one at `index`."""
        entry = container.entries[index]
        lead = self.style.lead(container, index)
        if index > 0:
            return Splice(entry.lead, entry.lead, lead + new + ",")
        if "\n" in lead_text(entry):
            at = self.after_bracket(container)
            indent = indentation(self.text, entry.start)
            return Splice(at, at, self.style.newline + indent + new + ",")
        return Splice(entry.start, entry.start, new + "," + self.style.gap_in(container))

    def filled(self, container: Node, key: str | int, value: Value) -> Splice:
        """The splice that gives an empty container its first entry."""
        start, end = container.start + 1, container.end - 1
        inside = self.text[start:end]
        parent, entry = self.holder(container)
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
