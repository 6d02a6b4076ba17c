"""The concrete syntax tree that every format is parsed into: values with their place in the text.

Offsets count code points of `Source.text`. Nothing here knows a format. `layout`, `indent` and
the offsets of each entry say how the format laid it out.

    lead      start   node.start  node.end  stop        end
    |# why    |       |           |         |           |
    |         queue:  |"main"     |         |  # note\\n |        block: lines; lead is whole lines
    |\\n  "q":|        |"main"     |         | , // note |        flow: `,` is before end
"""

from __future__ import annotations

from seedgit.values.value import Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal, TypeAlias

    from seedgit.merge.syntax import Syntax
    from seedgit.values.value import Value

    Pointer: TypeAlias = tuple[str, ...]
    Kind = Literal["map", "list", "scalar"]
    Layout = Literal["block", "flow", "stream", ""]


class NeedsWhole(Exception):
    """Shortened versions cannot answer a question about the whole file."""


class Source:
    """The text a tree was parsed from.

    bom       the file began with U+FEFF (not part of `text`)
    repeated  the keys that stand several times in one map, by the start of each such member
    apart     TOML: arrays of tables that stand at several places, and at how many
    unended   YAML: the file has no newline at its end, so its last value has none; `text` has one
    partial   whether parts of the file were cut out of the text, because all versions share them
    """

    __slots__ = ("apart", "bom", "format", "newline", "partial", "repeated", "text", "unended")

    def __init__(self, text: str, format: Syntax, bom: bool = False) -> None:
        self.text = text
        self.format = format
        self.bom = bom
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.repeated: dict[int, str] = {}
        self.apart: dict[Pointer, int] = {}
        self.unended = False
        self.partial = False


class Node:
    """A value at a place: `source.text[start:end]`.

    kind     map, list or scalar. An alias, and anything edited only as a whole, is a scalar.
    value    its meaning, with aliases expanded
    layout   of a map's or list's entries: "block" (an entry owns whole lines), "flow"
             (entries are separated by commas), "stream" (the documents of a YAML stream)
    indent   block: the column its entries start at
    anchor   YAML: `name` where the node carries `&name`, `*name` where it is an alias, else ""
    tag      YAML: the tag of a map that is merged member by member although it has one, else ""
    """

    __slots__ = (
        "anchor",
        "end",
        "entries",
        "indent",
        "kind",
        "layout",
        "source",
        "start",
        "tag",
        "value",
    )

    def __init__(
        self,
        source: Source,
        kind: Kind,
        value: Value,
        start: int,
        end: int,
        entries: list[Entry] | None = None,
        layout: Layout = "",
        indent: int = 0,
        anchor: str = "",
    ) -> None:
        self.source = source
        self.kind = kind
        self.value = value
        self.start = start
        self.end = end
        self.entries = entries if entries is not None else []
        self.layout = layout
        self.indent = indent
        self.anchor = anchor
        self.tag = ""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


class Entry:
    """A member of a map or an item of a list, with the comments and blanks that move with it.

    path   the map key as pointer tokens: one, or several for TOML's dotted keys and table
           headers. Empty in a list.
    lead   where its leading comments and blank lines begin; in flow style a comment on the
           opening bracket's line belongs to the container, not to the first entry
    start  where the entry itself begins: its key, its `-`, its value
    stop   where the entry itself ends
    end    where its trailing comment ends (block: with its line's newline)
    """

    __slots__ = ("end", "lead", "node", "path", "start", "stop")

    def __init__(
        self, path: tuple[str, ...], node: Node, lead: int, start: int, stop: int, end: int
    ) -> None:
        self.path = path
        self.node = node
        self.lead = lead
        self.start = start
        self.stop = stop
        self.end = end


def step(node: Node, token: str) -> Entry | None:
    """The entry of a container that a pointer token names."""
    if node.kind == "map":
        return next((entry for entry in node.entries if entry.path == (token,)), None)
    if node.kind == "list":
        from seedgit.values.pointer import is_index  # late: a merge takes no such steps

        if is_index(token) and int(token) < len(node.entries):
            return node.entries[int(token)]
    return None


def way(root: Node, tokens: Iterable[str]) -> list[Entry]:
    """The entries on the way to the value at a pointer, up to the first that is missing."""
    found: list[Entry] = []
    node = root
    for token in tokens:
        entry = step(node, token)
        if entry is None:
            break
        found.append(entry)
        node = entry.node
    return found


def tell_apart(source: Source, entries: list[Entry], value: dict[str, Value]) -> Entry | None:
    """Give members with the same key names of their own, all but the last: `php (1 of 2)`.

    value  the members' values by name; the new names are added to it
    Returns a member whose new name is taken already, None if there is none.
    """
    places: dict[str, list[Entry]] = {}
    for entry in entries:
        places.setdefault(entry.path[0], []).append(entry)
    for key, members in places.items():
        if len(members) > 1:
            source.repeated.update((entry.start, key) for entry in members)
        for n, entry in enumerate(members[:-1], 1):
            name = f"{key} ({n} of {len(members)})"
            if name in value:
                return entry
            value[name] = entry.node.value
            entry.path = (name,)
    return None


def repeated(node: Node, pointer: Pointer = ()) -> set[tuple[Pointer, str]]:
    """The keys that stand several times in one map: (the map's pointer, the key)."""
    found: set[tuple[Pointer, str]] = set()
    if not node.source.repeated:
        return found
    for n, entry in enumerate(node.entries):
        key = node.source.repeated.get(entry.start)
        if key is not None and node.kind == "map":
            found.add((pointer, key))
        else:
            found |= repeated(entry.node, (*pointer, *(entry.path or (str(n),))))
    return found


def members(node: Node, pointer: Pointer, key: str) -> list[str]:
    """The texts of all members that have this key, in the map at a pointer."""
    from seedgit.values.pointer import is_prefix  # late: few documents repeat a key

    for n, entry in enumerate(node.entries):
        path = entry.path or (str(n),)
        if pointer and is_prefix(path, pointer):
            return members(entry.node, pointer[len(path) :], key)
    source = node.source
    return [
        source.text[entry.start : entry.stop]
        for entry in node.entries
        if not pointer and key in (source.repeated.get(entry.start), *entry.path)
    ]


def stream(document: Node) -> Node:
    """A YAML stream that holds this one document."""
    source = document.source
    end = len(source.text)
    entry = Entry((), document, 0, 0, end, end)
    return Node(source, "list", [document.value], 0, end, [entry], "stream")


def identity(entry: Entry) -> Value:
    """What tells an item apart from others: its value, or the name of an alias."""
    node = entry.node
    return Opaque("alias", node.anchor) if node.anchor[:1] == "*" else node.value


def common_path(entries: Iterable[Entry]) -> Pointer:
    """The longest path that every entry is at or below."""
    paths = [entry.path for entry in entries]
    path: Pointer = ()
    for tokens in zip(*paths, strict=False):
        if len(set(tokens)) > 1:
            break
        path += tokens[:1]
    return path
