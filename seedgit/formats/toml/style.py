"""The style of a TOML document, and the text of new keys, values and sections in that style."""

from __future__ import annotations

import json
import re

from seedgit.errors import PatchError
from seedgit.formats import flow
from seedgit.formats.flow import indentation, lead_text
from seedgit.formats.scan import sign_at_end
from seedgit.formats.toml.places import is_section, written_start
from seedgit.formats.toml.read import DATES
from seedgit.values.value import DEPTH_LIMIT, Key, Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from seedgit.formats.toml.read import Path
    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value

PAIR, TABLE, ARRAY = "pair", "table", "array"

_BARE = re.compile(r"[A-Za-z0-9_-]+").fullmatch
_SURROGATE = re.compile("[\ud800-\udfff]").search
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK = re.compile(r"[ \t]*\r?\n").match
_UNIT = "    "
# A note that nothing agrees with: a text was written in other quotes than most are.
_TURNS: tuple[dict[str, Any], str, Any] = ({"": None}, "", True)

# A table that fits into this width may be written inline.
_WIDTH = 80
_INTEGERS = range(-(2**63), 2**63)


class TomlStyle:
    """The style of a document's author, as its text shows it.

    shapes  key -> how tables and arrays of tables under it are written: PAIR, TABLE or ARRAY
    lists   key -> whether arrays under it are spread over lines
    blank   whether there is a blank line above each header; sure: whether the text shows it
    margin  so many values have to change before most are written in another way
    notes   what was written since the last `fresh`: where it counts, under which key, as what
    """

    __slots__ = (
        "arrays",
        "blank",
        "commas",
        "equals",
        "gap",
        "lists",
        "literal",
        "long",
        "margin",
        "newline",
        "notes",
        "pads",
        "shapes",
        "sure",
        "unit",
    )

    def __init__(self, root: Node) -> None:
        self.newline = root.source.newline
        self.gap = " "
        self.unit = _UNIT
        self.commas = True
        self.arrays = False
        self.pads = {"map": " ", "list": ""}
        self.shapes: dict[str, str] = {}
        self.lists: dict[str, bool] = {}
        self.notes: list[tuple[dict[str, Any], str, Any]] = []
        quotes = {"'": 0, '"': 0, "'''": 0, '"""': 0}
        leads = []
        tight = 0
        for entry in _entries(root):
            if is_section(entry):
                self.arrays = self.arrays or entry.node.kind == "list"
                if entry.path and entry.node.kind == "map" and entry.lead > 0:
                    leads.append(_BLANK(lead_text(entry)) is not None)
            elif entry.path:
                tight += 1 if _head(entry)[1] == "=" else -1
            self.observe(entry)
            text = entry.node.text
            if entry.node.kind == "scalar" and text[0] in "\"'":
                quotes[text[:3] if text[:3] in quotes and len(text) > 5 else text[0]] += 1
        self.equals = "=" if tight > 0 else " = "
        self.blank = any(leads) or not leads
        self.sure = bool(leads)
        self.literal = quotes["'"] > quotes['"']
        self.long = quotes["'''"] + quotes['"""'] > 0
        apart = quotes["'"] - quotes['"']
        self.margin = min(tight if tight > 0 else 1 - tight, apart if apart > 0 else 1 - apart)

    def observe(self, entry: Entry) -> None:
        node = entry.node
        if entry.path:
            key = entry.path[-1]
            if is_section(entry):
                self.shapes[key] = TABLE if node.kind == "map" else ARRAY
            elif has_tables(node.value):
                self.shapes[key] = PAIR
            if node.kind == "list" and node.layout == "flow" and node.entries:
                self.lists[key] = flow.spread(node)
        if node.layout != "flow" or not node.entries:
            return
        lead = lead_text(node.entries[0])
        if flow.spread(node):
            text = node.source.text
            outer, inner = (
                indentation(text, node.start),
                indentation(text, node.entries[0].start),
            )
            if "\n" in lead and inner.startswith(outer) and inner != outer:
                self.unit = inner[len(outer) :]
            last = node.entries[-1]
            self.commas = "," in text[last.stop : last.end].partition("#")[0]
        else:
            self.pads[node.kind] = "" if lead.strip() else lead
            gap = flow.gap(node)
            self.gap = self.gap if gap is None else gap

    # -- what new text does to the style -----------------------------------------------------------

    def fresh(self) -> None:
        """New text begins, which may be kept or not."""
        self.notes = []

    def steady(self, others: int) -> bool:
        """Whether text that is written next looks as it would without what was written since
        `fresh`, and without so many other changes of values."""
        if others >= self.margin:
            return False
        seen: dict[tuple[int, str], Any] = {}
        for held, key, look in self.notes:
            known = seen.setdefault((id(held), key), held.get(key, look))
            if known != look:
                return False
        return True

    def keep(self) -> None:
        """What was written since `fresh` is a part of the document."""
        for held, key, look in self.notes:
            held[key] = look

    def note_pair(self, key: str, value: Value, text: str) -> None:
        """A key got a value with this text."""
        if has_tables(value):
            self.notes.append((self.shapes, key, PAIR))
        if isinstance(value, list) and value:
            self.notes.append((self.lists, key, text[1:2] in ("\r", "\n")))

    def note_section(self, key: str, double: bool) -> None:
        self.notes.append((self.shapes, key, ARRAY if double else TABLE))
        if double and not self.arrays:
            self.notes.append(_TURNS)

    # -- keys -------------------------------------------------------------------------------------

    def key(self, path: Path) -> str:
        return ".".join(self.name(part) for part in path)

    def name(self, part: str) -> str:
        if type(part) is Key:
            raise PatchError(
                f"TOML has only strings as keys, and {part} is not one",
                hint="write it as a string in double quotes",
            )
        if _SURROGATE(part):
            raise PatchError("TOML cannot express half of a surrogate pair")
        return part if _BARE(part) else _basic(part)

    def label(self, near: Heads, path: Path) -> str:
        """A key and its `=`, spaced like the pairs round it."""
        key = self.key(path)
        if not near.equals:
            return key + self.equals
        before, _, after = near.equals.partition("=")
        if near.aligned:
            before = " " * max(1, min(near.columns) - len(key))
        elif before:
            before = " "
        return f"{key}{before}={after[:1]}"

    def is_alike(self, near: Heads, path: Path, label: str) -> bool:
        """Whether what comes next has the same label if this one is there."""
        size = len(self.key(path))
        mark = label[size:]
        column = size + len(mark.partition("=")[0])
        if (mark == "=") != (self.equals == "="):
            return False
        if near.aligned:
            return column in near.columns
        return near.columns != {column} or near.sizes == {size}

    # -- values -----------------------------------------------------------------------------------

    def value(
        self,
        value: Value,
        indent: str,
        key: str = "",
        old: Node | None = None,
        depth: int = 0,
    ) -> str:
        """The text of a value on a line indented by `indent`. Raises PatchError.

        key   its key
        old   the node that it replaces
        """
        if depth > DEPTH_LIMIT:
            raise PatchError(f"the value is nested more than {DEPTH_LIMIT} deep")
        if isinstance(value, dict):
            parts = []
            for name, item in value.items():
                text = self.value(item, "", depth=depth + 1)
                self.note_pair(name, item, text)
                parts.append(self.name(name) + self.equals + text)
            return self.joined("{}", "map", parts)
        if not isinstance(value, list):
            return self.scalar(value, old, depth)
        parts = [self.value(item, "", depth=depth + 1) for item in value]
        text = self.joined("[]", "list", parts)
        if old is not None and old.layout == "flow" and old.entries:
            spread = flow.spread(old)
        else:
            spread = depth == 0 and self.lists.get(
                key, len(text) > _WIDTH and any(self.lists.values())
            )
        if not spread or not value or depth > 0:
            return text
        inner = self.newline + indent + self.unit
        comma = "," if self.commas else ""
        return "[" + inner + ("," + inner).join(parts) + comma + self.newline + indent + "]"

    def joined(self, brackets: str, kind: str, parts: list[str]) -> str:
        pad = self.pads[kind] if parts else ""
        return brackets[0] + pad + ("," + self.gap).join(parts) + pad + brackets[1]

    def scalar(self, value: Value, old: Node | None, depth: int) -> str:
        if value is None:
            raise PatchError("TOML has no null", hint="remove the key, or give it another value")
        if isinstance(value, str):
            return self.string(value, old.text if old is not None else "", depth)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            if value not in _INTEGERS:
                raise PatchError("TOML has integers of 64 bits", hint="write it as a string")
            return str(value)
        if isinstance(value, float):
            return repr(value)
        if isinstance(value, Opaque) and value.tag in DATES.values():
            return str(value.content)
        kind = value.tag if isinstance(value, Opaque) else type(value).__name__
        raise PatchError(
            f"TOML cannot express a value of the kind {kind}", hint="write it as a string"
        )

    def string(self, value: str, old: str, depth: int) -> str:
        """A string, in the same quotes as the old one if they can hold it."""
        if _SURROGATE(value):
            raise PatchError("TOML cannot express half of a surrogate pair")
        plain = _CONTROL.search(value) is None
        long = old[:3] in ('"""', "'''") and len(old) > 5
        if "\n" in value and depth == 0 and (long or (not old and self.long)):
            if old[:1] == "'" and plain and "'''" not in value and not value.endswith("'"):
                quotes, body = "'''", value
            else:
                quotes, body = '"""', _long_basic(value)
            self.notes.append(_TURNS)
            begin = self.newline if not old or old[3:5].lstrip("\r")[:1] == "\n" else ""
            begin = self.newline if value.startswith("\n") else begin
            return quotes + begin + body.replace("\n", self.newline) + quotes
        literal = old[:1] == "'" if old[:1] in ("'", '"') else self.literal
        if literal and plain and "'" not in value and "\n" not in value:
            return f"'{value}'"
        if self.literal:
            self.notes.append(_TURNS)
        return _basic(value)

    # -- sections ---------------------------------------------------------------------------------

    def shape(
        self, value: Value, key: str, near: tuple[int, int] = (0, 0), headers: bool = False
    ) -> str:
        """How a new value is written: PAIR, TABLE or ARRAY.

        near     of the tables or arrays of tables in the table it goes into, how many have headers,
                 and how many there are
        headers  whether tables in there have headers by default
        """
        if not has_tables(value):
            return PAIR
        kind = TABLE if isinstance(value, dict) else ARRAY
        seen = self.shapes.get(key)
        if seen in (PAIR, kind):
            return seen
        sections, count = near
        if sections * 2 != count:
            return kind if sections * 2 > count else PAIR
        if (kind == TABLE and headers) or (kind == ARRAY and self.arrays):
            return kind
        simple = isinstance(value, list) or not any(map(has_tables, value.values()))
        notes = len(self.notes)
        short = simple and len(key + self.value(value, "", depth=1)) < _WIDTH
        del self.notes[notes:]
        return PAIR if short else kind

    def section(
        self,
        name: Path,
        value: dict[str, Value],
        double: bool,
        near: Entry | None = None,
    ) -> str:
        """The lines of a header and its table, sub-sections included.

        near   a section whose indentation it copies
        """
        if len(name) > DEPTH_LIMIT:
            raise PatchError(f"the value is nested more than {DEPTH_LIMIT} deep")
        outer, inner = indents(near)
        pairs = []
        below = []
        for key, item in value.items():
            shape = self.shape(item, key)
            if shape == TABLE:
                below.append(self.section((*name, key), item, False, near))
            elif shape == ARRAY:
                below += [self.section((*name, key), each, True, near) for each in item]
            else:
                text = self.value(item, inner, key)
                self.note_pair(key, item, text)
                pairs.append(inner + self.name(key) + self.equals + text + self.newline)
        if pairs or double or not below:
            self.note_section(name[-1], double)
            header = f"[[{self.key(name)}]]" if double else f"[{self.key(name)}]"
            below.insert(0, outer + header + self.newline + "".join(pairs))
        return (self.newline if self.blank else "").join(below)


