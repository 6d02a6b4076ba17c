"""The versions of a file in the parents of a commit, whatever it was called there."""

from __future__ import annotations

from functools import cached_property

from seedgit.git.changes import RENAMED, diff, raw_changes, raw_options
from seedgit.git.repository import MODE_TREE, STAGE_MERGED, GitEntry, Repository
from seedgit.named_tuple import NamedTuple


class _Moves(NamedTuple):
    """The renames from the common version to a parent, by either path."""

    was: dict[str, str]
    now: dict[str, str]


class CommitParents:
    """What the index is to be committed on; for a merge, the commits that it joins.

    staged   what the index has at each path that differs from all of them; None: nothing
    timeout  seconds that git may look for renames, which it does only for a merge
    """

    def __init__(
        self, repository: Repository, commits: list[str], timeout: float | None = None
    ) -> None:
        self._repository = repository
        self._commits = commits
        self._timeout = timeout
        changes = [_staged(repository, commit) for commit in commits]
        self._old = [{path: old for path, (old, _) in found.items()} for found in changes]
        self.staged: dict[str, GitEntry | None]
        if changes:
            first, *others = changes
            in_all = (path for path in first if all(path in found for found in others))
            self.staged = {path: first[path][1] for path in in_all}
        else:
            merged = (e for e in repository.index() if e.stage == STAGE_MERGED)
            self.staged = {entry.path: entry for entry in merged}

    def versions(self, path: str) -> list[GitEntry | None]:
        """What each parent has at a path of `staged`.

        A file that one side of a merge renamed is the same file on the other side.
        """
        found = [old[path] for old in self._old] or [None]
        if len(found) != 2 or all(found) or not any(found):
            return found
        lacks = found.index(None)
        there, other = self._moves[1 - lacks], self._moves[lacks]
        before = there.was.get(path, path)
        name = other.now.get(before, before)
        found[lacks] = self._at(self._commits[lacks], name)
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

    def _at(self, commit: str, path: str) -> GitEntry | None:
        found = self._repository.entry(commit, path)
        return None if found is None or found.mode == MODE_TREE else found


def _staged(
    repository: Repository, commit: str
) -> dict[str, tuple[GitEntry | None, GitEntry | None]]:
    """What a commit and the index have where they differ."""
    how = ("--cached", "--ignore-submodules=none", *raw_options(None))
    (found,) = raw_changes(repository.git("diff-index", *how, commit, "--"))
    both = ((change.old, change.new) for change in found)
    return {entry.path: (old, new) for old, new in both for entry in (new or old,) if entry}
