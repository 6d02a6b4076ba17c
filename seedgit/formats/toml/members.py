"""A table or an array of a TOML document: where new members go, and what goes with old ones."""

from __future__ import annotations

import re
from functools import cached_property

from seedgit.errors import PatchError
from seedgit.formats.flow import indentation
from seedgit.formats.toml.places import is_section, written_start
from seedgit.formats.toml.style import ARRAY, PAIR, TABLE, Heads, has_tables, indents
from seedgit.merge.splice import Splice
from seedgit.merge.tree import Node
from seedgit.values.pointer import format_pointer, list_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.formats.toml.places import TomlPlace
    from seedgit.formats.toml.read import Path
    from seedgit.formats.toml.write import TomlEditor
    from seedgit.merge.tree import Entry
    from seedgit.values.value import Value

_blanks = re.compile(r"(?:[ \t]*\r?\n)*").match
_starts_blank = re.compile(r"[ \t]*\r?\n").match
_ends_blank = re.compile(r"\n[ \t]*\r?\n\Z").search
_sign = re.compile(r"\S").search
_comments = re.compile(r"(?:[ \t]*#[^\n]*(?:\n|\Z))*").match
_kept_lead = re.compile(r"(?s:.*\n)?[^\n#]*#[^\n]*\n(?=[ \t]*\r?\n)").match


