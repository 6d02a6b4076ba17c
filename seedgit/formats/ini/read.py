"""Read INI and `KEY=value` files as configparser, systemd, dotenv and Java do: a setting per line.

    key = value     a member, also `key: value` and `export KEY=value`; blanks round it are layout
    key             a member whose value is null
    [name]          a member too: a map of the settings up to the next header
    # why, ; why    a comment, on a line of its own

These readers do not agree on quotes, escapes and comments after a value. So a value is always the
whole text as it is written: `"a b" # why` includes the quotes and the comment.

A value continues on the next line if one of these readers reads on: after a backslash at the line's
end, inside a quoted text, and on lines indented deeper than the key.
"""

from __future__ import annotations

from seedgit.errors import InvalidDocument
from seedgit.merge.tree import Entry, Node, Source, tell_apart
from seedgit.values.value import NODE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.syntax import Syntax

BLANKS = " \t\f"
COMMENTS = "#;"
DELIMITERS = "=:"


def parse(format: Syntax, text: str, where: str, merging: bool = False) -> Node:
    """The tree of a file without byte order mark; `where` names the file in errors.

    merging  a key or a section may be repeated: the last one keeps its name, the others get names
             of their own, such as `Environment (1 of 2)`

    Raises InvalidDocument, with the line, for a header without its bracket or with text after it,
    for a line without a key, for a repeated key or section, and for more than NODE_LIMIT settings.
    """
    return _Parser(format, text, where, merging).root()


class _Parser:
    __slots__ = ("left", "merging", "source", "text", "where")

    def __init__(self, format: Syntax, text: str, where: str, merging: bool) -> None:
        self.text = text
        self.where = where
        self.merging = merging
        self.source = Source(text, format)
        self.left = NODE_LIMIT

    def root(self) -> Node:
        text = self.text
        root = node = Node(self.source, "map", {}, 0, len(text), layout="block")
        at = lead = 0
        while at < len(text):
            start = after_blanks(text, at)
            end, line_end = line_of(text, start)
            if start == end or text[start] in COMMENTS:
                at = line_end
                continue
            self.left -= 1
            if self.left < 0:
                raise self.error(start, f"more than {NODE_LIMIT} settings")
            if text[start] == "[":
                node = self.section(root, lead, start)
                at = node.start
            else:
                at = self.setting(node, lead, start)
            lead = at
        for entry in root.entries:
            if entry.node.kind == "map":
                entry.stop = entry.end = entry.node.end
                self.fill(entry.node)
        self.fill(root)
        return root

    def section(self, root: Node, lead: int, start: int) -> Node:
        """The map of a section, still empty, from its header."""
        text = self.text
        end, body = line_of(text, start)
        close = text.find("]", start, end)
        if close < 0:
            raise self.error(start, 'a section\'s name without "]"')
        behind = text[close + 1 : end].strip(BLANKS)
        if behind and behind[0] not in COMMENTS:
            raise self.error(start, "more than a section's name in its line")
        node = Node(self.source, "map", {}, body, body, layout="block")
        root.entries.append(Entry((text[start + 1 : close],), node, lead, start, body, body))
        return node

    def setting(self, node: Node, lead: int, start: int) -> int:
        """Add the setting whose key begins at `start`. Returns where the next line begins."""
        text = self.text
        end, line_end = line_of(text, start)
        mark = delimiter(text, start, end)
        key = exported(text[start : end if mark is None else mark].rstrip(BLANKS))
        if not key:
            raise self.error(start, f"no key before {text[start]!r}")
        if mark is None:
            at = start + len(text[start:end].rstrip(BLANKS))
        else:
            at = min(after_blanks(text, mark + 1), end)
        line_end = continued(text, at, start, line_end)
        stop = at + len(text[at:line_end].rstrip(BLANKS + "\r\n"))
        value = None if mark is None and stop == at else text[at:stop].replace("\r\n", "\n")
        if not node.entries:
            node.indent = start - (text.rfind("\n", 0, start) + 1)
        child = Node(self.source, "scalar", value, at, stop)
        node.entries.append(Entry((key,), child, lead, start, stop, line_end))
        if node.end < line_end:
            node.end = line_end
        return line_end

    def fill(self, node: Node) -> None:
        """Give a map the values of its entries."""
        node.value.update((entry.path[0], entry.node.value) for entry in node.entries)
        if len(node.value) == len(node.entries):
            return
        clash = tell_apart(self.source, node.entries, node.value) if self.merging else None
        if clash or not self.merging:
            key, place = self.repeated(node) if not clash else (clash.path[0], clash.start)
            raise self.error(place, f"{key!r} stands twice", hint="keep the one that counts")

    def repeated(self, node: Node) -> tuple[str, int]:
        """The first key that is repeated, and where its repetition is."""
        seen: set[str] = set()
        for entry in node.entries:
            if entry.path[0] in seen:
                return entry.path[0], entry.start
            seen.add(entry.path[0])
        raise AssertionError("no key is repeated")

    def error(self, at: int, message: str, hint: str = "") -> InvalidDocument:
        line = self.text.count("\n", 0, at) + 1
        return InvalidDocument(
            f"not an INI or KEY=value file: {message}", where=self.where, line=line, hint=hint
        )


def line_of(text: str, at: int) -> tuple[int, int]:
    """Where the line of `at` ends: before its line end, and after it."""
    found = text.find("\n", at)
    if found < 0:
        return len(text), len(text)
    end = found - 1 if found > at and text[found - 1] == "\r" else found
    return end, found + 1


def after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in BLANKS:
        at += 1
    return at


def delimiter(text: str, start: int, end: int) -> int | None:
    """Where the key that begins at `start` ends: at the first delimiter without a backslash before
    it. None if there is none."""
    found = (text.find(mark, start, end) for mark in DELIMITERS)
    for at in sorted(at for at in found if at >= 0):
        if at == start or text[at - 1] != "\\":
            return at
    for at in range(start + 1, end):
        if text[at] in DELIMITERS and text[at - 1] != "\\":
            return at
    return None


def exported(key: str) -> str:
    """A key without the shell's `export`."""
    word, _, name = key.partition(" ")
    name = name.strip(BLANKS)
    return name if word == "export" and name.isidentifier() else key


def continued(text: str, at: int, start: int, line_end: int) -> int:
    """Where the line after a value begins. The value begins at `at`, its key at `start`."""
    end = _quoted(text, at, line_end) or line_end
    while _escaped(text, at, end) and end < len(text):
        end = line_of(text, end)[1]
    indent = start - (text.rfind("\n", 0, start) + 1)
    following = end
    while following < len(text):
        first = after_blanks(text, following)
        last, following_end = line_of(text, first)
        if first < last and text[first] not in COMMENTS:
            if first - following <= indent:
                return end
            end = following_end
        following = following_end
    return end


def _escaped(text: str, at: int, line_end: int) -> bool:
    """Whether the line before `line_end` ends with a backslash that is not itself escaped."""
    line = text[at:line_end].rstrip("\r\n")
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _quoted(text: str, at: int, line_end: int) -> int | None:
    """The end of the last line of a quoted text of several lines; None if `at` begins none."""
    quote = text[at : at + 1]
    if quote not in ('"', "'") or _closing(text, at + 1, line_end, quote) is not None:
        return None
    close = _closing(text, at + 1, len(text), quote)
    if close is None:
        return None
    end, after = line_of(text, close)
    return after if not text[close + 1 : end].strip(BLANKS) else None


def _closing(text: str, at: int, end: int, quote: str) -> int | None:
    while True:
        at = text.find(quote, at, end)
        if at < 0:
            return None
        if text[at - 1] != "\\" or quote == "'":
            return at
        at += 1
