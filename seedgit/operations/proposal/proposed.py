"""Proposes rules for the files of known kinds that a repository tracks. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from seedgit.errors import InvalidDocument
from seedgit.formats.document import Document
from seedgit.formats.registry import format_name
from seedgit.git.repository import FILE_MODES, Repository
from seedgit.git.upstream import Likely, likely
from seedgit.named_tuple import NamedTuple
from seedgit.operations.proposal.kinds import KINDS, Kind
from seedgit.rules import RULES_FILE
from seedgit.rules.wildmatch import Wildmatch
from seedgit.values.align import identity_key
from seedgit.values.pointer import names, parse_selector
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

READ = 30  # files of a kind that are looked into for lists
LARGEST = 200_000  # bytes of such a file

Ids = Mapping[str, str]  # path -> id of the blob


class ProposedEntry(NamedTuple):
    """One entry of `seeds`: a kind, those of its patterns that match, and the keys of its lists."""

    kind: Kind
    files: tuple[str, ...]
    total: int
    keys: tuple[tuple[str, str], ...]

    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind.name,
            "files": list(self.files),
            "count": self.total,
            "keys": dict(self.keys),
        }


class Proposal(NamedTuple):
    """What rules could say here.

    upstream  the branch that is probably the package's; None: nothing says so
    others    how many files of known formats are of no known kind
    """

    upstream: Likely | None
    entries: tuple[ProposedEntry, ...]
    others: int

    def data(self) -> dict[str, Any]:
        return {
            "upstream": self.upstream.ref if self.upstream else None,
            "seeds": [entry.data() for entry in self.entries],
            "others": self.others,
        }


def proposed(repository: Repository) -> Proposal:
    """Rules for what the index tracks. The first kind that has a file's name has the file."""
    left: dict[str, str] = {
        entry.path: entry.id
        for entry in repository.index()
        if entry.mode in FILE_MODES and entry.path != RULES_FILE and format_name(entry.path)
    }
    entries = []
    for kind in KINDS:
        matched = _matched(kind, left)
        if matched:
            mine = {path: left.pop(path) for path in {p for some in matched.values() for p in some}}
            keys = tuple(_keys(kind, _values(repository, mine)))
            entries.append(ProposedEntry(kind, tuple(matched), len(mine), keys))
    return Proposal(likely(repository), tuple(entries), len(left))


def _matched(kind: Kind, paths: Iterable[str]) -> dict[str, list[str]]:
    """The patterns of a kind that match, each with what it matches; none if the kind is not there.

    A pattern for any folder that matches at the top alone is written without the `**/`.
    """
    paths = list(paths)
    if kind.only_if and not any(_of(pattern, paths) for pattern in kind.only_if):
        return {}
    found = {}
    for pattern in kind.files:
        there = _of(pattern, paths)
        top = pattern.removeprefix("**/")
        found[top if there and there == _of(top, there) else pattern] = there
    return {pattern: some for pattern, some in found.items() if some}


def _of(pattern: str, paths: Iterable[str]) -> list[str]:
    matches = Wildmatch(pattern)
    return [path for path in paths if matches(path)]


def _values(repository: Repository, files: Ids) -> Iterator[Value]:
    """What some of the files hold; those that cannot be read are left out."""
    for path in sorted(files)[:READ]:
        data = repository.blob(files[path])
        if len(data) <= LARGEST:
            try:
                yield Document.parse(data, path).value
            except InvalidDocument:  # a template, most often
                continue


def _keys(kind: Kind, values: Iterable[Value]) -> Iterator[tuple[str, str]]:
    """The lists of a kind that are there, each with the member that tells the items of most of
    them apart. A key that some list does not have is no harm: there it does not count.
    """
    patterns = [(pattern, parse_selector(pattern), members) for pattern, members in kind.keys]
    lists: dict[str, list[list[Value]]] = {}
    for value in values:
        for at, items in _lists(value, ()):
            known = (pattern for pattern, steps, _ in patterns if names(steps, at))
            if (pattern := next(known, None)) is not None:
                lists.setdefault(pattern, []).append(items)
    for pattern, _, members in patterns:
        there = lists.get(pattern, [])
        fitting = Counter(
            member for items in there for member in members if _identifies(items, member)
        )
        best = max(members, key=lambda member: fitting[member])
        if 2 * fitting[best] > len(there):
            yield pattern, best


def _lists(value: Value, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Value]]]:
    """Every list of maps in a value, with its pointer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lists(inner, (*at, str(key)))
    elif isinstance(value, list):
        if value and all(isinstance(item, dict) for item in value):
            yield at, value
        for number, inner in enumerate(value):
            yield from _lists(inner, (*at, str(number)))


def _identifies(items: Sequence[Value], member: str) -> bool:
    return identity_key(items, member) == member
