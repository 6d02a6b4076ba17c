"""Many steps of history, asked of git at once.

One `git diff-tree` says what some hundred steps changed, and one `git rev-parse` where the two
sides of some hundred merges meet. Whoever looks for a few commits among many asks here, and opens
only those.
"""

from __future__ import annotations

import os
from collections import deque
from itertools import islice

from seedgit.git.changes import raw_changes, raw_options
from seedgit.git.objects import AS_STORED
from seedgit.git.process import LITERAL, GitFailed
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Final

    from seedgit.git.changes import FileChange
    from seedgit.git.repository import Repository

AT_ONCE: Final = 1000  # steps in one question: their answer is held in memory
MOST_FOLDERS: Final = 30  # git compares each name with each folder

Pair = tuple[str, str]


class Listed(NamedTuple):
    """A commit of a listing, and its parents."""

    id: str
    parents: tuple[str, ...]


def listing(repository: Repository, *asked: str) -> list[Listed]:
    """What `git rev-list` lists, with the parents that each commit was made with.

    Where git replaces commits (git-replace, grafts), the parents it lists may be others.
    """
    out = repository.git("rev-list", "--parents", *asked).decode()
    found = [Listed(id, tuple(parents)) for id, *parents in map(str.split, out.splitlines())]
    if found and rewritten(repository):
        return [Listed(one.id, repository.commit(one.id).parents) for one in found]
    return found


def rewritten(repository: Repository) -> bool:
    """Whether git may show other commits than those that were made."""
    grafts = os.environ.get("GIT_GRAFT_FILE") or repository.common_dir / "info" / "grafts"
    replaced = os.environ.get("GIT_REPLACE_REF_BASE") or "refs/replace/"
    return os.path.exists(grafts) or bool(repository.refs(replaced))


def steps(
    repository: Repository,
    pairs: Iterable[Pair],
    *,
    similar: int | None = None,
    folders: Sequence[str] = (),
) -> Iterator[list[FileChange]]:
    """What turns the first commit of each pair into the second, as `changes.diff`, in order.

    similar  as in `changes.diff`; None: no renames are looked for
    folders  all that is asked about; none: everything
    """
    waiting = iter(pairs)
    while part := list(islice(waiting, AT_ONCE)):
        found = deque(_compared(repository, [p for p in part if p[0] != p[1]], similar, folders))
        for old, new in part:
            yield [] if old == new else found.popleft()


def _compared(
    repository: Repository, pairs: list[Pair], similar: int | None, folders: Sequence[str]
) -> list[list[FileChange]]:
    if not pairs:
        return []
    how = (LITERAL, "diff-tree", "--stdin", "--always", "-r", *raw_options(similar), "--")
    within = folders if len(folders) <= MOST_FOLDERS else ()
    # A commit with other commits in its line is compared with these, as if they were its parents.
    stdin = "".join(f"{new} {old}\n" for old, new in pairs).encode()
    try:
        out = repository.git(*how, *within, stdin=stdin)
    except GitFailed:
        for commit in dict.fromkeys(commit for pair in pairs for commit in pair):
            repository.tree(commit)  # which says what is damaged
        raise
    _, *found = raw_changes(out)
    assert len(found) == len(pairs), "git answers each question"
    return found


def bases(repository: Repository, pairs: Iterable[Pair]) -> Iterator[tuple[str, ...]]:
    """Every best common ancestor of each two commits, in order, by the parents as they were made.

    git's own choice of one is the first. Raises RepositoryError if a commit of a pair is missing.
    """
    waiting = iter(pairs)
    while part := list(islice(waiting, AT_ONCE)):
        try:
            asked = (f"{one}...{other}" for one, other in part)
            out = repository.git("rev-parse", *asked, env=AS_STORED)
        except GitFailed:
            yield from (_alone(repository, *pair) for pair in part)
        else:
            yield from _met(out.decode().split(), len(part))


def _alone(repository: Repository, one: str, other: str) -> tuple[str, ...]:
    asked = ("merge-base", "--all", one, other)
    out = repository.git_status(*asked, env=AS_STORED, accept=(0, 1))[1]
    return tuple(out.decode().split())


def _met(words: list[str], count: int) -> list[tuple[str, ...]]:
    """git-rev-parse(1), "r1...r2": two commits, then each common ancestor, marked with `^`."""
    found: list[tuple[str, ...]] = []
    sides = 0
    for word in words:
        if word.startswith("^"):
            found[-1] = (*found[-1], word[1:])
        elif sides % 2 == 0:
            found.append(())
            sides += 1
        else:
            sides += 1
    assert len(found) == count, "git answers each question"
    return found
