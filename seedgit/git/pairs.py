"""Which new file a deleted one has become: git's own pairs, and which of them are in doubt.

git pairs each deleted file with at most one new file, the most alike first. If another file would
do as well, that is a guess, and the names have to agree too.
"""

from __future__ import annotations

import re
from collections import Counter

from seedgit.git.changes import ADDED, DELETED, RENAMED, alike
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Final

    from seedgit.git.changes import FileChange
    from seedgit.git.repository import Repository

NAMED: Final = 5  # so many of the files that would do as well are named
MOST_OPEN: Final = 64  # pairs of one commit whose names say nothing: with more, none is sure

_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")


class Pairs(NamedTuple):
    """By the path of a deleted file: what it has become, or, in doubt, may have become."""

    sure: dict[str, str]
    doubtful: dict[str, tuple[str, ...]]


class _Pair(NamedTuple):
    old: GitEntry
    new: GitEntry


def pairs(
    repository: Repository, changes: Sequence[FileChange], *, timeout: float | None = None
) -> Pairs:
    """The renames among the changes of one commit. Raises TimeoutError.

    A pair is sure if its names agree, and agree with those of no other file. Otherwise it is sure
    if no other file, unpaired or in a pair that is not sure by name, looks like either of its
    files.
    """
    found = [
        _Pair(change.old, change.new)
        for change in changes
        if change.status == RENAMED and change.old and change.new
        if change.old.mode in FILE_MODES and change.new.mode in FILE_MODES
    ]
    gone = _files(change.old for change in changes if change.status == DELETED)
    new = _files(change.new for change in changes if change.status == ADDED)
    sure, rest = _named(found, gone, new)
    if len(rest) > MOST_OPEN:
        return Pairs(sure, {pair.old.path: (pair.new.path,) for pair in rest})
    rivals: dict[str, set[str]] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    for old, other in _look_alikes(repository, rest, new, timeout):
        rivals.setdefault(old.path, set()).add(other)
    for pair, other in _other_origins(repository, rest, gone, timeout):
        rivals.setdefault(pair.old.path, set())
        doubtful[other] = (pair.new.path,)
    for pair in rest:
        if pair.old.path in rivals:
            others = sorted(rivals[pair.old.path] - {pair.new.path})
            doubtful[pair.old.path] = (pair.new.path, *others[:NAMED])
        else:
            sure[pair.old.path] = pair.new.path
    return Pairs(sure, doubtful)


def _files(entries: Iterable[GitEntry | None]) -> list[GitEntry]:
    return [entry for entry in entries if entry and entry.mode in FILE_MODES]


def _look_alikes(
    repository: Repository, rest: list[_Pair], new: list[GitEntry], timeout: float | None
) -> Iterator[tuple[GitEntry, str]]:
    """The old files of pairs, each with another new file that it looks like."""
    olds = {pair.old.path: pair.old for pair in rest}
    for left, mine in ((new, rest), *(([p.new for p in a], b) for a, b in _apart(rest))):
        asked = [pair.old for pair in mine]
        for path, other in _alike(repository, left, asked, timeout):
            yield olds[path], other


def _other_origins(
    repository: Repository, rest: list[_Pair], gone: list[GitEntry], timeout: float | None
) -> Iterator[tuple[_Pair, str]]:
    """The pairs whose new file looks like another old file, and that."""
    news = {pair.new.path: pair for pair in rest}
    for left, mine in ((gone, rest), *(([p.old for p in a], b) for a, b in _apart(rest))):
        asked = [pair.new for pair in mine]
        for path, other in _alike(repository, left, asked, timeout):
            yield news[path], other


def _apart(rest: list[_Pair]) -> Iterator[tuple[list[_Pair], list[_Pair]]]:
    """Split the pairs in two, again and again, until each pair has been apart from every other."""
    for bit in range((len(rest) - 1).bit_length() if rest else 0):
        parts = [[pair for n, pair in enumerate(rest) if n >> bit & 1 == side] for side in (0, 1)]
        yield parts[0], parts[1]
        yield parts[1], parts[0]


def _alike(
    repository: Repository, left: list[GitEntry], asked: list[GitEntry], timeout: float | None
) -> Iterator[tuple[str, str]]:
    """The files that look like one of some other files, each with that file."""
    if left and asked:
        known, new = ({entry.path: entry.id for entry in files} for files in (left, asked))
        yield from alike(repository, known, new, timeout=timeout).items()


# -- what names say --------------------------------------------------------------------------------


def _named(
    found: list[_Pair], gone: list[GitEntry], new: list[GitEntry]
) -> tuple[dict[str, str], list[_Pair]]:
    """The pairs whose names agree, by path; and the other pairs.

    Names agree if the paths end alike, in more steps than with any other file's path, or if they
    share a word that no other file's name has.
    """
    olds = [*(pair.old.path for pair in found), *(entry.path for entry in gone)]
    news = [*(pair.new.path for pair in found), *(entry.path for entry in new)]
    ends = [Counter(end for path in paths for end in _ends(path)) for paths in (olds, news)]
    words = [Counter(word for path in paths for word in _words(path)) for paths in (olds, news)]
    alone = {word for word, count in words[0].items() if count == words[1][word] == 1}
    sure: dict[str, str] = {}
    rest = []
    for pair in found:
        was, now = pair.old.path, pair.new.path
        there = set(_ends(now))
        shared = [end for end in _ends(was) if end in there]
        by_end = bool(shared) and ends[0][shared[-1]] == ends[1][shared[-1]] == 1
        theirs = (_words(was) & alone, _words(now) & alone)
        if by_end or (theirs[0] and theirs[0] == theirs[1]):
            sure[was] = now
        else:
            rest.append(pair)
    return sure, rest


def _words(path: str) -> set[str]:
    name = path.rpartition("/")[2]
    return set(_WORDS.findall((name.rpartition(".")[0] or name).lower()))


def _ends(path: str) -> Iterator[str]:
    """The ends of a path: for a/b/c, these are c, b/c and a/b/c."""
    steps = path.split("/")
    for count in range(1, len(steps) + 1):
        yield "/".join(steps[-count:])
