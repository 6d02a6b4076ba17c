"""Changes of a YAML document as splices, written in the style around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from seedgit.errors import PatchError
from seedgit.formats.flow import Flow
from seedgit.formats.yaml.plain import is_plain
from seedgit.formats.yaml.read import after_comment, after_trivia
from seedgit.merge.splice import Splice
from seedgit.merge.tree import Entry, Node
from seedgit.values.diff import sayable
from seedgit.values.value import Value

STEP = 2  # columns a new container's entries stand to the right

_UNSAFE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


class Writer:
    """Writes changes of one document; every method returns the splices of one change."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.text = root.source.text
        self.newline = root.source.newline
        self.flow = Flow(after_trivia, after_comment, "#")

    # -- the three changes -----------------------------------------------------------------------

    def replace(self, node: Node, value: Value) -> list[Splice]:
        """Give `node` another value; a comment behind a scalar stays."""
        sayable(value)
        parent, entry = self.holder(node)
        if parent is None or entry is None or parent.layout == "stream":
            return [self.whole(node, value)]
        if parent.layout == "flow" or (node.layout == "flow" and node.entries):
            return [Splice(node.start, node.end, _within(value))]
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
            new = _within(value) if isinstance(key, int) else f"{_within(key)}: {_within(value)}"
            return self.flow.insert(container, index, new, " ")
        return [self.new_lines(container, index, key, value)]

    def remove(self, container: Node, entry: Entry) -> list[Splice]:
        """Take out an entry with the comments that stand directly above it."""
        if container.layout == "flow":
            return self.flow.remove(container, entry)
        if container.layout == "stream":
            raise PatchError("a document cannot be taken out of a stream of documents")
        entries = container.entries
        if len(entries) == 1:
            return self.replace(container, {} if container.kind == "map" else [])
        index = entries.index(entry)
        if entry.lead == entry.start and index == 0 and not self.at_line_start(entry.start):
            after = entries[1]
            lead = self.text[after.lead : after.start]
            return [Splice(entry.start, after.lead if lead.strip() else after.start, "")]
        start, end = self.own_lead(container, index), entry.end
        if end == len(self.text) and not self.text.endswith("\n") and start > 0:
            start -= len(self.newline)
        return [Splice(start, end, "")]

    # -- where things are ------------------------------------------------------------------------

    def holder(self, node: Node) -> tuple[Node | None, Entry | None]:
        """The container and the entry that hold `node`; (None, None) for the root."""
        outer: tuple[Node | None, Entry | None] = (None, None)
        inner = self.root
        while inner is not node:
            entry = next(
                e for e in inner.entries if e.node is node or e.start <= node.start < max(e.end, 1)
            )
            outer, inner = (inner, entry), entry.node
        return outer

    def at_line_start(self, at: int) -> bool:
        """Whether only blanks stand before an offset on its line."""
        return not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip()

    def own_lead(self, container: Node, index: int) -> int:
        """Where the comments directly above an entry begin; those set apart stay."""
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
        """A container on lines of its own, or behind its dash, with the comment that was there."""
        node = entry.node
        if parent.kind == "list":
            first, *rest = self.lines(value, parent.indent + STEP)
            comment = self.comment(node.end) if node.layout != "block" else ""
            text = self.newline.join([first.lstrip(" ") + comment, *rest])
            start, end = entry.start + 1, self.content_end(entry)
            return Splice(start, end, " " + text + self.ending(end))
        start, end = self.colon(entry), self.content_end(entry)
        comment = self.comment(start if node.layout == "block" else node.end)
        indent = parent.indent + (self.list_step() if isinstance(value, list) else STEP)
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
        if isinstance(value, str) and "\n" in value and (block or not self.comment(node.end)):
            literal = self.literal(value, parent.indent + STEP)
            if literal is not None:
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
        """A scalar in the quotes of the one it replaces."""
        if isinstance(value, str) and old[:1] == '"':
            return _double(value)
        if isinstance(value, str) and old[:1] == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return inline(value)

    def literal(self, value: str, indent: int) -> str | None:
        """A block scalar, with its newline; None where the text cannot be written as one."""
        body = value.rstrip("\n")
        lines = body.split("\n")
        if not body or lines[0][:1] == " " or any(not x.isprintable() for x in lines):
            return None
        if any(line != line.rstrip() for line in lines):
            return None
        extra = len(value) - len(body)
        header = "|" + ("-" if extra == 0 else "" if extra == 1 else "+")
        pad = " " * indent
        rows = [header, *(pad + line if line else "" for line in lines), *[""] * (extra - 1)]
        return self.newline.join(rows) + self.newline

    def new_lines(self, container: Node, index: int, key: str | int, value: Value) -> Splice:
        """A new entry of a block container, on lines of its own."""
        pad = " " * container.indent
        entries = container.entries
        inner = {key: value} if isinstance(key, str) else [value]
        lines = self.lines(inner, container.indent)
        apart = len(entries) > 2 and all(
            self.text[e.lead : e.start].startswith(("\n", "\r\n")) for e in entries[1:]
        )
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

    def lines(self, value: Value, indent: int) -> list[str]:
        """A container's entries in block style."""
        return list(self._lines(value, indent))

    def _lines(self, value: Value, indent: int) -> Iterator[str]:
        pad = " " * indent
        pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for key, item in pairs:
            label = f"{pad}-" if key is None else f"{pad}{_within(key)}:"
            if isinstance(item, (dict, list)) and item:
                if key is None:
                    first, *rest = self._lines(item, indent + STEP)
                    yield f"{label} {first.lstrip(' ')}"
                    yield from rest
                else:
                    yield label
                    step = self.list_step() if isinstance(item, list) else STEP
                    yield from self._lines(item, indent + step)
                continue
            literal = None
            if isinstance(item, str) and "\n" in item:
                literal = self.literal(item, indent + STEP)
            if literal is not None:
                yield from f"{label} {literal}".removesuffix(self.newline).split(self.newline)
            else:
                yield f"{label} {inline(item)}"

    def list_step(self) -> int:
        """Whether this file's lists stand to the right of their key."""
        return _list_step(self.root, -1)

    def colon(self, entry: Entry) -> int:
        """The offset behind the colon of a block entry's key."""
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
        """The comment behind an offset on its line, with the blanks before it."""
        return self.text[at : after_comment(self.text, at)]

    def line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def content_end(self, entry: Entry) -> int:
        """Where the lines of an entry's value end: comment lines below it may still be its own."""
        node = entry.node
        if node.layout == "block":
            return node.entries[-1].end
        ended = node.end > node.start and self.text[node.end - 1] == "\n"
        return min(node.end if ended else self.line_end(node.end), entry.end)

    def ending(self, end: int) -> str:
        return self.newline if self.text[end - 1 : end] == "\n" else ""


def inline(value: Value, *, in_flow: bool = False) -> str:
    """A value on one line: plain where every reader agrees, else as JSON writes it.

    in_flow  it is to stand within [] or {}, or as a key
    """
    if isinstance(value, str):
        return value if is_plain(value, in_flow=in_flow) else _double(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_within(k)}: {_within(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_within, value)) + "]"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return json.dumps(value)


def _within(value: Value) -> str:
    return inline(value, in_flow=True)


def _double(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


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
