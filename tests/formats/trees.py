"""What the tests of all formats ask of trees and splices."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from seedgit.merge.splice import Splice
from seedgit.merge.tree import Entry, Node

Tokens = tuple[str, ...]


def check_tiles(node: Node) -> None:
    """The layout rules of core/tree.py: offsets in order, entries side by side, no text lost."""
    if node.kind == "scalar":
        assert not node.entries
        return
    text = node.source.text
    flow = node.layout == "flow"
    at = node.start + 1 if flow else node.start
    if flow and node.entries:
        behind, at = text[at : node.entries[0].lead], node.entries[0].lead
        assert not behind.strip() or behind.lstrip()[0] in "/#"
        assert "\n" not in behind
    pieces = [text[node.start : at]]
    for entry in node.entries:
        assert entry.lead == at
        assert entry.start <= entry.node.start <= entry.node.end <= entry.stop <= entry.end
        if flow:
            assert entry.node.end == entry.stop
        else:
            assert entry.lead == 0 or text[entry.lead - 1] == "\n"
        check_tiles(entry.node)
        pieces.append(text[entry.lead : entry.end])
        at = entry.end
    assert at <= (node.end - 1 if flow else node.end)
    pieces.append(text[at : node.end])
    assert "".join(pieces) == node.text


def spliced(text: str, splices: list[Splice]) -> str:
    """`text` after its splices, which must not overlap."""
    ordered = sorted(splices, key=lambda splice: (splice.start, splice.end))
    for first, second in pairwise(ordered):
        assert first.end <= second.start
    for start, end, new in reversed(ordered):
        text = text[:start] + new + text[end:]
    return text


def pointers(value: Any, at: Tokens = ()) -> Iterator[Tokens]:
    yield at
    if isinstance(value, dict):
        for key, item in value.items():
            yield from pointers(item, (*at, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from pointers(item, (*at, str(n)))


def get(value: Any, tokens: Tokens) -> Any:
    for token in tokens:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


def changed(value: Any, op: str, tokens: Tokens, new: Any) -> Any:
    """What an operation makes of a value (RFC 6902, section 4)."""
    if not tokens:
        return new
    result = copy.deepcopy(value)
    parent, last = get(result, tokens[:-1]), tokens[-1]
    if isinstance(parent, dict):
        if op == "remove":
            del parent[last]
        else:
            parent[last] = new
    elif op == "add":
        parent.insert(len(parent) if last == "-" else int(last), new)
    elif op == "replace":
        parent[int(last)] = new
    else:
        del parent[int(last)]
    return result


@st.composite
def operations(
    draw: st.DrawFn,
    value: Any,
    keys: st.SearchStrategy[str],
    values: st.SearchStrategy[Any],
) -> tuple[str, Tokens, Any]:
    """One operation that fits `value`."""
    tokens = draw(st.sampled_from(sorted(pointers(value))))
    target = get(value, tokens)
    choices = ["replace", "remove"] if tokens else ["replace"]
    if isinstance(target, (dict, list)):
        choices += ["add"] * 3
    op = draw(st.sampled_from(choices))
    if op == "add":
        if isinstance(target, dict):
            tokens = (*tokens, draw(keys))
        else:
            at = draw(st.integers(0, len(target)))
            tokens = (*tokens, "-" if draw(st.booleans()) else str(at))
    return op, tokens, None if op == "remove" else draw(values)


def lost_lines(before: str, after: str, touched: set[int]) -> Counter[str]:
    """The lines of `before` that `after` lacks; the `touched` ones, from 0, do not count."""
    lines = enumerate(before.replace("\r\n", "\n").split("\n"))
    kept = (line for n, line in lines if n not in touched and line.strip())
    return Counter(kept) - Counter(after.replace("\r\n", "\n").split("\n"))


def lines_of(text: str, start: int, end: int) -> set[int]:
    """The lines, from 0, that `text[start:end]` touches."""
    return set(range(text.count("\n", 0, start), text.count("\n", 0, end) + 1))


def entry_at(root: Node, tokens: Tokens) -> tuple[Node | None, Entry | None]:
    """The container and the entry at a pointer, where text nests as values do."""
    container, entry, node = None, None, root
    for token in tokens:
        container = node
        entry = None
        if node.kind == "map":
            entry = next((e for e in node.entries if e.path == (token,)), None)
        elif token.isdigit() and int(token) < len(node.entries):
            entry = node.entries[int(token)]
        if entry is not None:
            node = entry.node
    return container, entry
