"""Merges an overlay with another state of it, override by override.

Where both changed one place in different ways, what holds here goes on holding. What the others
want there is kept beside it, as a rival, until a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from seedgit.errors import InputError
from seedgit.git.store import Overlay
from seedgit.git.stored_record import StoredRecord, to_store
from seedgit.merge.trivial import trivial
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.when import iso
from seedgit.operations.stack.effective import Layer
from seedgit.operations.stack.provenance import Provenance, stored_override
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import Override, Rival
from seedgit.overlay.rebase import Rebased, followed_rivals, rebase
from seedgit.overlay.record import Record
from seedgit.overlay.record_merge import Clash, merge_records
from seedgit.overlay.rivals import is_one, with_rivals
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

State = Mapping[str, StoredRecord]
Records = Mapping[str, StoredRecord | None]
Versions = tuple[StoredRecord | None, StoredRecord | None, StoredRecord | None]

MOST_DEEP = 10  # merges of what several merges had in common; each asks git


class PullClash(NamedTuple):
    """One place that both sites changed; a side is None if it removed its override.

    by, on  who changed it there, and when (ISO 8601)
    """

    overlay: str
    path: str
    pointer: str
    ours: Override | None
    theirs: Override | None
    by: str = ""
    on: str = ""

    def data(self) -> dict[str, Any]:
        place = {"overlay": self.overlay, "path": self.path, "pointer": self.pointer}
        there = {**(override_data(self.theirs) or {}), "by": self.by, "on": self.on}
        return {**place, "here": override_data(self.ours), "there": there}


class MergedOverlay(NamedTuple):
    """What a merge changes in the records here; what clashes, and what cannot be used, and why."""

    records: Records
    clashes: tuple[PullClash, ...]
    left: tuple[str, ...]


class MergedRecord(NamedTuple):
    """Two sides' changes of a record, on the base of the first side's.

    layers  the common state and both sides, as they are on that base
    """

    record: Record
    clashes: tuple[Clash, ...]
    layers: tuple[Layer, Layer, Layer]

    @property
    def stored(self) -> StoredRecord | None:
        return None if self.record.empty else to_store(self.record)


def merged_overlay(
    workspace: Workspace, ours: Overlay, commit: str, bases: Sequence[str]
) -> MergedOverlay:
    """The merge of an overlay with another site's state of it.

    bases  the last states that both have in common
    """
    theirs = workspace.store.read_at(commit, ours.name)
    old = _common(workspace, ours.name, bases)
    past = Provenance(workspace, ours.name, commit)
    merge = _merged_states(workspace, (old, ours.records, theirs.records), past)
    clashes = tuple(clash._replace(overlay=ours.name) for clash in merge.clashes)
    left = (*merge.left, *(problem.told for problem in theirs.problems))
    return MergedOverlay(merge.records, clashes, left)


def _common(workspace: Workspace, name: str, bases: Sequence[str], deep: int = 0) -> State:
    """What both sides had. Of several states, their merge, as git makes it: what one of them has
    waiting, or no longer has, is nothing that a side has changed since.

    deep  how many merges of such states this one is for
    """
    store, find = workspace.store, workspace.repository.merge_bases
    found: State = store.read_at(bases[0], name).records if bases else {}
    for other in bases[1:] if deep < MOST_DEEP else ():
        common = _common(workspace, name, find(bases[0], other), deep + 1)
        states = (common, found, store.read_at(other, name).records)
        made = _merged_states(workspace, states, Provenance(workspace, name, other)).records
        found = {path: record for path, record in {**found, **made}.items() if record}
    return found


def _merged_states(
    workspace: Workspace, states: tuple[State, State, State], past: Provenance
) -> MergedOverlay:
    """The merge of two states of an overlay over what both had: (that, the one here, the other)."""
    old, ours, theirs = states
    records: dict[str, StoredRecord | None] = {}
    clashes: list[PullClash] = []
    unread: dict[str, str] = {}
    for was, here, there in _paired(old, ours, theirs):
        path = there if here == was else here
        own = ours.get(here)
        made: StoredRecord | None = own
        try:
            for versions in _merges(states, (was, here, there), path):
                made, found = _merged(workspace, path, versions(made), past)
                clashes += found
        except InputError as error:
            unread[path] = error.message
            continue
        if made == own:
            continue
        records[path] = made
        if path != here:
            records[here] = None
    left = tuple(f"{path}: {text}" for path, text in unread.items())
    return MergedOverlay(records, tuple(clashes), left)


def _merges(
    states: tuple[State, State, State], paths: tuple[str, str, str], path: str
) -> Iterator[Callable[[StoredRecord | None], Versions]]:
    """The merges that make the record of a path, each of the result of the one before.

    paths  where the record is in the common state, here, and there

    A side that did not know that the seed was renamed may have made another record under the new
    path meanwhile, and then has two of one seed.
    """
    old, ours, theirs = states
    was, here, there = paths
    yield lambda made: (old.get(was), made, theirs.get(there))
    mine, others = (
        side.get(path) if path != at and path not in old else None
        for side, at in ((ours, here), (theirs, there))
    )
    if mine is not None:
        yield lambda made: (None, mine, made)
    if others is not None:
        yield lambda made: (None, made, others)


def _merged(
    workspace: Workspace, path: str, versions: Versions, past: Provenance
) -> tuple[StoredRecord | None, list[PullClash]]:
    """Two sides' changes of a record, and what clashes in it. Raises InputError."""
    taken = trivial(*((version,) for version in versions))
    if taken:
        return taken[0], []
    return _with_clashes(workspace, merged_record(workspace, path, versions), past)


def _with_clashes(
    workspace: Workspace, made: MergedRecord, past: Provenance
) -> tuple[StoredRecord | None, list[PullClash]]:
    """The record with what clashes kept beside it, and the clashes, with who made them."""
    path = made.record.path
    rivals, told = [], []
    for clash in made.clashes:
        layer = made.layers[2 if clash.theirs else 0]
        override = clash.theirs or clash.base
        if override is None:
            continue
        unmoved = not layer.rebased.outcomes
        stored = override if unmoved else stored_override(layer, override) or override
        look = past.made if clash.theirs else past.ended
        commit = look(made.layers[2].record.path, stored)
        by = commit.author.name if commit else ""
        on = iso(commit.author.time, commit.author.offset) if commit else ""
        rivals.append(Rival(override, clash.theirs is None, _was(made, clash), by, on))
        told.append(PullClash("", path, clash.pointer, clash.ours, clash.theirs, by, on))
    if not rivals:
        return made.stored, told
    rule = workspace.rules.match(path)
    base = workspace.base(made.record).value
    every = (*made.record.rivals, *rivals)
    record = with_rivals(made.record, every, base, rule.key_of if rule else no_key)
    return to_store(record), told


def _was(made: MergedRecord, clash: Clash) -> Value:
    """What both had where they clash; ABSENT if it still waits at one of them: so that one did not
    set anything instead of it."""
    waiting = (rival.wanted for layer in made.layers[1:] for rival in layer.rivals)
    if clash.base is None or any(is_one(override, clash.base) for override in waiting):
        return ABSENT
    return clash.base.local


def _paired(old: State, ours: State, theirs: State) -> Iterator[tuple[str, str, str]]:
    """Where each record is, in the common state, here and there: a seed that one side knows to be
    renamed is the same seed on the other."""
    here, there = (_renamed(old, side) for side in (ours, theirs))
    targets = {*here.values(), *there.values()}
    for path in {**theirs, **old}:
        if path not in targets or path in old:
            yield path, here.get(path, path), there.get(path, path)


def _renamed(old: State, side: State) -> dict[str, str]:
    """The records of a common state that a side has under another path, by the old one.

    A record that was joined from two of them is neither.
    """
    found = {}
    gone = old.keys() - side.keys()
    for path, stored in side.items():
        came = [was for was in stored.record.was if was in gone]
        if path not in old and len(came) == 1:
            found[came[0]] = path
    return found


def merged_record(workspace: Workspace, path: str, versions: Versions) -> MergedRecord:
    """Two sides' changes of a record: (the common state, the first side, the second) merged."""
    records = [v.record if v else Record(path, "") for v in versions]
    blob = next(r.base for r in (records[1], records[2], records[0]) if r.base)
    there = Record(path, blob)
    layers = [_onto(workspace, record, there) for record in records]
    rule = workspace.rules.match(path)
    key_of = rule.key_of if rule else no_key
    old, ours, theirs = (layer.kept(path, blob) for layer in layers)
    made, found = merge_records(old, ours, theirs, workspace.base(there).value, key_of)
    return MergedRecord(made, found, (layers[0], layers[1], layers[2]))


def carried(
    workspace: Workspace, stored: StoredRecord | None, through: Iterable[StoredRecord]
) -> StoredRecord | None:
    """A record as it would be now, had it gone through the versions of its seed that these had."""
    if stored is None:
        return None
    record = stored.record
    for state in through:
        layer = _onto(workspace, record, Record(state.path, state.base))
        record = layer.kept(state.path, state.base) if record.base else record
    return to_store(record)


def _onto(workspace: Workspace, record: Record, there: Record) -> Layer:
    """A record on the path and base of another one; one without a base has nothing to move."""
    if record.base in ("", there.base):
        same = Rebased(record.overrides, record.parked, ())
        return Layer("", record, same, record.rivals)
    old, new = (workspace.base(each).value for each in (record, there))
    rule = workspace.rules.match(there.path)
    done = rebase(record.overrides, old, new, rule, parked=record.parked)
    return Layer("", record, done, followed_rivals(record.rivals, old, new, rule))


def override_data(override: Override | None) -> dict[str, Any] | None:
    """An override for a machine; None if there is none."""
    if override is None:
        return None
    until = {override.until.kind: override.until.value} if override.until else None
    return {"op": override.op, **override.value_member, "why": override.why, "until": until}
