"""TOML: a table that only its parts show, and which one side took the header or the parts from.

`[a.b]` says that `a` is a table; so does `a.b = 1`. If one side removes the header `[a]` and the
other the sub-table, both still have `a`: the merged text has to say so too.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.formats.toml.names import own_names
from seedgit.formats.toml.places import is_section, written_start
from seedgit.merge.decision import OURS, Take
from seedgit.merge.tree import Entry, Node, Source
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedgit.merge.decision import Decision, Parents
    from seedgit.merge.tree import Pointer
    from seedgit.values.value import Value

    Members = dict[Pointer, Entry]


def with_headers(base: Members, ours: Members, theirs: Members) -> tuple[Members, Members]:
    """Ours and theirs, each with an empty table for every header that it removed while the other
    side changed the keys below it, if headers of sub-tables still say that the table is there."""
    return _with_headers(base, ours, theirs), _with_headers(base, theirs, ours)


def _with_headers(base: Members, side: Members, other: Members) -> Members:
    removed = [
        path
        for path, entry in base.items()
        if path not in side
        and path in other
        and _is_header(entry)
        and _is_header(other[path])
        and not same(entry.node.value, other[path].node.value)
    ]
    parts = _parts(removed, side)
    before: dict[Pointer, dict[Pointer, Entry]] = {}
    for path in removed:
        if path not in parts or not all(is_section(side[part]) for part in parts[path]):
            continue
        entry = base[path]
        text = entry.node.source.text[entry.lead : entry.node.start]
        tables = before.setdefault(parts[path][0], {})
        tables[path] = _table(entry, path, text, entry.start - entry.lead)
    if not before:
        return side
    result: Members = {}
    for path, entry in side.items():
        # Those that go before one part are each in the next one.
        tables = before.get(path, {})
        result |= {table: tables[table] for table in sorted(tables, key=len)}
        result[path] = entry
    return result


def _parts(tables: Iterable[Pointer], paths: Iterable[Pointer]) -> dict[Pointer, list[Pointer]]:
    """The paths that lead into each of some tables, as far as there are any."""
    wanted = set(tables)
    found: dict[Pointer, list[Pointer]] = {}
    for path in paths if wanted else ():
        for size in range(len(path) + 1):
            if path[:size] in wanted:
                found.setdefault(path[:size], []).append(path)
    return found


def kept(
    pointer: Pointer, parents: Parents, decided: dict[Pointer, Decision]
) -> dict[Pointer, Decision]:
    """`decided`, by path, with an empty table where all three versions have a table of which no
    decision keeps a part."""
    versions = (parents.base, parents.ours, parents.theirs)
    if any(version is None for version in versions):
        return decided
    values = [version.value for version in versions if version]
    gone = [path for path, one in decided.items() if not one.kept]
    tables = {
        path[:size]
        for path in gone
        for size in range(1, len(path) + _is_header(decided[path].base[0]))
        if all(isinstance(_at(value, path[:size]), dict) for value in values)
    }
    result = dict(decided)
    alive = {*_parts(tables, [path for path, one in decided.items() if one.kept])}
    parts = _parts(tables, gone)
    for table in sorted(tables, key=len, reverse=True):
        if table in alive:
            continue
        # A key has to stand above all headers, so its line can only take the place of a key.
        first = min(parts[table], key=lambda path: is_section(decided[path].base[0]))
        entry = _empty(decided[first].base[0], table)
        result[first] = Take(
            OURS, codes.MERGED_BELOW, pointer + table, (), (entry,), (entry,), parents
        )
        alive |= {first[:size] for size in range(len(first) + 1)}
    return result


def _empty(part: Entry, table: Pointer) -> Entry:
    """The table, without keys, in the place of a part of it that is removed."""
    text = part.node.source.text
    start = written_start(part)
    names = next(own_names(part))
    name = text[start : names[len(table) - 1][1]].lstrip("[ \t")
    blank = "\n" if text.startswith("\n", part.lead) else ""
    before = blank + text[text.rfind("\n", 0, start) + 1 : start]
    if is_section(part):
        return _table(part, table, f"{before}[{name}]\n", len(before))
    text = f"{before}{name} = {{}}\n"
    node = Node(Source(text, part.node.source.format), "map", {}, len(text) - 3, len(text) - 1)
    node.layout = "flow"
    return Entry(table, node, 0, len(before), len(text) - 1, len(text))


def _table(like: Entry, path: Pointer, text: str, start: int) -> Entry:
    """An empty table whose header is the last line of `text`."""
    end = len(text)
    source = Source(text, like.node.source.format)
    node = Node(source, "map", {}, end, end, [], "block", like.node.indent)
    return Entry(path, node, 0, start, end, end)


def _is_header(entry: Entry) -> bool:
    return is_section(entry) and entry.node.kind == "map"


def _at(value: Value, path: Pointer) -> Value:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
