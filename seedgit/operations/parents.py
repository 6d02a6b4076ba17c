"""The versions of a file in the parents of a commit, whatever it was called there."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from seedgit.git.changes import RENAMED, diff
from seedgit.git.repository import GitEntry, Repository


class _Moves(NamedTuple):
    """The renames from the common version to a parent, by either path."""

    was: dict[str, str]
    now: dict[str, str]


class CommitParents:
    """What a commit is based on; for a merge, what it joins.

    timeout  seconds that git may look for renames, which it does only for a merge
    """

    def __init__(
        self, repository: Repository, commits: list[str], timeout: float | None = None
    ) -> None:
        self._repository = repository
        self._commits = commits
        self._timeout = timeout
        self.trees = [repository.tree(commit) for commit in commits]

    def at(self, path: str) -> list[GitEntry | None]:
        """What each parent has at a path."""
        return [tree.get(path) for tree in self.trees] or [None]

    def versions(self, path: str) -> list[GitEntry | None]:
        """As `at`; a file that one side of a merge renamed is the same file on the other side."""
        found = self.at(path)
        if len(self.trees) != 2 or all(found) or not any(found):
            return found
        lacks = found.index(None)
        there, other = self._moves[1 - lacks], self._moves[lacks]
        before = there.was.get(path, path)
        found[lacks] = self.trees[lacks].get(other.now.get(before, before))
        return found

    @cached_property
    def _moves(self) -> list[_Moves]:
        """The renames of each side of a merge, as git's merge finds them; none if it cannot."""
        base = self._repository.merge_base(*self._commits)
        try:
            return [self._from(base, commit) for commit in self._commits]
        except TimeoutError:
            return [_Moves({}, {}) for _ in self._commits]

    def _from(self, base: str | None, commit: str) -> _Moves:
        moves = _Moves({}, {})
        changes = diff(self._repository, base, commit, timeout=self._timeout) if base else []
        for change in changes:
            if change.status == RENAMED and change.old and change.new:
                moves.was[change.new.path] = change.old.path
                moves.now[change.old.path] = change.new.path
        return moves
