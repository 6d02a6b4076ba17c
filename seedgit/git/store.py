"""The overlay store: a commit chain per overlay, at refs/seedgit/overlays/<name>.

All worktrees of a clone share it. `record_tree` says what a commit holds. Whatever else a newer
seedgit has put there is carried along unread.
"""

from __future__ import annotations

import os
from functools import cached_property

from seedgit.errors import RepositoryError, UsageError
from seedgit.git.commits import Commits, tree_of
from seedgit.git.messages import Beginning, first_message, undo_message
from seedgit.git.object_text import TreeItem, subject_of
from seedgit.git.overlay_names import OVERLAYS, overlay_ref
from seedgit.git.overlay_tree import ChangedSince, changed_tree, tree_without, undone
from seedgit.git.record_tree import Problem, Records, empty_tree
from seedgit.git.refs import Move, read_ref
from seedgit.git.repository import MODE_FILE
from seedgit.git.site_rules import site_rules
from seedgit.named_tuple import NamedTuple
from seedgit.rules import SITE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from seedgit.git.history import History, LogEntry
    from seedgit.git.object_text import Commit, Person
    from seedgit.git.repository import Repository
    from seedgit.git.stored_record import StoredRecord
    from seedgit.overlay.record import Record


class Overlay(NamedTuple):
    """One state of an overlay. `commit` is None before its first change."""

    name: str
    commit: str | None
    records: Records

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The records that cannot be used."""
        return self.records.problems

    def file(self, name: str) -> bytes | None:
        """A file that the overlay has beside its records; None: it has none. Raises InputError."""
        return self.records.file(name)


class Update:
    """One try at changing an overlay; see `Store.updates`.

    overlay  the overlay as it is now
    before   to be set: called with the commit, before the overlay moves there
    commit   after the loop: the commit that was made; None if nothing changed
    """

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self.before: Callable[[str], None] | None = None
        self.records: Mapping[str, StoredRecord | None] = {}
        self.beside: dict[str, bytes | None] = {}
        self.message = ""
        self.author: Person | None = None
        self.commit: str | None = None

    def write(
        self,
        records: Mapping[str, StoredRecord | None],
        message: str,
        author: Person | None = None,
    ) -> None:
        """Say what to write: records by path, or None to drop one."""
        self.records, self.message, self.author = records, message, author

    def write_rules(self, data: bytes | None) -> None:
        """Say what the overlay's rules become; None: it has none any more."""
        self.beside[SITE_RULES] = data


class Undo:
    """One try at taking back a change; see `Store.undos`.

    later    the records that were changed again since
    decided  to be set: what replaces each of them; None drops it
    commit   after the loop: the commit that takes the change back
    """

    def __init__(self, later: tuple[ChangedSince, ...]) -> None:
        self.later = later
        self.decided: Sequence[StoredRecord | None] = ()
        self.commit = ""


class Store:
    """The overlays of a clone.

    shown  makes of each record what readers of overlays get to see of it
    """

    def __init__(
        self, repository: Repository, shown: Callable[[Record], Record] = lambda record: record
    ) -> None:
        self._repository = repository
        self._shown = shown
        self._read: dict[tuple[str, str], Overlay] = {}
        self._commits = Commits(repository)
        self.moved = False  # whether an overlay was changed through this store

    @cached_property
    def history(self) -> History:
        """The changes of the overlays."""
        from seedgit.git.history import History  # late: most commands look at what is there now

        return History(self._repository)

    def names(self) -> list[str]:
        """The names of all overlays, sorted."""
        return sorted(ref.removeprefix(OVERLAYS) for ref in self._repository.refs(OVERLAYS))

    def tip(self, name: str) -> str | None:
        """The commit an overlay is at; None if there is none yet."""
        return read_ref(self._repository, overlay_ref(name))

    def read(self, name: str) -> Overlay:
        """The overlay as it is now; an empty one if there is none yet."""
        return self.read_at(self.tip(name), name)

    def read_at(self, commit: str | None, name: str = "") -> Overlay:
        """The overlay as a commit has it. Raises RepositoryError if that is not a commit."""
        if commit is None:
            return Overlay(name, None, Records(self._repository, None))
        # A commit's content never changes, and a command reads the same state for every seed.
        if (name, commit) not in self._read:
            tree = self._repository.commit(commit).tree
            records = Records(self._repository, tree, name or commit, self._shown)
            self._read[name, commit] = Overlay(name, commit, records)
        return self._read[name, commit]

    def updates(self, name: str, merged: Sequence[str] = ()) -> Iterator[Update]:
        """Tries at changing an overlay: loop over them; the last one succeeded (`refs.attempts`).

        Each has the overlay as it is then. What its `write` got is committed after the round. If
        that changes nothing, there is no commit.

        `merged` records a merge. An overlay with nothing of its own to add just becomes the other
        one. Records that cannot be read here are merged as a whole.

        Raises Refused if a record that cannot be read would be overwritten, or if other writers
        give it no chance, InputError for a record that cannot be stored, and RepositoryError.
        """
        for attempt in self._repository.writer.attempts(overlay_ref(name)):
            if attempt.old is None:
                self._refuse_clash(name)
            update = Update(self.read_at(attempt.old, name))
            yield update
            attempt.new, attempt.why = self._made(update, merged), subject_of(update.message)
            update.commit = None if attempt.new == attempt.old else attempt.new
            if update.before is not None and update.commit is not None:
                update.before(update.commit)
        if update.commit is not None:
            self._has_moved(name)

    def _has_moved(self, *names: str) -> None:
        """Overlays were changed, and perhaps their rules: note those for the driver."""
        self.moved = True
        site_rules(self._repository, names)

    def _made(self, update: Update, merged: Sequence[str]) -> str | None:
        """The commit of an update; the overlay's own commit if the update changes nothing."""
        tip, known = update.overlay.commit, self._repository.contains
        new = [id for id in merged if tip is None or not known(tip, id)]
        states = [self.read_at(id) for id in new]
        repository = self._repository
        beside = {
            name: None if data is None else TreeItem(MODE_FILE, repository.write_blob(data))
            for name, data in update.beside.items()
        }
        tree = changed_tree(repository, update.overlay, update.records, states, beside)
        if not new and tree == (tree_of(repository, tip) or empty_tree(repository)):
            return tip
        for id in new:
            if tree == tree_of(self._repository, id) and (tip is None or known(id, tip)):
                return id
        parents, text = [*filter(None, [tip]), *new], update.message
        if not parents:
            text = first_message(text, Beginning(os.urandom(16).hex(), os.uname().nodename))
        return self._commits.make(tree, parents, text, update.author)

    def log(self, name: str, limit: int | None = None) -> list[LogEntry]:
        """The changes of an overlay, newest first (`History.log`)."""
        return self.history.log(self.tip(name), limit)

    def undos(self, name: str, chosen: str = "") -> Iterator[Undo]:
        """Tries at taking back the last change made here that is not taken back yet, as `updates`.

        chosen  a change to take back instead, by anybody: its commit

        What came by a merge stays. For what was changed since, set `decided`. A rebase is nobody's
        change: it is not taken back, and the change is looked for in the rebased records.

        Raises RepositoryError if there is nothing to take back, and Refused if nothing is decided
        about a later change.
        """
        from seedgit.git.history import undoing

        history = self.history
        for attempt in self._repository.writer.attempts(overlay_ref(name)):
            last = None if chosen else history.last_change(name, attempt.old)
            change = history.change(name, attempt.old, chosen) if chosen else last
            if attempt.old is None or change is None:
                others = "what others changed stays: seedgit log lists it, seedgit undo COMMIT"
                raise RepositoryError(
                    f"nothing to undo in the overlay {name!r}",
                    hint="" if attempt.old is None else others,
                )
            if history.is_cut_off(change.id):
                raise RepositoryError(
                    f"what the overlay {name!r} was before is not in this shallow clone",
                    hint="git fetch --unshallow",
                )
            now, tree = self.read_at(attempt.old, name), history.tree_before(change)
            found = undone(self._repository, now, change, tree)
            undo = Undo(tuple(item for _, item in found.later))
            yield undo
            if tree_of(self._repository, attempt.old) != change.tree:
                tree = tree_without(self._repository, now, found, undo.decided)
            if chosen and tree == tree_of(self._repository, attempt.old):
                raise RepositoryError(f"nothing of {change.id[:12]} is left: {change.subject}")
            message = undo_message(change.subject, change.id)
            undo.commit = self._commits.make(tree, [attempt.old], message)
            attempt.new, attempt.why = undo.commit, undoing(name)
        self._has_moved(name)

    def change_together(
        self, changes: Iterable[tuple[Overlay, Mapping[str, StoredRecord | None]]], message: str
    ) -> dict[str, str]:
        """Change several overlays, each as it was seen, all or none; returns the new commits.

        Raises as `updates`, and Refused if one has changed since it was seen.
        """
        made: dict[str, str] = {}
        with self._repository.writer.together(subject_of(message)) as moves:
            for overlay, records in changes:
                update = Update(overlay)
                update.write(records, message)
                if overlay.commit is None:
                    self._refuse_clash(overlay.name)
                new = self._made(update, ())
                if new is not None and new != overlay.commit:
                    moves.append(Move(overlay_ref(overlay.name), overlay.commit, new))
                    made[overlay.name] = new
        self._has_moved(*made)
        return made

    def undo_together(self, changes: Mapping[str, Commit]) -> dict[str, str]:
        """Take back the last change of several overlays, all or none; returns the new commits.

        changes  by name, the commit that each overlay is at. Raises as `change_together`.
        """
        from seedgit.git.history import UNDOING_TOGETHER

        made: dict[str, str] = {}
        with self._repository.writer.together(UNDOING_TOGETHER) as moves:
            for name, change in changes.items():
                tree = tree_of(self._repository, change.parent) or empty_tree(self._repository)
                message = undo_message(change.subject, change.id)
                made[name] = self._commits.make(tree, [change.id], message)
                moves.append(Move(overlay_ref(name), change.id, made[name]))
        self._has_moved(*made)
        return made

    def follow(self, name: str, commit: str, remote: str) -> None:
        """Put an overlay at the commit that a remote has."""
        for attempt in self._repository.writer.attempts(overlay_ref(name)):
            attempt.new, attempt.why = commit, f"follow {remote}"
        self._has_moved(name)

    def delete(self, name: str) -> str:
        """Remove an overlay, its history and its reflog; returns the commit it was at.

        Until git gc, `git update-ref refs/seedgit/overlays/<name> <commit>` brings it back.
        """
        for attempt in self._repository.writer.attempts(overlay_ref(name)):
            if attempt.old is None:
                raise RepositoryError(f"there is no overlay {name!r}")
            attempt.new, attempt.why = None, f"delete {name}"
        site_rules(self._repository, [name])
        assert attempt.old is not None
        return attempt.old

    def _refuse_clash(self, name: str) -> None:
        for other in self.names():
            if other.startswith(name + "/") or name.startswith(other + "/"):
                raise UsageError(
                    f"an overlay {name!r} cannot be made beside the overlay {other!r}",
                    hint="one overlay's name cannot be the directory of another's",
                )
