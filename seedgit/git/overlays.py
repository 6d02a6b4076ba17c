"""The overlay store: a commit chain per overlay, at refs/seedgit/overlays/<name>.

Every worktree of a clone shares it. `record_tree` says what a commit holds; what else a newer
seedgit may have put there is carried along unread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from seedgit.errors import InputError, Refused, RepositoryError, UsageError
from seedgit.git.carried import only_carried, states_since, trail
from seedgit.git.commits import Commits
from seedgit.git.messages import undo_message, undone_by
from seedgit.git.names import is_ref_name
from seedgit.git.object_text import Held
from seedgit.git.objects import TREE
from seedgit.git.record_tree import (
    Problem,
    held_records,
    read_record,
    read_records,
    record_ids,
    write_records,
)
from seedgit.git.refs import read_ref, reflog
from seedgit.git.stored_record import FutureRecord, StoredRecord, record_name, seed_of
from seedgit.merge.trivial import trivial

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seedgit.git.object_text import Commit, Person
    from seedgit.git.repository import Repository

OVERLAYS: Final = "refs/seedgit/overlays/"

_LOOK: Final = "seedgit log and undo show and take back the change that broke it"


class Overlay(NamedTuple):
    """One state of an overlay. `commit` is None before its first change."""

    name: str
    commit: str | None
    records: Mapping[str, StoredRecord]
    problems: tuple[Problem, ...]


# Each begins the subject of one kind of change, and of no other.
MERGE: Final = "merge "
REBASE: Final = "rebase onto "


class ChangedSince(NamedTuple):
    """A record that an undo takes a change out of, and that was changed since.

    before   as it was before the change; None, here and below: there was none
    made     as the change left it
    between  what it was from then on, that first, as far as it can be read
    now      as it is
    """

    before: StoredRecord | None
    made: StoredRecord | None
    between: tuple[StoredRecord, ...]
    now: StoredRecord | None

    @property
    def path(self) -> str:
        return next(each.path for each in (self.now, self.made, self.before) if each)


Settle = Callable[[ChangedSince], StoredRecord | None]  # what such a record becomes


def refuse_later(item: ChangedSince) -> StoredRecord | None:
    """Raises Refused: what was changed since cannot be told from what is undone."""
    raise Refused("was changed again since: it cannot be undone alone", where=item.path, hint=_LOOK)


class Update:
    """One try at changing an overlay. Whoever tries says what is written.

    overlay  the overlay as it is
    commit   once it has succeeded, the commit that it made; None where nothing changed
    """

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self.records: Mapping[str, StoredRecord | None] = {}
        self.message = ""
        self.author: Person | None = None
        self.commit: str | None = None

    def write(
        self,
        records: Mapping[str, StoredRecord | None],
        message: str,
        author: Person | None = None,
    ) -> None:
        """Write records, and drop those of the paths that have None."""
        self.records, self.message, self.author = records, message, author


class LogEntry(NamedTuple):
    """A change of an overlay; `seeds` are the paths whose records it touched."""

    commit: Commit
    seeds: tuple[str, ...]


class Store:
    """The overlays of a clone."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._read: dict[tuple[str, str], Overlay] = {}
        self._commits = Commits(repository)

    def names(self) -> list[str]:
        """The overlays there are, sorted."""
        return sorted(ref.removeprefix(OVERLAYS) for ref in self._repository.refs(OVERLAYS))

    def tip(self, name: str) -> str | None:
        """The commit an overlay is at; None where there is none yet."""
        return read_ref(self._repository, overlay_ref(name))

    def read(self, name: str) -> Overlay:
        """The overlay as it is now; an empty one where there is none yet."""
        return self.read_at(self.tip(name), name)

    def read_at(self, commit: str | None, name: str = "") -> Overlay:
        """The overlay as a commit has it. Raises RepositoryError where that is no commit."""
        if commit is None:
            return Overlay(name, None, {}, ())
        # What a commit holds never changes, and a command reads the same state for every seed.
        if (name, commit) not in self._read:
            tree = self._repository.commit(commit).tree
            found = read_records(self._repository, tree, name or commit)
            self._read[name, commit] = Overlay(name, commit, *found)
        return self._read[name, commit]

    def updates(self, name: str, merged: Sequence[str] = ()) -> Iterator[Update]:
        """Tries at changing an overlay, until one succeeds (`refs.attempts`).

        Each has the overlay as it then is. What is written by it is committed once the loop goes
        on; nothing written, or nothing new, no commit.

        `merged` records a merge; an overlay with nothing of its own to add just becomes the other
        one. Records that cannot be read here are merged as a whole.

        Raises Refused where a record that cannot be read would be overwritten, or other writers
        give it no chance; InputError for a record that cannot be stored; RepositoryError.
        """
        for attempt in self._repository.writer.attempts(overlay_ref(name)):
            if attempt.old is None:
                self._refuse_clash(name)
            update = Update(self.read_at(attempt.old, name))
            yield update
            attempt.new, attempt.why = self._made(update, merged), _subject(update.message)
            update.commit = None if attempt.new == attempt.old else attempt.new

    def _made(self, update: Update, merged: Sequence[str]) -> str | None:
        """The commit of an update; the overlay's own where that is all there is already."""
        tip, known = update.overlay.commit, self._repository.contains
        new = [id for id in merged if tip is None or not known(tip, id)]
        tree = self._changed(update.overlay, update.records, new)
        if not new and tree == (self._tree(tip) or _empty_tree(self._repository)):
            return tip
        for id in new:
            if tree == self._tree(id) and (tip is None or known(id, tip)):
                return id
        parents = [*filter(None, [tip]), *new]
        return self._commits.make(tree, parents, update.message, update.author)

    def log(self, name: str, limit: int | None = None) -> list[LogEntry]:
        """The changes of an overlay, newest first, those that came by a merge too.

        A merge is told by what it changed here. The log of a shallow overlay ends early.
        """
        tip = self.tip(name)
        if tip is None:
            return []
        count = () if limit is None else (f"--max-count={limit}",)
        out = self._repository.git("rev-list", "--date-order", *count, tip, "--")
        return [self._entry(id) for id in out.decode().split()]

    def _entry(self, id: str) -> LogEntry:
        commit = self._repository.commit(id)
        parent = None if self._is_cut_off(id) else _parent(commit)
        return LogEntry(commit, self._touched(parent, id))

    def began(self, commit: str) -> Commit | None:
        """The commit that an overlay began with; None where a shallow one does not say."""
        out = self._repository.git("rev-list", "--max-parents=0", commit, "--").decode().split()
        return self._repository.commit(out[-1]) if out and not self._is_cut_off(out[-1]) else None

    def before(self, commit: Commit) -> tuple[str, ...]:
        """The states a change was made from: its parents; of an undo the state it brought back.

        None where the history ends here, as a shallow one does.
        """
        if self._is_cut_off(commit.id):
            return ()
        undone = self._undone(commit)
        back = _parent(undone) if undone and not self._is_cut_off(undone.id) else None
        return (back,) if back else commit.parents

    def undo(
        self, name: str, settle: Settle = refuse_later, *, author: Person | None = None
    ) -> str:
        """Takes back the last change made here and not taken back yet, by a new commit: its id.

        What came by a merge stays, and what was changed since: `settle` says what becomes of a
        record that was, or raises Refused. Records that went on to other versions of their seeds
        have the change still; that alone is nobody's change, and is not taken back.

        Raises RepositoryError where there is nothing to take back.
        """

        for attempt in self._repository.writer.attempts(overlay_ref(name)):
            undone = self._last_change(name, attempt.old)
            if attempt.old is None or undone is None:
                raise RepositoryError(
                    f"nothing to undo in the overlay {name!r}",
                    hint=""
                    if attempt.old is None
                    else "what others changed stays: seedgit log, unset",
                )
            if self._is_cut_off(undone.id):
                raise RepositoryError(
                    f"what the overlay {name!r} was before is not in this shallow clone",
                    hint="git fetch --unshallow",
                )
            tree = self._without(name, attempt.old, undone, settle)
            message = undo_message(_subject(undone.message), undone.id)
            attempt.new = self._commits.make(tree, [attempt.old], message, author)
            attempt.why = _undoing(name)
        assert attempt.new is not None
        return attempt.new

    def _without(self, name: str, tip: str, undone: Commit, settle: Settle) -> str:
        """The tree of a state without one change that is in it."""
        before = self._tree(_parent(undone)) or _empty_tree(self._repository)
        if self._tree(tip) == undone.tree:
            return before
        old, new = (held_records(self._repository, tree) for tree in (before, undone.tree))
        now = self.read_at(tip, name)
        states = states_since(self._repository, undone, tip)
        records: dict[str, StoredRecord] = {}
        others: dict[str, Held | None] = {}
        for entry in {**old, **new}:
            if old.get(entry) == new.get(entry):
                continue
            place, held, versions = trail(self._repository, entry, states)
            taken = trivial((new.get(entry),), (held,), (old.get(entry),))
            if taken == (held,):
                continue
            if taken:
                others[entry] = taken[0]
                continue
            sides = (self._record(entry, old.get(entry)), self._record(entry, new.get(entry)))
            made = settle(item := ChangedSince(*sides, versions, self._record(place, held)))
            if made is None:
                others[place] = None
            elif place in records:  # two records have become one
                refuse_later(item)
            elif now.records.get(made.path) != made:
                records[place] = made
        return write_records(self._repository, self._tree(tip), records.values(), others)

    def _record(self, entry: str, held: Held | None) -> StoredRecord | None:
        return read_record(self._repository, entry, held.id) if held else None

    def delete(self, name: str) -> str:
        """Removes an overlay, its history and its reflog; returns the commit it was at.

        Until git gc, `git update-ref refs/seedgit/overlays/<name> <commit>` brings it back.
        """
        for attempt in self._repository.writer.attempts(overlay_ref(name)):
            if attempt.old is None:
                raise RepositoryError(f"there is no overlay {name!r}")
            attempt.new, attempt.why = None, f"delete {name}"
        assert attempt.old is not None
        return attempt.old

    def _changed(
        self,
        overlay: Overlay,
        wanted: Mapping[str, StoredRecord | None],
        merged: Sequence[str],
    ) -> str:
        """The tree after a change. What nobody here can read, only a merge may replace."""
        for state in (overlay, *map(self.read_at, merged)):
            for problem in state.problems:
                if not problem.entry:  # no record's own: there are none to be read
                    error = problem.error
                    raise Refused(error.message, where=error.where, hint=_LOOK)
        kept = self._merge_unreadable(overlay, merged)
        unreadable = {problem.entry: problem for problem in overlay.problems}
        records: list[StoredRecord] = []
        others: dict[str, Held | None] = {}
        for path, record in wanted.items():
            entry = record_name(path)
            if entry in kept:
                continue
            if record is None:
                others[entry] = None
            elif record.path != path:
                raise ValueError(f"the record of {record.path!r} cannot be stored at {path!r}")
            elif entry in unreadable:
                raise _unreadable(unreadable[entry])
            elif overlay.records.get(path) != record:
                records.append(record)
        return write_records(self._repository, self._tree(overlay.commit), records, others | kept)

    def _merge_unreadable(self, overlay: Overlay, merged: Sequence[str]) -> dict[str, Held | None]:
        """What becomes of the entries that cannot be read on either side: the one that changed.

        What nobody could read takes the place of nothing; a newer seedgit's record is a change.
        """
        broken = {problem.entry for problem in overlay.problems}
        kept: dict[str, Held | None] = {}
        ours = held_records(self._repository, self._tree(overlay.commit))
        for other in merged:
            theirs = held_records(self._repository, self._tree(other))
            common = overlay.commit and self._repository.merge_base(overlay.commit, other)
            base = held_records(self._repository, self._tree(common))
            for problem in (*overlay.problems, *self.read_at(other).problems):
                entry = problem.entry
                unusable = entry not in broken and not isinstance(problem.error, FutureRecord)
                taken = trivial(*((side.get(entry),) for side in (base, ours, theirs)))
                if unusable:
                    kept[entry] = ours.get(entry)
                elif taken:
                    kept[entry] = taken[0]
                else:
                    raise _unreadable(problem)
        return kept

    def _last_change(self, name: str, tip: str | None) -> Commit | None:
        """The newest change made here that no later undo took back, and that is no rebase."""
        taken: set[str] = set()
        for commit, undoes in self._made_here(name, tip):
            if undoes:
                taken.add(undoes)
            elif commit.id not in taken and not self._is_rebase(commit):
                return commit
        return None

    def _is_rebase(self, commit: Commit) -> bool:
        """Whether a commit says that it only put records on other seeds, and did no more."""
        if not commit.message.startswith(REBASE) or self._is_cut_off(commit.id):
            return False
        return only_carried(self._repository, self._tree(_parent(commit)), commit.tree)

    def _made_here(self, name: str, tip: str | None) -> Iterator[tuple[Commit, str | None]]:
        """The changes that were made in this clone, newest first, and what each takes back.

        The reflog knows. Where it ends, a change is taken for one that was made here if the state
        that the reflog begins with comes from it without a merge.
        """
        first = tip
        log = list(reflog(self._repository, overlay_ref(name)))
        pulled = {moved.new for moved in log if moved.why.startswith(MERGE)}
        for old, new, why in log:
            first = old
            if new and new not in pulled and tip and self._repository.contains(tip, new):
                commit = self._repository.commit(new)
                # Nobody else writes this one's reason, so its message is to be believed.
                yield commit, undone_by(commit.message) if why == _undoing(name) else None
        while first and tip and self._repository.contains(tip, first):
            commit = self._repository.commit(first)
            if len(commit.parents) < 2:
                undone = self._undone(commit)
                yield commit, undone.id if undone else None
            first = None if self._is_cut_off(first) else _parent(commit)

    def _undone(self, commit: Commit) -> Commit | None:
        """The change that a commit takes back; None where it does not.

        A commit may claim to undo anything at all, be it fetched or an old one with a text that
        looks so: it has to have done it.
        """
        id = undone_by(commit.message)
        parent = _parent(commit)
        if id is None or len(commit.parents) != 1 or parent is None:
            return None
        if not self._repository.contains(parent, id):
            return None
        undone = self._repository.commit(id)
        if self._is_cut_off(id):
            return undone
        before = self._tree(_parent(undone)) or _empty_tree(self._repository)
        return undone if commit.tree == before else None

    def _touched(self, parent: str | None, id: str) -> tuple[str, ...]:
        before = record_ids(self._repository, self._tree(parent))
        after = record_ids(self._repository, self._tree(id))
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        return tuple(sorted(self._seed(name, (after | before)[name]) for name in changed))

    def _seed(self, name: str, id: str) -> str:
        try:
            return read_record(self._repository, name, id).path
        except InputError:
            return seed_of(name)

    def _tree(self, commit: str | None) -> str | None:
        return self._repository.commit(commit).tree if commit else None

    def _is_cut_off(self, commit: str) -> bool:
        return commit in self._repository.cut_off()

    def _refuse_clash(self, name: str) -> None:
        for other in self.names():
            if other.startswith(name + "/") or name.startswith(other + "/"):
                raise UsageError(
                    f"an overlay {name!r} cannot be made beside the overlay {other!r}",
                    hint="one overlay's name cannot be the directory of another's",
                )


def overlay_ref(name: str, prefix: str = OVERLAYS) -> str:
    """The ref of an overlay. Raises UsageError for a name git-check-ref-format(1) refuses."""
    if not name.isprintable() or name.startswith("-") or not is_ref_name(prefix + name):
        raise UsageError(
            f"not a name for an overlay: {name!r}",
            hint="letters, digits, - and _ are always fine; git check-ref-format has the rules",
        )
    return prefix + name


def _undoing(name: str) -> str:
    """The reason that the reflog has for an undo."""
    return f"undo in {name}"


def _parent(commit: Commit) -> str | None:
    return commit.parents[0] if commit.parents else None


def _subject(message: str) -> str:
    return message.strip().partition("\n")[0]


def _empty_tree(repository: Repository) -> str:
    return repository.objects.write(TREE, b"")


def _unreadable(problem: Problem) -> Refused:
    newer = isinstance(problem.error, FutureRecord)
    return Refused(
        f"the overlay record of {problem.seed!r} would be overwritten unread: "
        f"{problem.error.message}",
        where=problem.error.where,
        hint="install a newer seedgit" if newer else _LOOK,
    )