class TomlTable:
    """A table or an array, and changes of what is in it."""

    def __init__(self, editor: TomlEditor, place: TomlPlace, tokens: Path) -> None:
        self.editor = editor
        self.place = place
        self.tokens = tokens
        self.root = editor.root
        self.text = editor.text
        self.newline = editor.newline
        self.style = editor.style
        self.is_list = place.node is not None and place.node.kind == "list"
        self.tables: dict[type, tuple[int, int]] = {}
        self._heads: dict[int, Heads] = {}
        self._pairs: dict[tuple[int, Path], Sequence[Entry]] = {}

    # -- add --------------------------------------------------------------------------------------

    def add(self, key: str, value: Value) -> list[Splice]:
        """A new member of a table."""
        self.editor.slot = PAIR
        near = self.near(type(value)) if has_tables(value) else (0, 0)
        shape = self.style.shape(value, key, near, self.has_only_headers)
        if shape == PAIR or not self.takes_sections:
            return self.add_pair(key, value)
        name = (*self.place.name, key)
        items = value if shape == ARRAY else [value]
        sections = [
            self.style.section(name, item, shape == ARRAY, self.near_section) for item in items
        ]
        body = (self.newline if self.style.blank else "").join(sections)
        return self.with_section(self.end_of_sections, body)

    def add_pair(self, key: str, value: Value) -> list[Splice]:
        for container, prefix in self.place.parts:
            if container.layout == "flow":
                return self.add_inline(container, (*prefix, key), value)
            pairs = self.pairs(container, prefix)
            if pairs or not prefix:
                return self.add_line(container, pairs, (*prefix, key), value)
        # Only sub-tables have headers: the table gets its own, before theirs.
        section = self.style.section(self.place.name, {key: value}, False)
        first = min((entry for _, entry in self.place.entries), key=written_start)
        splices = self.with_section(self.lead_start(first), section)
        self.editor.ready = False
        return splices

    def add_inline(self, container: Node, path: Path, value: Value) -> list[Splice]:
        if not container.entries:
            text = self.style.value({path[-1]: value}, "", depth=1)
            return [Splice(container.start, container.end, text)]
        label, text = self.labelled(container.entries, path, value, "", 1)
        gap = self.style.gap
        return self.editor.flow.insert(container, len(container.entries), label + text, gap)

    def add_line(
        self, container: Node, pairs: Sequence[Entry], path: Path, value: Value
    ) -> list[Splice]:
        """A new line after the last of `pairs`, or as the container's first line."""
        indent = indentation(self.text, pairs[-1].start) if pairs else ""
        label, text = self.labelled(pairs, path, value, indent, 0)
        line = indent + label + text + self.newline
        if pairs:
            return self.with_lines(pairs[-1].end, line)
        self.editor.ready = False
        if container is not self.root:
            return self.with_lines(container.start, line)
        if not container.entries:
            return self.with_lines(len(self.text), line)
        at = self.lead_start(container.entries[0])
        if _sign(self.text, 0, at):
            at = _end(_blanks(self.text, at), at)
        return [Splice(at, at, line + ("" if _starts_blank(self.text, at) else self.newline))]

    def labelled(
        self, pairs: Sequence[Entry], path: Path, value: Value, indent: str, depth: int
    ) -> tuple[str, str]:
        """The label of a new pair beside `pairs`, and the text of its value."""
        if id(pairs) not in self._heads:
            self._heads[id(pairs)] = Heads(pairs)
        heads = self._heads[id(pairs)]
        label = self.style.label(heads, path)
        text = self.style.value(value, indent, "" if depth else path[-1], depth=depth)
        self.style.note_pair(path[-1], value, text)
        self.editor.ready = self.style.is_alike(heads, path, label)
        return label, text

    def insert(self, token: str, value: Value) -> list[Splice]:
        """A new item of an array."""
        node = self.place.node
        assert node is not None
        entries = node.entries
        index = list_index(token, len(entries))
        if index > len(entries):
            raise PatchError(f"the array has {len(entries)} items, and no place {index}")
        if node.layout == "flow":
            return self.insert_inline(node, index, value)
        if not isinstance(value, dict):
            raise PatchError(
                "an array of tables takes only tables",
                hint=f"replace the whole of {format_pointer(self.tokens)}",
            )
        near = entries[min(index, len(entries) - 1)]
        body = self.style.section(self.place.name, value, True, near)
        if index < len(entries):
            splices = self.with_section(self.lead_start(entries[index]), body)
        else:
            splices = self.with_section(self.after_own_comments(node.end), body)
        self.editor.ready = self.editor.ready and indents(near) == ("", "")
        return splices

    def insert_inline(self, node: Node, index: int, value: Value) -> list[Splice]:
        if node.entries:
            near = node.entries[min(index, len(node.entries) - 1)]
            new = self.style.value(value, indentation(self.text, near.start), depth=1)
            self.editor.ready = True
            return self.editor.flow.insert(node, index, new, self.style.gap)
        new = self.style.value(value, "", depth=1)
        inside = self.text[node.start + 1 : node.end - 1]
        at = node.start + 1 + len(inside.rstrip())
        if "\n" not in inside:
            return [Splice(node.start, node.end, "[" + new + "]")]
        indent = indentation(self.text, node.start) + self.style.unit
        return [Splice(at, at, self.newline + indent + new)]

    # -- replace ----------------------------------------------------------------------------------

    def replace(self, key: str, place: TomlPlace, value: Value) -> list[Splice]:
        node = place.node
        if node is not None and (node.layout == "flow" or node.kind == "scalar"):
            indent = indentation(self.text, place.start)
            depth = 0 if _holder(place).layout == "block" else 1
            new = self.style.value(value, indent, key, node, depth)
            self.editor.ready = True
            return [Splice(node.start, node.end, new)]
        if self.is_list:
            raise PatchError(
                "an array of tables takes only tables",
                hint=f"replace the whole of {format_pointer(self.tokens)}",
            )
        gone = self.remove(key, place)
        return self.editor.stepwise(gone, ("add", (*self.tokens, key), value))

    # -- remove -----------------------------------------------------------------------------------

    def remove(self, key: str, place: TomlPlace) -> list[Splice]:
        holder = _holder(place)
        if self.is_list and holder.layout == "block" and len(holder.entries) == 1:
            above = self.editor.table(self.tokens[:-1])
            gone = above.without(self.tokens[-1], self.place)
            return self.editor.stepwise(gone, ("add", self.tokens, []))
        return self.without(key, place)

    def without(self, key: str, place: TomlPlace) -> list[Splice]:
        """The text without a place. If its table becomes empty, an empty table is written."""
        entries = sorted(place.entries, key=lambda pair: is_section(pair[1]))
        container, entry = entries[0]
        if container.layout == "flow" and len(entries) > 1:
            # There are commas between them, so remove them one by one.
            gone = self.removed(*entries[-1])
            return self.editor.stepwise(gone, ("remove", (*self.tokens, key), None))
        if self.place.node is None and {id(e) for _, e in self.place.entries} == {
            id(e) for _, e in entries
        }:
            splices = [self.emptied(container, entry)]
            splices += self.cuts([e for _, e in entries[1:]])
        elif container.layout == "flow":
            splices = self.removed(container, entry)
        else:
            splices = self.cuts([e for _, e in entries])
        return splices

    def removed(self, container: Node, entry: Entry) -> list[Splice]:
        return self.editor.flow.remove(container, self.editor.number(container, entry))

    def emptied(self, container: Node, entry: Entry) -> Splice:
        """Replace the last member of a table by the empty table."""
        if is_section(entry):
            start = self.text.rfind("\n", 0, written_start(entry)) + 1
            return Splice(start, entry.end, f"[{self.style.key(self.place.name)}]" + self.newline)
        prefix = next(prefix for part, prefix in self.place.parts if part is container)
        label = self.style.label(Heads([entry]), prefix)
        return Splice(entry.start, entry.stop, label + self.style.value({}, ""))

    def cuts(self, entries: list[Entry]) -> list[Splice]:
        """Cut out entries' lines, with the comments directly above them."""
        runs: list[list[Entry]] = []
        for entry in sorted(entries, key=lambda e: e.lead):
            if runs and runs[-1][-1].end == entry.lead:
                runs[-1].append(entry)
            else:
                runs.append([entry])
        return [self.cut(run[0], run[-1].end) for run in runs]

    def cut(self, first: Entry, end: int) -> Splice:
        text, start = self.text, self.lead_start(first)
        blanks, blank = _end(_blanks(text, start), start), _starts_blank(text, end)
        if start == 0 and blank:
            end = _end(_blanks(text, end), end)
        elif start < blanks and end < len(text) and not blank:
            start = blanks
        return Splice(start, end, "")

    # -- places -----------------------------------------------------------------------------------

    @cached_property
    def holder(self) -> Node:
        """The node whose entries are members here; one of its own if they stand at several
        places."""
        node, parts = self.place.node, self.place.parts
        if node is not None:
            return node
        if len(self.place.entries) == 1 and not parts[0][1]:
            return parts[0][0]
        below = self.editor.places.below
        entries = [entry for container, prefix in parts for entry in below(container, prefix)]
        return Node(self.root.source, "map", None, 0, 0, entries, "block")

    def pairs(self, container: Node, prefix: Path) -> Sequence[Entry]:
        """The pairs of a container that are members here."""
        place = id(container), prefix
        if place not in self._pairs:
            entries = self.editor.places.below(container, prefix)
            self._pairs[place] = [entry for entry in entries if not is_section(entry)]
        return self._pairs[place]

    @cached_property
    def members(self) -> list[Entry]:
        """The entries that are members of the table, with one name below it."""
        return [
            entry
            for container, prefix in self.place.parts
            for entry in self.editor.places.below(container, prefix)
            if len(entry.path) == len(prefix) + 1
        ]

    def near(self, kind: type) -> tuple[int, int]:
        """Of the members that are tables, or arrays of tables, how many have headers, and how many
        there are."""
        if kind not in self.tables:
            near = [e for e in self.members if type(e.node.value) is kind]
            near = [e for e in near if has_tables(e.node.value)]
            self.tables[kind] = sum(map(is_section, near)), len(near)
        return self.tables[kind]

    @cached_property
    def near_section(self) -> Entry | None:
        """The section whose look a new one in the table copies."""
        near = [e for e in self.members if is_section(e)]
        near += [e for _, e in self.place.entries if is_section(e)]
        return next((e for e in near if e.node.kind == "map"), None)

    @cached_property
    def has_only_headers(self) -> bool:
        """Whether this is the document, or is only written in headers of its sub-tables."""
        return self.place.node is self.root or (
            self.place.node is None
            and all(prefix and container is self.root for container, prefix in self.place.parts)
            and all(is_section(entry) for _, entry in self.place.entries)
        )

    @cached_property
    def takes_sections(self) -> bool:
        """Whether a sub-table may have a header of its own."""
        return any(
            container.layout == "block"
            and (not prefix or any(is_section(e) for _, e in self.place.entries))
            for container, prefix in self.place.parts
        )

    @cached_property
    def end_of_sections(self) -> int:
        """Where a new sub-section goes: after all other lines."""
        if self.place.node is self.root:
            return len(self.text)
        return self.after_own_comments(max(entry.end for _, entry in self.place.entries))

    def after_own_comments(self, at: int) -> int:
        """After the comments directly below a section, if nothing directly follows them."""
        end = _end(_comments(self.text, at), at)
        return end if end == len(self.text) or _starts_blank(self.text, end) else at

    def lead_start(self, entry: Entry) -> int:
        """Where the part of an entry's lead begins that is removed with the entry.

        Comments above a blank line stay: they are not about this entry alone.
        """
        start = written_start(entry)
        kept = _kept_lead(self.text, entry.lead, start)
        return kept.end() if kept else entry.lead

    # -- text -------------------------------------------------------------------------------------

    def with_lines(self, at: int, lines: str) -> list[Splice]:
        """Lines are put in, on lines of their own."""
        if at and self.text[at - 1] != "\n":
            lines = self.newline + lines
            self.editor.ready = False
        return [Splice(at, at, lines)]

    def with_section(self, at: int, section: str) -> list[Splice]:
        """A section is put in, between blank lines if other sections have them."""
        text = self.text
        line = text[max(text.rfind("\n", 0, max(at - 1, 0)), 0) : at]
        if line and not line.endswith("\n"):
            line += self.newline
        blank = self.newline if self.style.blank else ""
        above = "" if not _sign(text, 0, at) or _ends_blank(line) else blank
        below = "" if not _sign(text, at) or _starts_blank(text, at) else blank
        self.editor.slot = TABLE
        self.editor.ready = above == blank and not below and self.style.sure
        return self.with_lines(at, above + section + below)


def _holder(place: TomlPlace) -> Node:
    return place.entries[0][0]


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise
