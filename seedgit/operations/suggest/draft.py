"""Turns suggestions into lines of the rules file, and finds where in it they go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from seedgit import codes
from seedgit.formats.document import Document
from seedgit.merge.tree import step
from seedgit.named_tuple import NamedTuple
from seedgit.operations.adoption.model import counted
from seedgit.operations.edits.when import iso
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.merge.tree import Node
    from seedgit.operations.suggest.model import SuggestedEntry, Suggestion

# The reasons why a place is listed but not suggested.
REMARKS = {
    codes.ONCE: "once only",
    codes.ITEMS_COME_AND_GO: "whole items come and go",
    codes.NOT_SAYABLE: "a key reads as a pattern",
}

WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")  # not text to some parser

OVERLAY, KEYS = "overlay", "keys"


class InsertionPoint(NamedTuple):
    """A place in the rules file for new lines.

    line    they go after this line; in flow style into it, after its first `column` characters
    indent  the column at which they begin
    begun   whether the list or map that they belong to exists already
    """

    line: int
    indent: int
    begun: bool
    column: int | None = None


class KnownEntry(NamedTuple):
    """The entry of `seeds` that new lines belong to, and the places for them."""

    line: int
    overlay: InsertionPoint
    keys: InsertionPoint


class Addition(NamedTuple):
    """Lines for one place of the rules file."""

    what: str
    slot: InsertionPoint
    lines: tuple[str, ...]

    def data(self) -> dict[str, Any]:
        slot = self.slot
        place = {"line": slot.line, "column": slot.column}
        return {"list": self.what, **place, "lines": list(self.lines)}


def known_entry(rules: Document, number: int) -> KnownEntry:
    """The places for new lines in the entry `number` of `seeds`. The rules must be valid."""
    place = ("seeds", str(number))
    entry = _node(rules, place)
    return KnownEntry(
        rules.text.count("\n", 0, entry.start) + 1,
        _slot(rules, (*place, OVERLAY), entry, place),
        _slot(rules, (*place, KEYS), entry, (*place, "files")),
    )


def _slot(
    rules: Document, place: tuple[str, ...], entry: Node, behind: tuple[str, ...]
) -> InsertionPoint:
    """The end of a list or map of an entry; if it is missing, its place after `behind`."""
    found = step(entry, place[-1])
    holder, begun = (found.node, True) if found else (entry, False)
    if holder.layout != "block" or not holder.entries:
        at = holder.start + 1
        before = rules.text.rfind("\n", 0, at) + 1
        line = rules.text.count("\n", 0, at) + 1
        return InsertionPoint(line, at - before + 1, begun, at - before)
    last = rules.spans(place if begun else behind)[-1][1]
    return InsertionPoint(last, holder.indent, begun)


def _node(document: Document, tokens: tuple[str, ...]) -> Node:
    node = document.root
    for token in tokens:
        entry = step(node, token)
        assert entry is not None, tokens
        node = entry.node
    return node


# -- lines ---------------------------------------------------------------------------------------


def additions(group: SuggestedEntry, known: KnownEntry) -> list[Addition]:
    """The new lines of a group for an entry that the rules already have."""
    made = []
    keys = [f"{yaml_name(path)}: {yaml_name(key)}" for path, key in group.keys]
    if keys and not known.keys.begun:
        made.append(Addition(KEYS, known.keys, tuple(_begun(known.keys, KEYS, keys))))
    if group.found:
        rows = aligned([_row(item, known.overlay.column is not None) for item in group.found])
        slot = known.overlay
        made.append(Addition(OVERLAY, slot, tuple(_begun(slot, OVERLAY, rows))))
    return made


def _begun(slot: InsertionPoint, name: str, rows: Sequence[str]) -> Iterator[str]:
    """The indented rows, after the name of their list or map if that does not exist yet."""
    flow = slot.column is not None
    indent = " " * slot.indent
    if slot.begun or all(row.startswith("#") for row in rows):
        yield from (indent + row for row in rows)
    elif name == KEYS:
        yield f"{indent}{name}: {{{', '.join(rows)}}}{',' if flow else ''}"
    else:
        yield f"{indent}{name}:{' [' if flow else ''}"
        yield from (f"{indent}  {row}" for row in rows)
        if flow:
            yield f"{indent}],"


def entry(group: SuggestedEntry) -> list[str]:
    """The lines of a group as a new entry."""
    names = ", ".join(canonical(name) for name in group.files)
    lines = [f"  - files: {names if len(group.files) == 1 else f'[{names}]'}"]
    if group.keys:
        keys = ", ".join(f"{yaml_name(path)}: {yaml_name(key)}" for path, key in group.keys)
        lines.append(f"    keys: {{{keys}}}")
    named = any(not item.reason for item in group.found)
    lines.append("    overlay:" if named else "    overlay: []")
    return lines + [f"      {row}" for row in aligned([_row(item) for item in group.found])]


def aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    """The lines, with their comments aligned."""
    width = max((len(row) for row, _ in rows), default=0)
    return [f"{row.ljust(width)}  # {about}" for row, about in rows]


def _row(item: Suggestion, flow: bool = False) -> tuple[str, str]:
    day = iso(item.when)[:10]
    changed, files = counted(item.changes, "change"), counted(len(item.files), "file")
    about = f"{changed} in {files}, last {item.last[:12]} {day}"
    text = f"{yaml_name(item.path)}," if flow else f"- path: {yaml_name(item.path)}"
    return (f"# {text}", f"{about}; {REMARKS[item.reason]}") if item.reason else (text, about)


def yaml_name(text: str) -> str:
    """A name in YAML: plain where that is certainly safe, else quoted."""
    if re.fullmatch(r"/?[A-Za-z_][\w/*.-]*", text, re.ASCII) and text.lower() not in WORDS:
        return text
    quoted = canonical(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in quoted)