class Heads:
    """The keys of pairs and their `=`.

    columns  where the `=` are; sizes: how long the keys are; equals: the last one, "" without pairs
    """

    __slots__ = ("columns", "equals", "pairs", "places", "sizes")

    def __init__(self, pairs: Sequence[Entry]) -> None:
        found = [_head(entry) for entry in pairs]
        self.pairs = pairs
        # For each pair the column of its `=`, and the length of its key.
        self.places = [(len(n) + len(equals.partition("=")[0]), len(n)) for n, equals in found]
        self.columns = {column for column, _ in self.places}
        self.sizes = {size for _, size in self.places}
        self.equals = found[-1][1] if found else ""

    @property
    def aligned(self) -> bool:
        return len(self.columns) == 1 and len(self.sizes) > 1

    def leaders(self) -> list[Entry]:
        """The pairs that tell how they are aligned, as long as they stay."""
        by = 0 if len(self.columns) > 1 else 1
        last = self.places[-1][by]
        other = (n for n in range(len(self.pairs) - 1, -1, -1) if self.places[n][by] != last)
        return [self.pairs[-1], *(self.pairs[n] for n in list(other)[:1])]


def indents(section: Entry | None) -> tuple[str, str]:
    """The indentation of a section's header, and that of the keys under it."""
    if section is None:
        return "", ""
    text = section.node.source.text
    pairs = [entry for entry in section.node.entries if not is_section(entry)]
    outer = indentation(text, written_start(section))
    return outer, indentation(text, pairs[0].start) if pairs else outer


def _entries(node: Node) -> Iterator[Entry]:
    """Every entry, in the order of the text."""
    for entry in node.entries:
        yield entry
        if entry.node.entries:
            yield from _entries(entry.node)


def _head(entry: Entry) -> tuple[str, str]:
    """The key of a pair as written, and its `=` with the blanks round it."""
    head = entry.node.source.text[entry.start : entry.node.start]
    equals = sign_at_end(head, "=")
    return (head.removesuffix(equals), equals) if equals else (head, " = ")


def has_tables(value: Value) -> bool:
    """Whether a value is a table, or a list of nothing but tables: what may have headers."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) for item in value)
    return isinstance(value, dict)


def _basic(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long_basic(value: str) -> str:
    """The content of a multi-line basic string, its line ends as they are."""
    text = re.sub(r'"(?="|\Z)', r"\"", value.replace("\\", "\\\\"))
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
