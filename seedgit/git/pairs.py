"""Which new file a deleted one has become: git's own pairs, and where they leave a doubt.

git pairs each deleted file with one new file at most, the most alike first. That is a guess where
another file would have done as well: a twin, or one that is left over and looks like it too.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from seedgit.git.changes import ADDED, DELETED, RENAMED, alike
from seedgit.git.repository import FILE_MODES, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedgit.git.changes import Change
    from seedgit.git.repository import Repository

NAMED: Final = 5  # of the files that would do as well, so many are named


class Pairs(NamedTuple):
    """By the path of a deleted file: what it has become; or what it may have, where none is sure"""

    sure: dict[str, str]
    doubtful: dict[str, tuple[str, ...]]


class _Pair(NamedTuple):
    old: Entry
    new: Entry


def pairs(
    repository: Repository, changes: Sequence[Change], *, timeout: float | None = None
) -> Pairs:
    """The renames among the changes of one commit. Raises TimeoutError.

    A pair is sure where the end of the path says it, and of no other file. Else it is sure where
    neither file has a twin, and nothing that is left over looks like one of them.
    """
    found = [
        _Pair(change.old, change.new)
        for change in changes
        if change.status == RENAMED and change.old and change.new
        if change.old.mode in FILE_MODES and change.new.mode in FILE_MODES
    ]
    gone = _files(change.old for change in changes if change.status == DELETED)
    new = _files(change.new for change in changes if change.status == ADDED)
    named = _named(found, gone, new)
    sure = {pair.old.path: pair.new.path for pair in named}
    doubtful: dict[str, tuple[str, ...]] = {}
    rest = [pair for pair in found if pair.old.path not in sure]
    rivals = _twins(rest, gone, new)
    if rest and new:
        theirs = {pair.old.path: pair.old.id for pair in rest}
        for path, old in _alike(repository, theirs, new, timeout).items():
            rivals.setdefault(old, []).append(path)
    if rest and gone:
        theirs = {pair.new.path: pair.new.id for pair in rest}
        was = {pair.new.path: pair.old.path for pair in rest}
        for path, target in _alike(repository, theirs, gone, timeout).items():
            doubtful[path] = (target,)
            rivals.setdefault(was[target], [])
    for pair in rest:
        if pair.old.path in rivals:
            others = sorted({*rivals[pair.old.path]} - {pair.new.path})
            doubtful[pair.old.path] = (pair.new.path, *others[:NAMED])
        else:
            sure[pair.old.path] = pair.new.path
    return Pairs(sure, doubtful)


def _files(entries: Iterable[Entry | None]) -> list[Entry]:
    return [entry for entry in entries if entry and entry.mode in FILE_MODES]


def _alike(
    repository: Repository, theirs: dict[str, str], left: list[Entry], timeout: float | None
) -> dict[str, str]:
    files = {entry.path: entry.id for entry in left}
    return alike(repository, theirs, files, timeout=timeout)


def _named(found: list[_Pair], gone: list[Entry], new: list[Entry]) -> list[_Pair]:
    """The pairs whose paths end alike, in more of their steps than with any other file's."""
    before = Counter(end for entry in (*(p.old for p in found), *gone) for end in _ends(entry.path))
    after = Counter(end for entry in (*(p.new for p in found), *new) for end in _ends(entry.path))
    sure = []
    for pair in found:
        ends = set(_ends(pair.new.path))
        shared = [end for end in _ends(pair.old.path) if end in ends]
        if shared and before[shared[-1]] == after[shared[-1]] == 1:
            sure.append(pair)
    return sure


def _ends(path: str) -> Iterator[str]:
    """c, b/c and a/b/c of a/b/c."""
    steps = path.split("/")
    for count in range(1, len(steps) + 1):
        yield "/".join(steps[-count:])


def _twins(rest: list[_Pair], gone: list[Entry], new: list[Entry]) -> dict[str, list[str]]:
    """The pairs that another file would fit as well, byte for byte: by the old path, the others."""
    before = Counter(entry.id for entry in (*(pair.old for pair in rest), *gone))
    after: dict[str, list[str]] = {}
    for entry in (*(pair.new for pair in rest), *new):
        after.setdefault(entry.id, []).append(entry.path)
    return {
        pair.old.path: after[pair.new.id][: NAMED + 1]
        for pair in rest
        if before[pair.old.id] > 1 or len(after[pair.new.id]) > 1
    }
