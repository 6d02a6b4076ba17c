"""The history of overlays: what each commit changed, which were made here, which were undone."""

from __future__ import annotations

from seedgit.errors import InputError, UsageError
from seedgit.git.commits import tree_of
from seedgit.git.messages import undone_by
from seedgit.git.names import pasted
from seedgit.git.overlay_names import MERGE, NO_CHANGE, overlay_ref
from seedgit.git.record_tree import empty_tree, read_record, record_ids
from seedgit.git.refs import reflog
from seedgit.git.stored_record import seed_of
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from seedgit.git.object_text import Commit
    from seedgit.git.repository import Repository


class LogEntry(NamedTuple):
    """A change of an overlay; `seeds` are the paths whose records it touched."""

    commit: Commit
    seeds: tuple[str, ...]


class History:
    """The changes of the overlays of a clone. A shallow one has only the last of them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def log(self, tip: str | None, limit: int | None = None) -> list[LogEntry]:
        """The changes up to a commit, newest first, including those that came by a merge.

        A merge is shown as what it changed here. The log of a shallow overlay ends early.
        """
        if tip is None:
            return []
        count = () if limit is None else (f"--max-count={limit}",)
        out = self._repository.git("rev-list", "--date-order", *count, tip, "--")
        return [self._entry(id) for id in out.decode().split()]

    def _entry(self, id: str) -> LogEntry:
        commit = self._repository.commit(id)
        parent = None if self.is_cut_off(id) else commit.parent
        return LogEntry(commit, self._touched(parent, id))

    def began(self, commit: str) -> Commit | None:
        """The commit that an overlay began with; None if a shallow clone does not have it."""
        out = self._repository.git("rev-list", "--max-parents=0", commit, "--").decode().split()
        return self._repository.commit(out[-1]) if out and not self.is_cut_off(out[-1]) else None

    def before(self, commit: Commit) -> tuple[str, ...]:
        """The states a change was made from: its parents or, for an undo, what it brought back.

        None if a shallow history ends here.
        """
        if self.is_cut_off(commit.id):
            return ()
        undone = self._undone(commit)
        back = undone.parent if undone and not self.is_cut_off(undone.id) else None
        return (back,) if back else commit.parents

    def last_change(self, name: str, tip: str | None) -> Commit | None:
        """The newest change made here that no later undo took back and that changed an override."""
        taken: set[str] = set()
        for commit, undoes in self._made_here(name, tip):
            if undoes:
                taken.add(undoes)
            elif commit.id not in taken and not self._is_nobodys(commit):
                return commit
        return None

    def is_set_here(self, name: str, tip: str | None, id: str) -> bool:
        """Whether a change of an overlay was made in this clone, did not come by a pull, and takes
        no other one back."""
        made = self._made_here(name, tip)
        return any(commit.id == id and not undoes for commit, undoes in made)

    def change(self, name: str, tip: str | None, id: str) -> Commit:
        """A change of an overlay, made here or by others. `id` may be short.

        Raises UsageError for what is no such change.
        """
        found = None if id.startswith("-") else self._repository.resolve(id)
        if tip is None or found is None or not self._repository.contains(tip, found):
            raise UsageError(
                f"{id!r} is no change of the overlay {name!r}",
                hint=f"seedgit log --overlay {pasted(name)} lists them",
            )
        commit = self._repository.commit(found)
        if len(commit.parents) > 1:
            raise UsageError(
                f"{id} only joins changes: {commit.subject}",
                hint="undo the changes themselves, one by one",
            )
        if self._is_nobodys(commit):
            raise UsageError(f"{id} is nobody's change: {commit.subject}")
        return commit

    def _is_nobodys(self, commit: Commit) -> bool:
        """Whether a commit says that it changes no override, and does not: it only moved records to
        other seeds, or encrypted secrets anew."""
        if not commit.message.startswith(NO_CHANGE) or self.is_cut_off(commit.id):
            return False
        from seedgit.git.carried import only_carried  # late: few commits say so

        return only_carried(self._repository, tree_of(self._repository, commit.parent), commit.tree)

    def _made_here(self, name: str, tip: str | None) -> Iterator[tuple[Commit, str | None]]:
        """The changes that were made in this clone, newest first, and what each of them takes back.

        The reflog knows them. A change older than the reflog counts as made here if it led to the
        reflog's first state without a merge.
        """
        first = tip
        log = list(reflog(self._repository, overlay_ref(name)))
        pulled = {moved.new for moved in log if moved.why.startswith(MERGE)}
        for old, new, why in log:
            first = old
            if new and new not in pulled and tip and self._repository.contains(tip, new):
                commit = self._repository.commit(new)
                # Nobody else writes this reason, so its message can be believed.
                undo = why in (undoing(name), UNDOING_TOGETHER)
                yield commit, undone_by(commit.message) if undo else None
        while first and tip and self._repository.contains(tip, first):
            commit = self._repository.commit(first)
            if len(commit.parents) < 2:
                undone = self._undone(commit)
                yield commit, undone.id if undone else None
            first = None if self.is_cut_off(first) else commit.parent

    def _undone(self, commit: Commit) -> Commit | None:
        """The change that a commit takes back; None if it takes none back.

        A commit may claim to undo anything: a fetched one, or an old one with such a text. So it
        counts only if it did what it says.
        """
        id = undone_by(commit.message)
        parent = commit.parent
        if id is None or len(commit.parents) != 1 or parent is None:
            return None
        if not self._repository.contains(parent, id):
            return None
        undone = self._repository.commit(id)
        if self.is_cut_off(id):
            return undone
        before = self.tree_before(undone)
        return undone if commit.tree == before else None

    def _touched(self, parent: str | None, id: str) -> tuple[str, ...]:
        before = record_ids(self._repository, tree_of(self._repository, parent))
        after = record_ids(self._repository, tree_of(self._repository, id))
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        return tuple(sorted(self._seed(name, (after | before)[name]) for name in changed))

    def _seed(self, name: str, id: str) -> str:
        try:
            return read_record(self._repository, name, id).path
        except InputError:
            return seed_of(name)

    def tree_before(self, commit: Commit) -> str:
        """The tree that a commit changed: its first parent's, or an empty one."""
        return tree_of(self._repository, commit.parent) or empty_tree(self._repository)

    def is_cut_off(self, commit: str) -> bool:
        """Whether a shallow clone's history ends at a commit."""
        return commit in self._repository.cut_off()


UNDOING_TOGETHER: Final = "undo in several overlays"


def undoing(name: str) -> str:
    """The reason that an undo gets in the reflog."""
    return f"undo in {name}"
