"""Changes of a YAML document as splices, written in the style around them."""

from __future__ import annotations

import re
from functools import cached_property

from seedgit.errors import PatchError
from seedgit.formats.edit_tree import Lookup, is_flat
from seedgit.formats.flow import Flow, lead_text, setting_apart
from seedgit.formats.yaml.plain import double, inline, is_literal
from seedgit.formats.yaml.read import after_comment, after_trivia
from seedgit.merge.splice import Splice
from seedgit.merge.tree import Entry, Node
from seedgit.values.diff import sayable
from seedgit.values.value import Value

_MEANT = (" ", "\t", "\r", "\n")  # what may belong to the entry before it
STEP = 2  # columns that the entries of a new container are indented by


class YamlWriter:
    """Writes changes of one document. The methods replace, add and remove return splices."""

    ready, votes = True, False
    models: frozenset[type] = frozenset((list,))  # they are indented like the first one

    def __init__(self, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.newline = root.source.newline
        self.flow = Flow(after_trivia, after_comment, "#")
        self.places = Lookup()
        self.unended = self.flow.unended
        self._apart: dict[int, bool] = {}

    # -- the three changes -----------------------------------------------------------------------

    def replace(self, node: Node, value: Value) -> list[Splice]:
        """Give `node` another value. A comment after a scalar stays."""
        sayable(value)
        parent, entry = self.places.holder(node)
        if parent is None or entry is None or parent.layout == "stream":
            return [self.whole(node, value)]
        if parent.layout == "flow" or (node.layout == "flow" and node.entries):
            return [Splice(node.start, node.end, inline(value, in_flow=True))]
        if isinstance(value, (dict, list)) and value:
            return [self.as_block(parent, entry, value)]
        if node.layout == "block":
            return [self.as_inline(entry, value)]
        return [self.as_scalar(parent, entry, value)]

    def add(self, container: Node, key: str | int, value: Value) -> list[Splice]:
        """A new member at the end of a map, or a new item before index `key` of a list."""
        sayable(value)
        entries = container.entries
        index = key if isinstance(key, int) else len(entries)
        if not 0 <= index <= len(entries):
            raise PatchError(f"the list has {len(entries)} items, and no place {index}")
        if container.layout == "stream":
            raise PatchError("a document cannot be added to a stream of documents")
        if not entries:
            return self.replace(container, [value] if isinstance(key, int) else {key: value})
        if container.layout == "flow":
            new = (
                inline(value, in_flow=True)
                if isinstance(key, int)
                else f"{inline(key, in_flow=True)}: {inline(value, in_flow=True)}"
            )
            return self.flow.insert(container, index, new, " ")
        return [self.new_lines(container, index, key, value)]

    def remove(self, container: Node, entry: Entry) -> list[Splice]:
        """Take out an entry with the comments directly above it."""
        if container.layout == "flow":
            return self.flow.remove(container, self.places.number(container, entry))
        if container.layout == "stream":
            raise PatchError("a document cannot be taken out of a stream of documents")
        entries = container.entries
        if len(entries) == 1:
            return self.replace(container, {} if container.kind == "map" else [])
        index = self.places.number(container, entry)
        if entry.lead == entry.start and index == 0 and not self.at_line_start(entry.start):
            after = entries[1]
            lead = self.text[after.lead : after.start]
            return [Splice(entry.start, after.lead if lead.strip() else after.start, "")]
        start, end = self.own_lead(container, index), entry.end
        if end == len(self.text) and not self.text.endswith("\n") and start > 0:
            start -= len(self.newline)
        return [Splice(start, end, "")]

    def steady(self, holder: Node, value: Value, splice: Splice) -> bool:
        """Whether what comes next is written as it would be without this new entry.

        What follows a text of several lines may become a part of it, or of its entry.
        """
        if holder.layout == "flow" or is_flat(value):
            return True
        after = self.text[splice.start : splice.start + 1]
        return splice.start == holder.entries[-1].end and after not in _MEANT and _closes(value)

    def put_in(self, holder: Node, key: str | None, value: Value) -> None:
        """Nothing depends on what is there."""

    # -- where things are ------------------------------------------------------------------------

    def at_line_start(self, at: int) -> bool:
        """Whether only blanks stand before an offset on its line."""
        return not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip()

    def own_lead(self, container: Node, index: int) -> int:
        """Where the comments directly above an entry begin. Comments above a blank line stay."""
        entry = container.entries[index]
        line = self.text.rfind("\n", 0, entry.start) + 1
        first = index == 0 and container is self.root
        while line > entry.lead:
            before = self.text.rfind("\n", 0, line - 1) + 1
            text = self.text[before:line].strip()
            if not text.startswith("#") and (text or first):
                break
            line = max(before, entry.lead)
            if not text:
                break
        return line

    # -- text --------------------------------------------------------------------------------------

    def whole(self, node: Node, value: Value) -> Splice:
        """The root's new value."""
        if node.layout == "block":
            first = node.entries[0]
            start, end = self.text.rfind("\n", 0, first.start) + 1, node.entries[-1].end
        else:
            start, end = node.start, node.end
        nested = isinstance(value, (dict, list)) and value
        lines = self.lines(value, 0) if nested else [inline(value)]
        ended = start == end or self.text[end - 1 : end] == "\n"
        return Splice(start, end, self.newline.join(lines) + (self.newline if ended else ""))

    def as_block(self, parent: Node, entry: Entry, value: Value) -> Splice:
        """A container in block style below its key, or after its dash. A comment there stays."""
        node = entry.node
        if parent.kind == "list":
            first, *rest = self.lines(value, parent.indent + STEP)
            comment = self.comment(node.end) if node.layout != "block" else ""
            text = self.newline.join([first.lstrip(" ") + comment, *rest])
            start, end = entry.start + 1, self.content_end(entry)
            return Splice(start, end, " " + text + self.ending(end))
        start, end = self.colon(entry), self.content_end(entry)
        comment = self.comment(start if node.layout == "block" else node.end)
        indent = parent.indent + (self.list_step if isinstance(value, list) else STEP)
        text = self.newline.join([comment, *self.lines(value, indent)])
        return Splice(start, end, text + self.ending(end))

    def as_inline(self, entry: Entry, value: Value) -> Splice:
        """`key: {}` or a scalar where a block was."""
        start = self.colon(entry) if entry.path else entry.start + 1
        comment = self.comment(start) if entry.path else ""
        end = self.content_end(entry)
        return Splice(start, end, f" {inline(value)}{comment}{self.ending(end)}")

    def as_scalar(self, parent: Node, entry: Entry, value: Value) -> Splice:
        node = entry.node
        old = node.text
        block = old[:1] in ("|", ">") and old.endswith("\n")
        if is_literal(value) and (block or not self.comment(node.end)):
            header, *rest = self.lines([value], parent.indent)
            literal = self.newline.join([header.lstrip(" -"), *rest, ""])
            end = node.end if block else self.line_end(node.end)
            space = "" if node.start > entry.start + 1 and old else " "
            return Splice(node.start, end, space + literal)
        text = self.quoted_alike(old, value)
        if block:
            text += self.newline
        if not old and not self.text[node.start - 1 : node.start].isspace():
            text = " " + text
        return Splice(node.start, node.end, text)

    def quoted_alike(self, old: str, value: Value) -> str:
        """A scalar, in the same quotes as the one it replaces."""
        if isinstance(value, str) and old[:1] == '"':
            return double(value)
        if isinstance(value, str) and old[:1] == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return inline(value)

    def new_lines(self, container: Node, index: int, key: str | int, value: Value) -> Splice:
        """A new entry of a block container, on lines of its own."""
        pad = " " * container.indent
        entries = container.entries
        if is_literal(value) or (value and isinstance(value, (dict, list))):
            inner = {key: value} if isinstance(key, str) else [value]
            lines = self.lines(inner, container.indent)
        else:  # the emitter would write the same, and takes a tenth of a millisecond
            name = f"{inline(key, in_flow=True)}:" if isinstance(key, str) else "-"
            lines = [f"{pad}{name} {inline(value)}"]
        apart = self.apart(container)
        if index < len(entries):
            at = entries[index].lead
            if at == entries[index].start and not self.at_line_start(at):
                return Splice(at, at, self.newline.join(lines).lstrip(" ") + self.newline + pad)
            if index == 0 and container is self.root:
                at = self.own_lead(container, 0)
            return Splice(at, at, self.newline.join([*lines, ""]))
        at = entries[-1].end
        text = self.newline.join([*([""] if apart else []), *lines])
        if at and self.text[at - 1] != "\n":
            return Splice(at, at, self.newline + text)
        return Splice(at, at, text + self.newline)

    def apart(self, container: Node) -> bool:
        """Whether there is a blank line between all entries."""
        if id(container) not in self._apart:
            entries = container.entries
            self._apart[id(container)] = len(entries) > 2 and all(map(_is_apart, entries[1:]))
        return self._apart[id(container)]

    def leaders(self, holder: Node) -> list[Entry]:
        """As `Editor.leaders`."""
        if holder.layout == "flow":
            return self.flow.leaders(holder)
        return [*holder.entries[-1:], *setting_apart(holder.entries, _is_apart)]

    def lines(self, value: Value, indent: int) -> list[str]:
        """A container's entries in block style."""
        from seedgit.formats.yaml.emit import lines

        pad = " " * indent
        return [pad + line if line else "" for line in lines(value, STEP, self.list_step)]

    @cached_property
    def list_step(self) -> int:
        """How many columns this file's lists are indented from their key."""
        return _list_step(self.root, -1)

    def colon(self, entry: Entry) -> int:
        """The offset after the colon of a block entry's key."""
        text = self.text
        at = entry.start
        if text[at] in "\"'":
            quote = text[at]
            at += 1
            while text[at] != quote or text[at : at + 2] == "''":
                at += 2 if text[at : at + 2] in ("''", '\\"', "\\\\") else 1
        found = re.compile(r":(?=[ \t\r\n]|\Z)").search(text, at, max(entry.end, at))
        if found is None:
            raise PatchError("the key is written without a colon: give it one by hand")
        return found.end()

    def comment(self, at: int) -> str:
        """The comment after an offset on its line, with the blanks before it."""
        return self.text[at : after_comment(self.text, at)]

    def line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def content_end(self, entry: Entry) -> int:
        """Where the lines of an entry's value end. The entry may own comment lines after that."""
        node = entry.node
        if node.layout == "block":
            return node.entries[-1].end
        ended = node.end > node.start and self.text[node.end - 1] == "\n"
        return min(node.end if ended else self.line_end(node.end), entry.end)

    def ending(self, end: int) -> str:
        return self.newline if self.text[end - 1 : end] == "\n" else ""


def _is_apart(entry: Entry) -> bool:
    """Whether a blank line stands above an entry, or above its comments."""
    return lead_text(entry).startswith(("\n", "\r\n"))


def _closes(value: Value) -> bool:
    """Whether no text in a value ends with an empty line."""
    if isinstance(value, (dict, list)):
        return all(map(_closes, value.values() if isinstance(value, dict) else value))
    return not str(value).endswith("\n\n")


def _list_step(node: Node, outer: int) -> int:
    for entry in node.entries:
        inner = entry.node
        if inner.kind == "list" and inner.layout == "block" and node.kind == "map":
            return inner.indent - node.indent
        if inner.entries:
            step = _list_step(inner, node.indent)
            if step >= 0:
                return step
    return -1 if outer >= 0 else STEP
