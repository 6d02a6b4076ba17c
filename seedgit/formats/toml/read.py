"""Read TOML 1.0: `tomllib` gives the values and refuses invalid text, our scanner finds the places.

The scanner reads well-formed text and stops at anything else; `tomllib` then explains what is
wrong. The scanner also limits the nesting before `tomllib` recurses into it.

    root map ("block")   key = value lines, then a section for each header, in the text's order
    [a.b]                an entry with the path ("a", "b"); its node is a "block" map
    [[x]] ... [[x]]      one entry with the path ("x",); its node is a "block" list of maps,
                         each with its keys, then its sub-sections `[x.y]` as entries ("y",)
    a.b = 1              an entry with the path ("a", "b")

Indentation has no meaning in TOML. The comments and blank lines before an entry are its lead,
whatever their column.
"""

from __future__ import annotations

import re

from seedgit.errors import InvalidDocument
from seedgit.formats.scan import after_bracket
from seedgit.formats.toml.library import loads
from seedgit.merge.tree import Entry, Node, Source
from seedgit.values.value import DEPTH_LIMIT, NODE_LIMIT, Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.syntax import Syntax
    from seedgit.values.value import Value

    Path = tuple[str, ...]

# Python neither reads nor writes integers of more decimal digits (sys.int_info); in bits, as
# hexadecimal ones may be longer than what can be written.
_DIGITS = 4300
_INTEGER_BITS = 14_000

DATES = {"datetime": "toml:datetime", "date": "toml:date", "time": "toml:time"}

_BARE = r"[A-Za-z0-9_-]+"
_BASIC = r'"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"'
_LITERAL = r"'[^'\r\n]*'"
# Always up to the line's end: if a pattern fails later, it must not try a shorter comment.
_COMMENT = r"#[^\r\n]*(?![^\r\n])"

_blank_lines = re.compile(rf"(?:[ \t]*(?:{_COMMENT})?\r?\n)*").match
_line_rest = re.compile(rf"[ \t]*(?:{_COMMENT})?(?:\r?\n|\Z)").match
_spaces = re.compile(r"[ \t]*").match
_key_part = re.compile(rf"[ \t]*({_BARE}|{_BASIC}|{_LITERAL})[ \t]*(\.?)").match
_in_array = re.compile(rf"[ \t\r\n]*(?:{_COMMENT}[ \t\r\n]*)*").match
_comma = re.compile(rf"[ \t\r\n]*(?:{_COMMENT}[ \t\r\n]*)*,(?:[ \t]*{_COMMENT})?").match
_on_line = re.compile(rf"(?:[ \t]*{_COMMENT})?").match
_scalar = re.compile(
    r'"""[^"\\]*(?:(?:\\(?s:.)|"(?!""))[^"\\]*)*"{3,5}'
    r"|'''[^']*(?:'(?!'')[^']*)*'{3,5}"
    rf"|{_BASIC}|{_LITERAL}"
    r"|[^\s,\[\]{}#\"'=](?:[ \t]*[^\s,\[\]{}#\"'=])*"
).match


def parse(format: Syntax, text: str, where: str, merging: bool = False) -> Node:
    """The tree of a TOML document without byte order mark; `where` names the file in errors.

    merging  an array of tables may have other tables between its elements: the elements at each
             place are an entry of their own, `x (2)` for the second place

    Raises InvalidDocument, with the line, for text that `tomllib` refuses, for keys and values
    nested deeper than DEPTH_LIMIT, for more than NODE_LIMIT of them, for numbers that Python cannot
    hold, for an array of tables at several places (except in a merge), and for sub-tables apart
    from their element.
    """
    return TomlParser(format, text, where, merging).root()


def after_trivia(text: str, at: int) -> int:
    """Inside an array: the end of the blanks and comments that begin at `at`."""
    return _end(_in_array(text, at), at)


def after_comment(text: str, at: int) -> int:
    """The end of the comment that follows on the line of `at`; `at` if there is none."""
    return _end(_on_line(text, at), at)


