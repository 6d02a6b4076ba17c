"""Read YAML: positions from libyaml's events, scalar values by YAML 1.2's core schema.

libyaml tells where scalars and flow collections begin and end. This module decides, line by line,
where a block entry ends and which comments belong to it (the rules are in docs/merging.md).
"""

from __future__ import annotations

from seedgit.errors import InvalidDocument
from seedgit.formats.scan import BLANKS, after_bracket, run_end
from seedgit.formats.yaml.events import Raw, read_events
from seedgit.formats.yaml.scalars import CORE, plain_value, tagged_value
from seedgit.merge.tree import Entry, Node, Source, tell_apart
from seedgit.values.value import Key, Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.syntax import Syntax
    from seedgit.merge.tree import Kind
    from seedgit.values.value import Value

# Values in the expansions of aliases. A few lines of text can expand to more than memory holds.
EXPANSION_LIMIT = 200_000

_PAIR = "complex-key"


class UndefinedAlias(InvalidDocument):
    """The alias `name` has no anchor before it."""

    def __init__(self, name: str, where: str, line: int) -> None:
        message = f"not usable YAML: the alias *{name} has no anchor before it"
        super().__init__(message, where=where, line=line)
        self.name = name


def parse(format: Syntax, text: str, where: str, merging: bool = False) -> Node:
    """The tree of `text` (no byte order mark). Raises InvalidDocument.

    merging  a key may stand several times in one map. YAML 1.2.2, section 3.2.1.3, forbids it, but
             many readers accept it: the last one counts, the others get names of their own. A map
             with its own tag is parsed into members, which an overlay's pointer cannot reach
    """
    strange = _strange_break(text)
    if strange >= 0:
        raise InvalidDocument(
            f"holds {text[strange]!r}, which YAML readers take for different things",
            where=where,
            line=text.count("\n", 0, strange) + 1,
            hint="write it as an escape in double quotes, or as a line feed",
        )
    return _Builder(format, text, where, merging).stream(read_events(text, where))


def _strange_break(text: str) -> int:
    """Where the first strange line break is; -1 if there is none.

    It is a character that ends a line for libyaml but not in YAML 1.2, or a lone CR, which ends a
    line for both but not for us.
    """
    lone = text.replace("\r\n", "\n\n").find("\r") if "\r" in text else -1
    found = [lone, *map(text.find, "\x85\u2028\u2029")]
    return min((at for at in found if at >= 0), default=-1)


def after_trivia(text: str, at: int) -> int:
    """The end of the blanks and comments that begin at `at`."""
    while True:
        at = run_end(text, at, BLANKS)
        if text[at : at + 1] != "#" or (at and not text[at - 1].isspace()):
            return at
        at = text.find("\n", at) + 1 or len(text)


def after_comment(text: str, at: int) -> int:
    """The end of the comment that follows on the line of `at`; `at` if there is none."""
    mark = run_end(text, at, " \t")
    if mark == at or text[mark : mark + 1] != "#":
        return at
    feed = text.find("\n", mark)
    if feed < 0:
        return len(text)
    return feed - 1 if text[feed - 1] == "\r" else feed


# -- building the tree ---------------------------------------------------------------------------


def _kind(raw: Raw) -> Kind:
    return "map" if raw.kind == "map" else "list"


class _Builder:
    def __init__(self, format: Syntax, text: str, where: str, merging: bool) -> None:
        self.text = text
        self.where = where
        self.merging = merging
        self.source = Source(text, format)
        self.asks = "?" in text  # whether there may be keys written with `?`: few files have any
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.count = 0  # values so far, with the expansions of aliases
        self.expanded = 0  # values in the expansions alone

    def stream(self, documents: list[tuple[int, Raw]]) -> Node:
        text = self.text
        if not documents:
            return Node(self.source, "scalar", None, len(text), len(text))
        entries: list[Entry] = []
        for n, (_, raw) in enumerate(documents):
            start = entries[-1].end if entries else 0
            end = self.bol(documents[n + 1][0]) if n + 1 < len(documents) else len(text)
            self.anchors = {}
            if raw.block:
                node = self.block(raw, -1, start)
                if node.layout == "block":
                    node.start, node.end = start, end
            else:
                node = self.node(raw, -1)
            entries.append(Entry((), node, start, start, end, end))
        if len(entries) == 1:
            return entries[0].node
        values = [entry.node.value for entry in entries]
        return Node(self.source, "list", values, 0, len(text), entries, "stream")

    # -- nodes -------------------------------------------------------------------------------

    def node(self, raw: Raw, outer: int) -> Node:
        """Any node but a block collection."""
        before = self.count
        self.count += 1
        if raw.kind == "alias":
            return self.alias(raw)
        if raw.kind == "scalar":
            node = Node(self.source, "scalar", self.scalar(raw), raw.start, self.scalar_end(raw))
        else:
            node = self.flow(raw)
        return self.anchored(raw, node, before)

    def anchored(self, raw: Raw, node: Node, before: int) -> Node:
        if raw.anchor:
            node.anchor = raw.anchor
            self.anchors[raw.anchor] = (node, self.count - before)
        return node

    def alias(self, raw: Raw) -> Node:
        found = self.anchors.get(raw.text)
        if found is None:
            raise UndefinedAlias(raw.text, self.where, self.text.count("\n", 0, raw.start) + 1)
        self.count += found[1]
        self.expanded += found[1]
        if self.expanded > EXPANSION_LIMIT:
            raise self.invalid("its aliases stand for too much", raw.start)
        value = found[0].value
        return Node(self.source, "scalar", value, raw.start, raw.end, anchor="*" + raw.text)

    def scalar(self, raw: Raw) -> Value:
        try:
            if raw.tag:
                return tagged_value(raw.tag, raw.text, raw.plain)
            return plain_value(raw.text) if raw.plain else raw.text
        except ValueError:
            raise self.invalid("an integer of too many digits", raw.start) from None

    def scalar_end(self, raw: Raw) -> int:
        """libyaml's end; for a block scalar the end of its last line with content."""
        if raw.style not in ("|", ">"):
            return raw.end
        body = self.text[raw.start : raw.end]
        header = body.partition("\n")[0].partition("#")[0]
        if "+" in header:
            return raw.end
        return min(self.eol(raw.start + len(body.rstrip())), raw.end)

    def opaque(self, raw: Raw, end: int) -> Node:
        """A node that is edited only as a whole."""
        return Node(self.source, "scalar", self.content(raw), raw.start, end)

    def content(self, raw: Raw) -> Value:
        """The value of a node without entries of its own: a tagged collection, or a key that is no
        scalar."""
        before = self.count
        value = self._content(raw)
        if raw.anchor:
            node = Node(self.source, "scalar", value, raw.start, raw.end)
            self.anchors[raw.anchor] = (node, self.count - before)
        return value

    def _content(self, raw: Raw) -> Value:
        self.count += 1
        if raw.kind == "scalar":
            return self.scalar(raw)
        if raw.kind == "alias":
            return self.alias(raw).value
        inner: Value
        if raw.kind == "list":
            inner = [self.content(item) for item in raw.items]
        else:
            keys, values = raw.items[::2], raw.items[1::2]
            if all(key.kind == "scalar" for key in keys):
                inner = {}
                for key, value in zip(keys, values, strict=True):
                    name = self.key(key)
                    if name in inner:  # these members get no names of their own: one would be lost
                        raise self.repeated(name, key.start)
                    inner[name] = self.content(value)
            else:
                pairs = [
                    [self.content(k), self.content(v)] for k, v in zip(keys, values, strict=True)
                ]
                inner = Opaque(_PAIR, pairs)
        return self.tagged(raw, inner)

    def tag(self, raw: Raw) -> str:
        """The tag that gives a collection a meaning of its own, or ""."""
        return "" if raw.tag in ("!", CORE + "map", CORE + "seq") else raw.tag

    def tagged(self, raw: Raw, value: Value) -> Value:
        tag = self.tag(raw)
        return Opaque(tag, value) if tag else value

    def taken_apart(self, raw: Raw) -> bool:
        """Whether a collection's entries have pointers of their own."""
        if self.tag(raw) and not (self.merging and raw.kind == "map"):
            return False
        return all(
            key.kind == "scalar" and not (raw.flow and self.key_start(raw, 2 * n) < key.start)
            for n, key in enumerate(raw.items[::2] if raw.kind == "map" else ())
        )

    def key_start(self, raw: Raw, n: int) -> int:
        """Where a key, item `n` of a map, begins: at its `?` if it has one."""
        key = raw.items[n]
        if not self.asks:
            return key.start
        at = raw.items[n - 1].end if n else self.after_properties(raw) + raw.flow
        at = after_trivia(self.text, at)
        if n and raw.flow and self.text.startswith(",", at):
            at = after_trivia(self.text, at + 1)
        return at if at < key.start and self.text[at] == "?" else key.start

    def after_colon(self, key: Raw, inner: Raw) -> int:
        """Where an entry with `?` goes on after its key and colon."""
        colon = after_trivia(self.text, key.end)
        if colon <= inner.start and self.text.startswith(":", colon):
            return colon + 1
        # Without a colon libyaml's empty value stands where the next entry begins.
        inner.start = inner.end = key.end
        return key.end

    def key(self, raw: Raw) -> str:
        value = self.scalar(raw)
        if raw.anchor:
            self.anchors[raw.anchor] = (self.opaque(raw, raw.end), 1)
        if isinstance(value, str):
            return value
        if isinstance(value, Opaque):
            return Key(f"{value.tag} {raw.text}")
        if value is None or isinstance(value, bool):
            return Key({None: "null", True: "true", False: "false"}[value])
        return Key(str(value))

    def put(self, value: dict[str, Value], key: str, item: Value, at: int) -> None:
        if key in value and not self.merging:
            raise self.repeated(key, at)
        value[key] = item

    def fields(self, entries: list[Entry], value: dict[str, Value]) -> dict[str, Value]:
        """The values of a map's members. Members that share a key get names of their own."""
        if len(value) != len(entries):
            clash = tell_apart(self.source, entries, value)
            if clash:
                raise self.repeated(clash.path[0], clash.start)
        return value

    def repeated(self, key: str, at: int) -> InvalidDocument:
        return self.invalid(f"the key {key!r} stands twice in one map", at)

    # -- flow collections ----------------------------------------------------------------------

    def flow(self, raw: Raw) -> Node:
        text = self.text
        opening = self.after_properties(raw)
        bracket = "{" if raw.kind == "map" else "["
        if not text.startswith(bracket, opening) or not self.taken_apart(raw):
            return self.opaque(raw, raw.end)
        entries: list[Entry] = []
        fields: dict[str, Value] = {}
        items: list[Value] = []
        lead = after_bracket(text, opening + 1, after_comment)
        step = 2 if raw.kind == "map" else 1
        for n in range(0, len(raw.items), step):
            first, last = raw.items[n], raw.items[n + step - 1]
            node = self.node(last, -1)
            path: tuple[str, ...] = ()
            if raw.kind == "map":
                path = (self.key(first),)
                self.put(fields, path[0], node.value, first.start)
            else:
                items.append(node.value)
            stop = max(node.end, first.end)
            comma = after_trivia(text, stop)
            end = stop
            if text.startswith(",", comma):
                end = after_comment(text, comma + 1)
            entries.append(Entry(path, node, lead, first.start, stop, end))
            lead = end
        value = self.tagged(raw, self.fields(entries, fields) if raw.kind == "map" else items)
        node = Node(self.source, _kind(raw), value, opening, raw.end, entries, "flow")
        node.tag = self.tag(raw)
        return node

    def after_properties(self, raw: Raw) -> int:
        """Where a flow collection's bracket is, after its anchor and tag."""
        at = raw.start
        while at < raw.end and self.text[at] in "&!":
            while at < raw.end and self.text[at] not in " \t\r\n":
                at += 1
            at = after_trivia(self.text, at)
        return at

    # -- block collections ---------------------------------------------------------------------

    def block(self, raw: Raw, outer: int, lead: int, apart: bool = False) -> Node:
        """A block collection whose first entry's lead begins at `lead`.

        outer  the column of the entry that holds it, -1 for a document's root
        apart  whether it is known that its entries have pointers of their own
        """
        before = self.count
        self.count += 1
        if not apart and not self.taken_apart(raw):
            return self.anchored(raw, self.opaque(raw, self.block_end(raw)), before)
        first = self.key_start(raw, 0) if raw.kind == "map" else self.first_dash(raw)
        indent = first - self.bol(first)
        entries: list[Entry] = []
        fields: dict[str, Value] = {}
        items: list[Value] = []
        step = 2 if raw.kind == "map" else 1
        cursor = lead
        for n in range(0, len(raw.items), step):
            key, inner = raw.items[n], raw.items[n + step - 1]
            path: tuple[str, ...] = ()
            if raw.kind == "map":
                start, head = self.key_start(raw, n), key.end
                if start < key.start:
                    head = self.after_colon(key, inner)
                path = (self.key(key),)
            else:
                start = first if n == 0 else self.next_line(cursor) + indent
                head = start + 1
            entry = self.block_entry(path, inner, indent, cursor, start, head)
            if raw.kind == "map":
                self.put(fields, path[0], entry.node.value, start)
            else:
                items.append(entry.node.value)
            entries.append(entry)
            cursor = entry.end
        # A list may have the indentation of its key: comments there belong to the next key.
        end = self.comments(cursor, indent + 1 if indent <= outer else indent)
        value = self.tagged(raw, self.fields(entries, fields) if raw.kind == "map" else items)
        node = Node(self.source, _kind(raw), value, entries[0].lead, end, entries, "block", indent)
        node.tag = self.tag(raw)
        return self.anchored(raw, node, before)

    def block_entry(
        self, path: tuple[str, ...], inner: Raw, indent: int, lead: int, start: int, head: int
    ) -> Entry:
        apart = inner.block and self.taken_apart(inner)
        if apart:
            line_end = self.eol(max(head, inner.start if inner.anchor or inner.tag else 0))
            first = self.key_start(inner, 0) if inner.kind == "map" else self.first_dash(inner)
            node = self.block(inner, indent, first if first < line_end else line_end, apart)
            node.end = self.comments(node.end, indent + 1)
            return Entry(path, node, lead, start, node.end, node.end)
        node = self.block(inner, indent, lead) if inner.block else self.node(inner, indent)
        if node.end > start and self.text[node.end - 1] == "\n":
            end = node.end
        else:
            end = self.eol(max(node.end, head))
        return Entry(path, node, lead, start, max(node.end, head), self.comments(end, indent + 1))

    def block_end(self, raw: Raw) -> int:
        """The end of the last line with content of a block collection that is one opaque value."""
        last = raw
        while last.block and last.items:
            last = last.items[-1]
        if last.kind == "scalar":
            end = self.scalar_end(last)
        else:
            end = last.end
        return end if end and self.text[end - 1] == "\n" else self.eol(end)

    def first_dash(self, raw: Raw) -> int:
        if not raw.anchor and not raw.tag:
            return raw.start
        line = self.next_line(self.eol(raw.start))
        while self.text[line] == " ":
            line += 1
        return line

    # -- lines -----------------------------------------------------------------------------------

    def bol(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def eol(self, at: int) -> int:
        """The offset after the newline of the line of `at`."""
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def next_line(self, at: int) -> int:
        """The first line from `at` on that is neither blank nor a comment."""
        while at < len(self.text):
            end = self.eol(at)
            line = self.text[at:end].lstrip()
            if line and line[0] != "#":
                return at
            at = end
        return at

    def comments(self, at: int, column: int) -> int:
        """The end of the comment lines from `at` on that stand at `column` or deeper.

        Blank lines between two such comments count; those after the last do not.
        """
        text, end = self.text, at
        first = run_end(text, at, " ")
        if first < len(text) and text[first] not in "#\r\n":
            return at
        while at < len(text):
            after = self.eol(at)
            line = text[at:after]
            bare = line.lstrip(" ")
            if bare.strip():
                if bare[0] != "#" or len(line) - len(bare) < column:
                    break
                end = after
            at = after
        return end

    def invalid(self, message: str, at: int) -> InvalidDocument:
        line = self.text.count("\n", 0, at) + 1
        return InvalidDocument(f"not usable YAML: {message}", where=self.where, line=line)
