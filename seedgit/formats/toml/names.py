"""Where a TOML text writes a name: in its own header or key, and in every header below it."""

from __future__ import annotations

import re

from seedgit.formats.toml.places import is_section

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.formats.toml.read import Path
    from seedgit.merge.tree import Entry, Node

    Span = tuple[int, int]

_opening = re.compile(r"\[?\[?").match
_part = re.compile(r"[ \t]*([A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*')[ \t]*\.?").match


def spans(root: Node, place: Path) -> list[Span]:
    """The (start, end) of each place where the text has the last name of a pointer."""
    return sorted(set(_spans(root, place, (), ())))


def _spans(node: Node, place: Path, at: Path, counts: tuple[int, ...]) -> Iterator[Span]:
    """counts: how many names a header says for each token of `at`; it has no list indices."""
    headed = counts[-1] if counts else 0
    for n, entry in enumerate(node.entries):
        path = (*at, *(entry.path or (str(n),)))
        shared = min(len(path), len(place))
        if path[:shared] != place[:shared]:
            continue
        own = (*counts, *(headed + i for i, _ in enumerate(entry.path, 1)))
        own += (headed,) * (len(path) - len(own))
        # A header says all names from the root on, a key those in its table.
        if shared == len(place) and is_section(entry):
            yield _nth_name(node.source.text, entry.start, own[shared - 1])
        elif shared == len(place) > len(at):
            yield _nth_name(node.source.text, entry.start, shared - len(at))
        yield from _spans(entry.node, place, path, own)


def own_names(entry: Entry) -> Iterator[list[Span]]:
    """The (start, end) of each name of an entry's path: in its key, or in every header that has the
    path, which are its own and those below it."""
    yield from _own_names(entry, len(entry.path), len(entry.path))


def _own_names(entry: Entry, own: int, headed: int) -> Iterator[list[Span]]:
    """headed: how many names its header says from the first of these on."""
    node = entry.node
    if node.kind == "map" or not is_section(entry):
        names = _names(node.source.text, entry.start)
        first = len(names) - headed
        yield names[first : first + own]
    for below in node.entries if is_section(entry) else ():
        if is_section(below):
            yield from _own_names(below, own, headed + len(below.path))


def _names(text: str, at: int) -> list[Span]:
    match = _opening(text, at)
    found: list[Span] = []
    while match is not None and (not found or match[0].rstrip().endswith(".")):
        match = _part(text, match.end())
        if match is not None:
            found.append(match.span(1))
    return found


def _nth_name(text: str, at: int, count: int) -> Span:
    """The (start, end) of the `count`-th part of the dotted name or header at an offset."""
    match = _opening(text, at)
    while match is not None and count:
        match = _part(text, match.end())
        count -= 1
    assert match is not None  # the parser has read that many
    return match.span(1)
