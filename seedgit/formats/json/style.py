"""The style of a JSON document, and the text of new values in that style.

A new value follows its neighbours first, then values under the same key elsewhere, then the rest of
the file.
"""

from __future__ import annotations

import json
import math
import re

from seedgit.errors import PatchError
from seedgit.formats import flow
from seedgit.formats.flow import indentation, lead_text
from seedgit.formats.scan import sign_at_end
from seedgit.values.value import DEPTH_LIMIT, Key, Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_CHARACTER = re.compile(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")
_UNIT = "  "


class JsonStyle:
    """The style of a document's author, as its text shows it.

    unit    one step of indentation; None if nothing is indented
    colon   the colon between a key and its value, with blanks
    gap     the blanks after a comma, in a container on one line
    pads    kind of container -> the blanks inside its brackets, on one line
    votes   group of containers -> how many are spread over lines, minus how many are not
    """

    __slots__ = ("ascii", "colon", "gap", "gaps", "lasts", "newline", "pads", "unit", "votes")

    def __init__(self, root: Node) -> None:
        text = root.source.text
        self.newline = root.source.newline
        self.ascii = text.isascii() and _ESCAPED_CHARACTER.search(text) is not None
        unit: str | None = None
        colon: str | None = None
        gap: str | None = None
        self.gaps: dict[int, str] = {}
        self.lasts: dict[tuple[int, str], Node | None] = {}
        self.pads: dict[str, str] = {}
        self.votes: dict[tuple[str, object], int] = {}
        for node, key in _containers(root, None):
            if flow.spread(node):
                unit = unit or _unit(node)
            else:
                lead = lead_text(node.entries[0])
                self.pads.setdefault(node.kind, "" if lead.strip() else lead)
                gap = gap if gap is not None else flow.gap(node)
            if node.kind == "map" and colon is None:
                colon = _colon(node.entries[0])
            self.vote(node.kind, key, _is_simple(node.value), flow.spread(node))
        self.unit = unit if unit or root.entries else _UNIT
        self.colon = ": " if colon is None else colon
        self.gap = gap if gap is not None else " " if self.colon.endswith(" ") else ""

    def vote(self, kind: str, key: str | None, simple: bool, spread: bool) -> None:
        for group in ((kind, key), (kind, simple)):
            self.votes[group] = self.votes.get(group, 0) + (1 if spread else -1)

    def count(self, value: Value, key: str | None, spread: bool) -> None:
        """A value was written, and counts for those that follow."""
        for vote in list(self._votes(value, key, spread)):
            self.vote(*vote)

    def _votes(
        self, value: Value, key: str | None, spread: bool
    ) -> Iterator[tuple[str, str | None, bool, bool]]:
        is_map = isinstance(value, dict)
        if value:
            yield "map" if is_map else "list", key, _is_simple(value), spread
        for name, item in value.items() if is_map else ((None, i) for i in value):
            if isinstance(item, (dict, list)):
                below = spread and self.usually_spread(item, name)
                yield from self._votes(item, name, below)

    def last(self, container: Node, kind: str) -> Node | None:
        """The last container of a kind in another one, unless it is empty."""
        place = id(container), kind
        if place not in self.lasts:
            nodes = (entry.node for entry in reversed(container.entries))
            found = (node for node in nodes if node.kind == kind and node.entries)
            self.lasts[place] = next(found, None)
        return self.lasts[place]

    def colon_in(self, container: Node) -> str:
        colons = (_colon(entry) for entry in reversed(container.entries))
        return next((colon for colon in colons if colon is not None), self.colon)

    def gap_in(self, container: Node) -> str:
        if id(container) not in self.gaps:
            gap = flow.gap(container)
            self.gaps[id(container)] = self.gap if gap is None else gap
        return self.gaps[id(container)]

    def spreads(self, value: Value, key: object, parent: Node | None, old: Node | None) -> bool:
        """Whether a new container is spread over several lines.

        key     its key, or None
        parent  the container it goes into
        old     the value that it replaces
        """
        if not isinstance(value, (dict, list)) or self.unit is None:
            return False
        if old is not None and old.entries:
            return flow.spread(old)
        if parent is None:
            return True
        kind = "map" if isinstance(value, dict) else "list"
        if parent.kind == "list":
            last = self.last(parent, kind)
            if last is not None:
                return flow.spread(last)
        if parent.entries and "\n" not in parent.text:
            return False
        return self.usually_spread(value, key)

    def usually_spread(self, value: Value, key: object) -> bool:
        kind = "map" if isinstance(value, dict) else "list"
        for group in ((kind, key), (kind, _is_simple(value))):
            votes = self.votes.get(group, 0)
            if votes and group[1] is not None:
                return votes > 0
        return True

    # -- new text ---------------------------------------------------------------------------------

    def key(self, key: str) -> str:
        if type(key) is Key:
            raise PatchError(
                f"JSON has only strings as keys, and {key} is not one",
                hint="write it as a string in double quotes",
            )
        return self.string(key)

    def string(self, value: str) -> str:
        text = json.dumps(value, ensure_ascii=self.ascii)
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)

    def value(self, value: Value, indent: str, spread: bool, depth: int = 0) -> str:
        """The text of a value on a line indented by `indent`. Raises PatchError.

        spread   whether a container is spread over several lines
        """
        if not isinstance(value, (dict, list)):
            return self.scalar(value)
        if depth > DEPTH_LIMIT:
            raise PatchError(f"the value is nested more than {DEPTH_LIMIT} deep")
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if not value:
            return opening + closing
        inner = indent + (self.unit or _UNIT)
        parts = []
        for key, item in value.items() if isinstance(value, dict) else ((None, i) for i in value):
            below = spread and isinstance(item, (dict, list)) and self.usually_spread(item, key)
            label = "" if key is None else self.key(key) + self.colon
            parts.append(label + self.value(item, inner, below, depth + 1))
        if spread:
            begin, between, end = inner, "," + self.newline + inner, indent
            return (
                opening + self.newline + begin + between.join(parts) + self.newline + end + closing
            )
        pad = self.pads.get("map" if opening == "{" else "list", "")
        return opening + pad + ("," + self.gap).join(parts) + pad + closing

    def scalar(self, value: Value) -> str:
        if isinstance(value, Opaque):
            raise PatchError(
                f"JSON cannot express a value of the kind {value.tag}",
                hint="write it as a string or a number",
            )
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, float) and not math.isfinite(value):
            raise PatchError(f"JSON cannot express {value}", hint="use null or a string")
        try:
            return json.dumps(value)
        except (TypeError, ValueError) as error:
            raise PatchError(f"JSON cannot express this value: {error}") from None


def _containers(node: Node, key: str | None) -> Iterator[tuple[Node, str | None]]:
    """Every container with entries and its key, in the order of the text."""
    if node.entries:
        yield node, key
    for entry in node.entries:
        if entry.node.entries:
            yield from _containers(entry.node, entry.path[0] if entry.path else None)


def _unit(node: Node) -> str | None:
    text = node.source.text
    first = next(entry for entry in node.entries if "\n" in lead_text(entry))
    outer, inner = indentation(text, node.start), indentation(text, first.start)
    return inner[len(outer) :] if inner.startswith(outer) and inner != outer else None


def _colon(entry: Entry) -> str | None:
    head = entry.node.source.text[entry.start : entry.node.start]
    return sign_at_end(head, ":") or None


def _is_simple(value: Value) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return not any(isinstance(item, (dict, list)) for item in items)
