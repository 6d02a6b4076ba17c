"""Merge a remote's overlays into the local ones, override by override.

If two sites changed one place in different ways, they clash, and a person decides which value
holds. Until then nothing of that overlay is merged, and git accepts no push over the other's.
Clashes are computed from the two overlays and stored nowhere, so they are always up to date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, zip_longest
from typing import Any, NamedTuple

from seedgit import codes
from seedgit.errors import InputError, Refused, SeedgitError, UsageError
from seedgit.git.config import LOCAL
from seedgit.git.layer_settings import OVERLAY_KEY, layer_settings
from seedgit.git.messages import beginning
from seedgit.git.names import pasted
from seedgit.git.overlay_names import MERGE, overlay_ref
from seedgit.git.remotes import Push, Remotes
from seedgit.git.store import Overlay
from seedgit.git.stored_record import StoredRecord
from seedgit.merge.trivial import trivial
from seedgit.operations.workspace import Workspace, to_store
from seedgit.overlay.override import Override
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record import Record
from seedgit.overlay.record_json import record_from
from seedgit.overlay.record_merge import merge_records
from seedgit.values.diff import no_key

Records = Mapping[str, StoredRecord | None]


class Brought(NamedTuple):
    """One override that a pull changed here: what it was and what it is; None for no override."""

    path: str
    pointer: str
    was: Override | None
    now: Override | None

    def data(self) -> dict[str, Any]:
        sides = {"was": _data(self.was), "now": _data(self.now)}
        return {"path": self.path, "pointer": self.pointer, **sides}


class PullClash(NamedTuple):
    """One place that both sites changed; a side is None if it removed its override."""

    overlay: str
    path: str
    pointer: str
    ours: Override | None
    theirs: Override | None

    def data(self) -> dict[str, Any]:
        place = {"overlay": self.overlay, "path": self.path, "pointer": self.pointer}
        return {**place, "here": _data(self.ours), "there": _data(self.theirs)}


class Pulled(NamedTuple):
    """What happened to one overlay: MERGED, NEW_HERE, UP_TO_DATE, CLASHES, REFUSED or APART.

    clashes  what a person has to decide; nothing was merged
    brought  the overrides that the pull changed here
    left     the parts of the remote's overlay that cannot be used and were not taken: why, by name
    refused  why nothing of it was merged, with the remedy
    """

    overlay: str
    outcome: str
    clashes: tuple[PullClash, ...] = ()
    brought: tuple[Brought, ...] = ()
    left: tuple[str, ...] = ()
    refused: SeedgitError | None = None


def pull(
    workspace: Workspace, remote: str, *, prefer: str = "", join: bool = False
) -> list[Pulled]:
    """Fetch the remote's overlays and merge each; one that is refused is named with the reason.

    prefer  OURS or THEIRS decides every clash of what the last pull has fetched:
            nothing is fetched, so that only clashes that were shown are decided
    join    an overlay that began elsewhere is merged with the one of its name here

    Raises RepositoryError if the remote cannot be reached, and UsageError if there is nothing to
    decide.
    """
    remotes = Remotes(workspace.repository, workspace.store)
    if prefer:
        commits, done = remotes.copies(remote), []
        if not any(item.remote == remote for item in _unmerged(workspace, list(commits))):
            hint = f"seedgit pull {pasted(remote)} fetches, and tells what clashes"
            raise UsageError(f"nothing fetched from {remote!r} waits for a decision", hint=hint)
    else:
        fetched = remotes.fetch(remote)
        commits = fetched.commits
        done = [
            Pulled(name, codes.REFUSED, refused=error) for name, error in fetched.refused.items()
        ]
    for name, commit in commits.items():
        try:
            follows = layer_settings(workspace.repository, name).remote
            if follows:
                done += [_followed(workspace, name, commit, remote)] if follows == remote else []
                continue
            if name not in workspace.names and workspace.store.tip(name) is None:
                done.append(Pulled(name, codes.APART))
                continue
            base = remotes.merge_base(name, remote)
            if base is None and not join:
                _refuse_other(workspace, name, commit, remote)
            done.append(_merge(workspace, name, commit, base, prefer))
        except SeedgitError as error:
            done.append(Pulled(name, codes.REFUSED, refused=error))
    return done


def _followed(workspace: Workspace, name: str, commit: str, remote: str) -> Pulled:
    """A read-only layer becomes what its remote has."""
    was = workspace.store.read(name)
    if was.commit == commit:
        return Pulled(name, codes.UP_TO_DATE)
    workspace.store.follow(name, commit, remote)
    now = workspace.store.read_at(commit, name)
    return Pulled(name, codes.MERGED, brought=tuple(_brought(was, now)))


class _Unmerged(NamedTuple):
    """An overlay here, and another state of it that was fetched; base: what both come from."""

    remote: str
    name: str
    tip: str
    commit: str
    base: str | None


def _unmerged(workspace: Workspace, names: list[str]) -> Iterator[_Unmerged]:
    remotes = Remotes(workspace.repository, workspace.store)
    for remote in remotes.names():
        for name in names:
            tip, commit = workspace.store.tip(name), remotes.copy(name, remote)
            if tip and commit and not workspace.repository.contains(tip, commit):
                yield _Unmerged(remote, name, tip, commit, remotes.merge_base(name, remote))


def _clashes(workspace: Workspace, unmerged: Iterable[_Unmerged]) -> dict[str, list[PullClash]]:
    """What a person has to decide between overlays and what was fetched, by remote."""
    found: dict[str, list[PullClash]] = {}
    for item in unmerged:
        if item.base is not None:
            ours = workspace.store.read_at(item.tip, item.name)
            merge = _merged(workspace, ours, item.commit, item.base)
            found.setdefault(item.remote, []).extend(merge.clashes)
    return {remote: each for remote, each in found.items() if each}


def undecided_clashes(workspace: Workspace) -> tuple[dict[str, list[PullClash]], list[str]]:
    """What waits between the active overlays and what was fetched: clashes, by remote; and a line
    for each overlay that began apart, or for the error that prevented an answer."""
    try:
        found = list(_unmerged(workspace, workspace.names))
        apart = [
            f"{item.remote}: its overlay {item.name!r} is not merged, because it began elsewhere: "
            f"seedgit pull {pasted(item.remote)} says how to go on"
            for item in found
            if item.base is None
        ]
        return _clashes(workspace, found), apart
    except SeedgitError as error:
        return {}, [str(error)]


def push(workspace: Workspace, remote: str) -> list[Push]:
    """Send the active overlays that are changed here.

    Raises Refused if a clash with what was fetched is undecided.
    """
    unmerged = _unmerged(workspace, workspace.names)
    waiting = _clashes(workspace, unmerged).get(remote, [])
    if waiting:
        first = f"{waiting[0].path}{waiting[0].pointer}"
        more = f", and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        raise Refused(
            f"both sites changed {first}{more}: nothing was pushed",
            where=remote,
            hint=f"seedgit pull {pasted(remote)} shows both values, and how to decide",
        )
    own = [
        name for name in workspace.names if not layer_settings(workspace.repository, name).remote
    ]
    return Remotes(workspace.repository, workspace.store).push(remote, own)


def _refuse_other(workspace: Workspace, name: str, commit: str, remote: str) -> None:
    """Raises Refused if the overlay here and the remote's have nothing in common."""
    tip = workspace.store.tip(name)
    if tip is None or tip == commit:
        return
    first = workspace.store.history.began(commit)
    began = beginning(first.message) if first else None
    on = f" on {began.host}" if began else ""
    by = f"; {first.author.name} began it{on}" if first else ""
    raise Refused(
        f"the remote's overlay {name!r} began elsewhere, and is not this one{by}",
        where=remote,
        hint=f"to make one of the two: seedgit pull {pasted(remote)} --join; to keep this one "
        f"under another name: {_renaming(workspace, name, remote)}",
    )


def _renaming(workspace: Workspace, name: str, remote: str) -> str:
    """The commands that give an overlay another name, which neither side has yet."""
    taken = {
        *workspace.store.names(),
        *Remotes(workspace.repository, workspace.store).copies(remote),
    }
    other = next(new for n in count(2) if (new := f"{name}-{n}") not in taken)
    ref = overlay_ref(name)
    commands = [f"git update-ref {pasted(overlay_ref(other), ref)} ''"]
    if name in workspace.names:
        commands += _configuring(workspace, name, other)
    return " && ".join([*commands, f"git update-ref -d {pasted(ref)}"])


def _configuring(workspace: Workspace, name: str, other: str) -> list[str]:
    """The commands that put another overlay into the place of one in this clone's layers."""
    found = workspace.repository.config.all(OVERLAY_KEY)
    if all(setting.scope == LOCAL for setting in found):
        return [f"git config --replace-all {pasted(OVERLAY_KEY, other, f'^{re.escape(name)}$')}"]
    layers = ["", *(other if each == name else each for each in workspace.names)]
    return [f"git config --add {pasted(OVERLAY_KEY, each)}" for each in layers]


def _merge(workspace: Workspace, name: str, commit: str, base: str | None, prefer: str) -> Pulled:
    for update in workspace.store.updates(name, [commit]):
        was = update.overlay
        merge = _merged(workspace, was, commit, base, prefer)
        if merge.clashes:
            return Pulled(name, codes.CLASHES, merge.clashes)
        update.write(merge.records, f"{MERGE}{name} of {commit[:12]}\n")
    outcome = (
        codes.UP_TO_DATE if not update.commit else codes.MERGED if was.commit else codes.NEW_HERE
    )
    now = workspace.store.read_at(update.commit, name) if update.commit else was
    return Pulled(name, outcome, brought=tuple(_brought(was, now)), left=merge.left)


def _brought(was: Overlay, now: Overlay) -> Iterator[Brought]:
    for path in sorted({**was.records, **now.records}):
        if was.records.get(path) == now.records.get(path):
            continue
        before, after = (_overrides(path, state.records.get(path)) for state in (was, now))
        old = [override for override in before if override not in after]
        new = [override for override in after if override not in before]
        # Several items may be put in at one place.
        for pointer in dict.fromkeys(override.pointer for override in [*old, *new]):
            sides = ([o for o in side if o.pointer == pointer] for side in (old, new))
            for had, has in zip_longest(*sides):
                yield Brought(path, pointer, had, has)


def _overrides(path: str, stored: StoredRecord | None) -> tuple[Override, ...]:
    return stored.record.overrides if stored else ()


class _Merged(NamedTuple):
    """What a merge changes in the records here; what clashes, and what cannot be used, and why."""

    records: Records
    clashes: tuple[PullClash, ...]
    left: tuple[str, ...]


def _merged(
    workspace: Workspace, ours: Overlay, commit: str, base: str | None, prefer: str = ""
) -> _Merged:
    """The merge of an overlay with another site's state of it."""
    old, theirs = (workspace.store.read_at(state, ours.name) for state in (base, commit))
    records: dict[str, StoredRecord | None] = {}
    clashes: list[PullClash] = []
    unread: dict[str, str] = {}
    for was, here, there in _paired(old, ours, theirs):
        common, own, other = old.records.get(was), ours.records.get(here), theirs.records.get(there)
        taken = trivial((common,), (own,), (other,))
        if taken == (own,):
            continue
        path = there if here == was else here
        try:
            records[path], found = (
                (taken[0], [])
                if taken
                else merged_record(workspace, path, (common, own, other), prefer)
            )
        except InputError as error:
            unread[path] = error.message
            continue
        if path != here:
            records[here] = None
        clashes += [clash._replace(overlay=ours.name) for clash in found]
    left = [f"{path}: {text}" for path, text in unread.items()]
    left += [problem.told for problem in theirs.problems]
    return _Merged(records, tuple(clashes), tuple(left))


def _paired(old: Overlay, ours: Overlay, theirs: Overlay) -> Iterator[tuple[str, str, str]]:
    """Where each record is, in the common state, here and there: a seed that one side knows to be
    renamed is the same seed on the other."""
    here, there = (_renamed(old, side) for side in (ours, theirs))
    targets = {*here.values(), *there.values()}
    for path in {**theirs.records, **old.records}:
        if path not in targets or path in old.records:
            yield path, here.get(path, path), there.get(path, path)


def _renamed(old: Overlay, side: Overlay) -> dict[str, str]:
    """The records of a common state that a side has under another path, by the old one.

    A record that was joined from two of them is neither.
    """
    found = {}
    gone = old.records.keys() - side.records.keys()
    for path, stored in side.records.items():
        came = [was for was in stored.record.was if was in gone]
        if path not in old.records and len(came) == 1:
            found[came[0]] = path
    return found


def merged_record(
    workspace: Workspace,
    path: str,
    versions: tuple[StoredRecord | None, StoredRecord | None, StoredRecord | None],
    prefer: str = "",
) -> tuple[StoredRecord | None, list[PullClash]]:
    """Two sides' changes of a record merged, on the base of the first side's; and what clashes."""
    records = [record_from(path, v.base, v.body) if v else Record(path, "") for v in versions]
    blob = next(r.base for r in (records[1], records[2], records[0]) if r.base)
    target = workspace.base(Record(path, blob)).value
    rule = workspace.rules.match(path)
    records = [_onto(workspace, record, Record(path, blob)) for record in records]
    old, ours, theirs = (record._replace(base=blob) for record in records)
    key_of = rule.key_of if rule else no_key
    made, found = merge_records(old, ours, theirs, target, key_of, prefer)
    told = [PullClash("", path, clash.pointer, clash.ours, clash.theirs) for clash in found]
    return (None if made.empty else to_store(made)), told


def carried(
    workspace: Workspace, stored: StoredRecord | None, through: Iterable[StoredRecord]
) -> StoredRecord | None:
    """A record as it would be now, had it gone through the versions of its seed that these had."""
    if stored is None:
        return None
    record = stored.record
    for state in through:
        record = _onto(workspace, record, Record(state.path, state.base))
    return to_store(record)


def _onto(workspace: Workspace, record: Record, there: Record) -> Record:
    """A record on the path and base of another one; one without a base has nothing to move."""
    if record.base in ("", there.base):
        return record
    old, new = (workspace.base(each).value for each in (record, there))
    rule = workspace.rules.match(there.path)
    done = rebase(record.overrides, old, new, rule, parked=record.parked)
    moved = record.at(there.path)
    return moved._replace(base=there.base, overrides=done.overrides, parked=done.parked)


def _data(override: Override | None) -> dict[str, Any] | None:
    if override is None:
        return None
    until = {override.until.kind: override.until.value} if override.until else None
    return {"op": override.op, **override.value_member, "why": override.why, "until": until}