class MalformedToml(Exception):
    """The scanner met text that cannot be TOML."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


class _Section:
    """A header and the key-value lines under it; `name` is empty for those before any header."""

    __slots__ = ("body", "double", "end", "entries", "indent", "lead", "name", "start")

    def __init__(self, name: Path, double: bool, lead: int, start: int, body: int) -> None:
        self.name = name
        self.double = double
        self.lead = lead
        self.start = start
        self.body = self.end = body
        self.entries: list[Entry] = []
        self.indent = 0


class TomlParser:
    __slots__ = ("left", "merging", "source", "text", "where")

    def __init__(self, format: Syntax, text: str, where: str, merging: bool) -> None:
        self.left = NODE_LIMIT
        self.text = text
        self.where = where
        self.merging = merging
        self.source = Source(text, format)

    def root(self) -> Node:
        problem = None
        try:
            sections = self.sections()
        except MalformedToml as found:
            problem = found
        value = self.loaded()
        if problem is not None:
            raise self.error(problem.at, str(problem))
        top = sections[0]
        root = Node(self.source, "map", value, 0, len(self.text), top.entries, "block")
        root.entries.extend(self.nested(sections[1:], ()))
        self.fill(root, value)
        root.value = value
        return root

    def loaded(self) -> dict[str, Value]:
        try:
            return loads(self.text)
        except RecursionError:
            raise InvalidDocument("not valid TOML: nested too deep", where=self.where) from None
        except ValueError as error:
            raise self.refused(str(error)) from None

    def refused(self, message: str) -> InvalidDocument:
        """The error of `tomllib`, with its line taken out of the message."""
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
        line = None
        if place:
            line = int(place[1]) if place[1] else self.line(len(self.text))
            message = message[: place.start()]
        return InvalidDocument(
            f"not valid TOML: {message[:1].lower()}{message[1:]}",
            where=self.where,
            line=line,
        )

    def error(self, at: int, message: str) -> InvalidDocument:
        return InvalidDocument(f"not valid TOML: {message}", where=self.where, line=self.line(at))

    def line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    # -- lines ------------------------------------------------------------------------------------

    def sections(self) -> list[_Section]:
        """The lines before any header, then one section for each header."""
        text = self.text
        found = [_Section((), False, 0, 0, 0)]
        at = 0
        while True:
            lead = at
            at = _end(_blank_lines(text, at), at)
            start = _end(_spaces(text, at), at)
            if start == len(text):
                return found
            if text[start] == "#":
                self.rest(start)  # a last line without its end
                return found
            if text[start] == "[":
                section = self.header(lead, start)
                found.append(section)
                at = section.body
            else:
                at = self.pair(found[-1], lead, start)

    def header(self, lead: int, start: int) -> _Section:
        double = self.text.startswith("[[", start)
        name, close = self.key(start + 1 + double)
        if not self.text.startswith("]]" if double else "]", close):
            raise MalformedToml(close, "a table header without end")
        return _Section(name, double, lead, start, self.rest(close + 1 + double))

    def pair(self, section: _Section, lead: int, start: int) -> int:
        """A `key = value` line; returns where the next line begins."""
        path, at = self.key(start, len(section.name))
        node = self.value(self.after_equals(at), len(section.name) + len(path))
        end = self.rest(node.end)
        if not section.entries:
            section.indent = start - (self.text.rfind("\n", 0, start) + 1)
        section.entries.append(Entry(path, node, lead, start, node.end, end))
        section.end = end
        return end

    def rest(self, at: int) -> int:
        """The end of a line that may hold only a comment from here on."""
        match = _line_rest(self.text, at)
        if match is None:
            raise MalformedToml(at, "more than one thing in a line")
        return match.end()

    def key(self, at: int, depth: int = 0) -> tuple[Path, int]:
        """A key's parts, and where the text continues after it."""
        path: list[str] = []
        start = at
        while True:
            match = _key_part(self.text, at)
            if match is None:
                raise MalformedToml(at, "no key")
            path.append(self.key_text(match[1], at))
            at = match.end()
            if depth + len(path) > DEPTH_LIMIT:
                raise self.error(start, f"nested more than {DEPTH_LIMIT} deep")
            if not match[2]:
                return tuple(path), at

    def key_text(self, token: str, at: int) -> str:
        if token[0] not in "\"'":
            return token
        if token[0] == "'" or "\\" not in token:
            return token[1:-1]
        try:
            return next(iter(loads(token + " = 0")))
        except ValueError:
            raise MalformedToml(at, "not a valid escape") from None

    def after_equals(self, at: int) -> int:
        if self.text[at : at + 1] != "=":
            raise MalformedToml(at, 'no "=" after the key')
        return _end(_spaces(self.text, at + 1), at)

    # -- values -----------------------------------------------------------------------------------

    def value(self, at: int, depth: int) -> Node:
        """The node of the value at `at`; `fill` gives it its value later."""
        text = self.text
        node = self.single(at)
        if node.kind == "scalar":
            return node
        root = node
        # The containers round `node`, each with the path, lead and start of its open entry.
        stack: list[tuple[Node, Path, int, int]] = []
        lead = after_bracket(text, at + 1, after_comment)
        while True:
            start = after_trivia(text, lead)
            if text[start : start + 1] == ("}" if node.kind == "map" else "]"):
                node.end = start + 1
                if not stack:
                    return root
                child = node
                node, path, lead, start = stack.pop()
            else:
                path, at = (), start
                if node.kind == "map":
                    path, at = self.key(start, depth + len(stack))
                    at = self.after_equals(at)
                child = self.single(at)
                if child.kind != "scalar":
                    stack.append((node, path, lead, start))
                    if depth + len(stack) >= DEPTH_LIMIT:
                        raise self.error(at, f"nested more than {DEPTH_LIMIT} deep")
                    node, lead = child, after_bracket(text, at + 1, after_comment)
                    continue
            stop = child.end
            comma = _comma(text, stop)
            end = comma.end() if comma else after_comment(text, stop)
            node.entries.append(Entry(path, child, lead, start, stop, end))
            lead = end

    def single(self, at: int) -> Node:
        """A scalar, or a container just opened."""
        self.left -= 1
        if self.left < 0:
            raise self.error(at, f"more than {NODE_LIMIT} values")
        opening = self.text[at : at + 1]
        if opening == "[":
            return Node(self.source, "list", None, at, at, layout="flow")
        if opening == "{":
            return Node(self.source, "map", None, at, at, layout="flow")
        match = _scalar(self.text, at)
        if match is None:
            raise MalformedToml(at, "no value")
        if match.end() - at > _DIGITS and opening not in "\"'":
            raise self.error(at, f"a number of more than {_DIGITS} digits is too large")
        return Node(self.source, "scalar", None, at, match.end())

    # -- the tree ---------------------------------------------------------------------------------

    def nested(self, sections: list[_Section], prefix: Path) -> list[Entry]:
        """The entries made from the sections below `prefix`, in the order of the text."""
        entries = []
        lists: set[Path] = set()
        n = 0
        while n < len(sections):
            section = sections[n]
            path = section.name[len(prefix) :]
            apart = next((n for n in range(1, len(path) + 1) if path[:n] in lists), 0)
            if apart and not (self.merging and section.double and apart == len(path)):
                raise InvalidDocument(
                    f"[{'.'.join(section.name)}] stands apart from the array of tables it belongs "
                    "to; other tables are in between",
                    where=self.where,
                    line=self.line(section.start),
                    hint="put them together: TOML allows it, seedgit cannot edit it",
                )
            if section.double:
                if apart:
                    places = self.source.apart
                    places[section.name] = places.get(section.name, 1) + 1
                lists.add(path)
                size = len(section.name)
                last = n + 1
                while last < len(sections) and sections[last].name[:size] == section.name:
                    last += 1
                entries.append(self.array(path, sections[n:last]))
                n = last
            else:
                entries.append(self.table(path, section, []))
                n += 1
        return entries

    def array(self, path: Path, sections: list[_Section]) -> Entry:
        """The entry of an array of tables, from its elements and their sub-sections."""
        name = sections[0].name
        firsts = [n for n, section in enumerate(sections) if section.name == name]
        elements = [
            self.table((), sections[n], self.nested(sections[n + 1 : after], name))
            for n, after in zip(firsts, [*firsts[1:], len(sections)], strict=True)
        ]
        start, end = elements[0].lead, elements[-1].end
        node = Node(self.source, "list", None, start, end, elements, "block")
        return Entry(path, node, start, start, end, end)

    def table(self, path: Path, section: _Section, below: list[Entry]) -> Entry:
        end = below[-1].end if below else section.end
        entries = section.entries + below
        node = Node(
            self.source,
            "map",
            None,
            section.body,
            end,
            entries,
            "block",
            section.indent,
        )
        return Entry(path, node, section.lead, section.start, end, end)

    # -- what it means ----------------------------------------------------------------------------

    def fill(self, node: Node, value: Value) -> Value:
        """Give `node` and all below it their values. Returns `value`, with dates as Opaque."""
        if node.kind == "scalar":
            node.value = self.scalar(node, value)
            return node.value
        node.value = value
        if node.kind == "list":
            for n, entry in enumerate(node.entries):
                value[n] = self.fill(entry.node, value[n])
            return value
        parts: dict[Path, tuple[int, int]] = {}
        for entry in node.entries:
            *names, last = entry.path
            holder = value
            for name in names:
                holder = holder[name]
            items = entry.node.kind == "list" and entry.node.layout == "block"
            if items and len(entry.node.entries) < len(holder[last]):
                self.part(entry, holder[last], parts)
                continue
            holder[last] = self.fill(entry.node, holder[last])
            if entry.node.kind == "map" and entry.node.layout == "block":
                entry.node.value = _own(entry.node)
        return value

    def part(self, entry: Entry, items: list[Value], parts: dict[Path, tuple[int, int]]) -> None:
        """Fill the elements at one place of an array of tables that stands at several places.

        parts   for each array, how many places are filled, and how many elements these have
        """
        path = entry.path
        places, start = parts.get(path, (0, 0))
        end = start + len(entry.node.entries)
        items[start:end] = self.fill(entry.node, items[start:end])
        parts[path] = places + 1, end
        if places:
            entry.path = (*path[:-1], f"{path[-1]} ({places + 1})")

    def scalar(self, node: Node, value: Value) -> Value:
        kind = type(value)
        if kind is int and value.bit_length() > _INTEGER_BITS:
            raise self.error(node.start, "an integer beyond what can be written in decimal")
        if kind is float and value in (float("inf"), float("-inf")) and "inf" not in node.text:
            raise self.error(node.start, f"{node.text[:40]} is beyond what a double can hold")
        if kind.__name__ in DATES:
            return Opaque(DATES[kind.__name__], node.text)
        return value


def _own(section: Node) -> dict[str, Value]:
    """The values in a section itself; other sections may add to the table it names."""
    own: dict[str, Value] = {}
    for entry in section.entries:
        *names, last = entry.path
        mapping = own
        for name in names:
            mapping = mapping.setdefault(name, {})
        mapping[last] = entry.node.value
    return own


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise
