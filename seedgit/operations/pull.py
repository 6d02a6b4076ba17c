"""Merge a remote's overlays into the local ones, override by override.

If two people set one place in different ways, neither value is lost: the one here holds, and the
other is kept beside it until a person decides (`merged_overlay`, `pending`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest

from seedgit import codes
from seedgit.errors import SeedgitError
from seedgit.formats.document import Document
from seedgit.git.layer_settings import layer_settings
from seedgit.git.messages import Beginning, beginning, message
from seedgit.git.overlay_names import MERGE
from seedgit.git.remotes import Remotes
from seedgit.git.rival_rules import new_rivals, rival_items, told_of_pull
from seedgit.git.store import Overlay
from seedgit.git.stored_record import StoredRecord
from seedgit.named_tuple import NamedTuple
from seedgit.operations.sharing.apart import refuse_other
from seedgit.operations.sharing.merged_overlay import PullClash, merged_overlay, override_data
from seedgit.operations.status import MOST_NAMED
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import Override
from seedgit.overlay.patch import told_as
from seedgit.overlay.recipients import FILE as RECIPIENTS
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import is_index
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Brought(NamedTuple):
    """One thing that a pull changed here: what it was and what it is; None for no override.

    note  "" for an override that is in force; the reason why one is parked; CLASH for a value that
          waits beside another one, DECIDED for one that does so no longer
    name  its place, for a person: items of lists by identity
    """

    path: str
    pointer: str
    was: Override | None
    now: Override | None
    note: str = ""
    name: str = ""

    def data(self) -> dict[str, Any]:
        sides = {"was": override_data(self.was), "now": override_data(self.now)}
        place = {"path": self.path, "pointer": self.pointer, "name": self.name or self.pointer}
        return {**place, **sides, "note": self.note}


class Pulled(NamedTuple):
    """What happened to one overlay: MERGED, CLASHES, NEW_HERE, UP_TO_DATE, REFUSED or APART.

    clashes  what a person has to decide; what was here holds until then
    brought  what else the pull changed here
    left     the parts of the remote's overlay that cannot be used and were not taken: why, by name
    refused  why nothing of it was merged, with the remedy
    ref      where it is on the remote
    began    with NEW_HERE: the machine that it began on, and who began it
    readers  what changed about who can decrypt its secrets
    rules    what happened to its rules; "": nothing
    """

    overlay: str
    outcome: str
    clashes: tuple[PullClash, ...] = ()
    brought: tuple[Brought, ...] = ()
    left: tuple[str, ...] = ()
    refused: SeedgitError | None = None
    ref: str = ""
    began: tuple[str, str] | None = None
    readers: tuple[str, ...] = ()
    rules: str = ""


def pull(workspace: Workspace, remote: str, *, join: bool = False) -> list[Pulled]:
    """Fetch the remote's overlays and merge each; one that is refused is named with the reason.

    join  an overlay that began elsewhere is merged with the one of its name here

    Raises RepositoryError if the remote cannot be reached.
    """
    fetched = Remotes(workspace.repository, workspace.store).fetch(remote)
    done = [Pulled(name, codes.REFUSED, refused=error) for name, error in fetched.refused.items()]
    for name, commit in fetched.commits.items():
        try:
            found = _pulled(workspace, name, commit, remote, join)
        except SeedgitError as error:
            found = Pulled(name, codes.REFUSED, refused=error)
        done += [found._replace(ref=fetched.places[name])] if found else []
    return done


def _pulled(workspace: Workspace, name: str, commit: str, remote: str, join: bool) -> Pulled | None:
    """What becomes of one overlay that was fetched; None if it is a layer from another remote."""
    follows = layer_settings(workspace.repository, name).remote
    if follows:
        return _followed(workspace, name, commit, remote) if follows == remote else None
    if name not in workspace.names and workspace.store.tip(name) is None:
        return Pulled(name, codes.APART)
    bases = Remotes(workspace.repository, workspace.store).merge_bases(name, remote)
    if not bases and not join:
        refuse_other(workspace, name, commit, remote)
    return _merge(workspace, name, (commit, *bases), remote)


def _followed(workspace: Workspace, name: str, commit: str, remote: str) -> Pulled:
    """A read-only layer becomes what its remote has."""
    was = workspace.store.read(name)
    if was.commit == commit:
        return Pulled(name, codes.UP_TO_DATE)
    workspace.store.follow(name, commit, remote)
    now = workspace.store.read_at(commit, name)
    brought, readers = tuple(_brought(workspace, was, now)), _readers(was, now)
    rules = told_of_pull(workspace.repository, was.commit, commit, commit)
    return Pulled(name, codes.MERGED, brought=brought, readers=readers, rules=rules)


def _merge(workspace: Workspace, name: str, theirs: tuple[str, ...], remote: str) -> Pulled:
    """Merge what was fetched: a commit, and the last ones that it has in common with ours."""
    commit, *bases = theirs
    for update in workspace.store.updates(name, [commit]):
        was = update.overlay
        merge = merged_overlay(workspace, was, commit, bases)
        told = [f"undecided: {clash.path} {clash.pointer}" for clash in merge.clashes]
        subject = f"{MERGE}{name} of {commit[:12]} from {remote}"
        update.write(merge.records, message(subject, "\n".join(told)))
        update.beside.update(_recipients(workspace, was, commit, next(iter(bases), None)))
    repository = workspace.repository
    rules = new_rivals(repository, was.commit, update.commit or was.commit)
    rules -= rival_items(repository, commit).keys()
    outcome = codes.CLASHES if merge.clashes or rules else codes.MERGED
    if not update.commit:
        outcome = codes.UP_TO_DATE
    elif not was.commit:
        outcome = codes.NEW_HERE
    now = workspace.store.read_at(update.commit, name) if update.commit else was
    places = {(clash.path, clash.pointer) for clash in merge.clashes}
    brought = (
        each
        for each in _brought(workspace, was, now)
        if (each.note, (each.path, each.pointer) in places) != (codes.CLASH, True)
    )
    began = _began(workspace, commit) if outcome == codes.NEW_HERE else None
    return Pulled(
        name,
        outcome,
        merge.clashes,
        tuple(brought),
        merge.left,
        began=began,
        readers=_readers(was, now),
        rules=told_of_pull(workspace.repository, was.commit, now.commit, commit),
    )


def _recipients(
    workspace: Workspace, ours: Overlay, commit: str, base: str | None
) -> dict[str, bytes | None]:
    """The file of those who can decrypt secrets, if a merge changes it."""
    theirs = workspace.store.read_at(commit)
    if theirs.file(RECIPIENTS) == ours.file(RECIPIENTS):
        return {}
    from seedgit.operations.secrets.pulled import merged_recipients  # late: few have any

    return merged_recipients(workspace.store.read_at(base), ours, theirs)


def _readers(was: Overlay, now: Overlay) -> tuple[str, ...]:
    if was.file(RECIPIENTS) == now.file(RECIPIENTS):
        return ()
    from seedgit.operations.secrets.pulled import recipient_changes

    return recipient_changes(was, now)


def _began(workspace: Workspace, commit: str) -> tuple[str, str] | None:
    first = workspace.store.history.began(commit)
    if first is None:
        return None
    return (beginning(first.message) or Beginning("", "")).host, first.author.name


def _brought(workspace: Workspace, was: Overlay, now: Overlay) -> Iterator[Brought]:
    names = _Names(workspace)
    for path in sorted({**was.records, **now.records}):
        if was.records.get(path) == now.records.get(path):
            continue
        sides = [_record(path, state.records.get(path)) for state in (was, now)]
        for each in _changes(path, sides[0].overrides, sides[1].overrides):
            yield each._replace(name=names.of(each, sides[0].base, sides[1].base))
        for note in dict.fromkeys(p.reason for side in sides for p in side.parked):
            parked = ([p.override for p in side.parked if p.reason == note] for side in sides)
            yield from (each._replace(note=note) for each in _changes(path, *map(tuple, parked)))
        before, after = ([*side.rivals] for side in sides)
        for rival in before:
            if rival not in after:
                yield Brought(path, rival.label, rival.override, None, codes.DECIDED)
        for rival in after:
            if rival not in before:
                yield Brought(path, rival.label, None, rival.wanted, codes.CLASH)


class _Names:
    """What a person calls places in lists, in the versions of the seeds that they are in."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._read: dict[str, Value] = {}  # seeds by blob; ABSENT: it is not there, or not readable

    def of(self, each: Brought, was: str, now: str) -> str:
        """The name of a place; `was`, `now`: the blobs of the seeds before and after the pull.

        Of a pull with very many files, not all are read.
        """
        override, rule = each.now or each.was, self._workspace.rules.match(each.path)
        base = now if each.now else was
        if override is None or rule is None or not any(map(is_index, override.tokens)):
            return each.pointer
        if base not in self._read:
            if len(self._read) >= MOST_NAMED:
                return each.pointer
            self._read[base] = ABSENT
            with suppress(SeedgitError):
                data = self._workspace.repository.blob(base)
                self._read[base] = Document.parse(data, each.path).value
        seed = self._read[base]
        return each.pointer if seed is ABSENT else told_as(override, seed, rule.key_of)


def _changes(
    path: str, before: tuple[Override, ...], after: tuple[Override, ...]
) -> Iterator[Brought]:
    old = [override for override in before if override not in after]
    new = [override for override in after if override not in before]
    # Several items may be put in at one place.
    for pointer in dict.fromkeys(override.pointer for override in [*old, *new]):
        sides = ([o for o in side if o.pointer == pointer] for side in (old, new))
        for had, has in zip_longest(*sides):
            yield Brought(path, pointer, had, has)


def _record(path: str, stored: StoredRecord | None) -> Record:
    record = stored.record if stored else Record(path, "")
    # That a person chose a value changes nothing of it.
    return record.changed(lambda o: o._replace(chosen=0) if o.chosen else o)
