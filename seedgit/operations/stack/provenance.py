"""Which overlay commit last set an override: the overlay's history, followed backwards.

An override stays the same through a rebase, a rename of its seed, a merge with a remote's overlay,
and an undo of what came after it. Whoever set it did so before all of these.
"""

from __future__ import annotations

from seedgit.errors import InputError
from seedgit.git.object_text import Commit
from seedgit.git.record_tree import read_record, record_ids
from seedgit.git.stored_record import record_name
from seedgit.operations.stack.effective import Layer
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import REMOVE, Override
from seedgit.overlay.rebase import PARKED, followed_rivals, rebase
from seedgit.overlay.record import Record
from seedgit.values.value import Value, same

# A record as one state of an overlay has it: its name in the tree, and the entry's id.
Place = tuple[str, str]
# An override of a newer state beside the one of an older state that it was.
Pairs = list[tuple[Override, Override]]


class Provenance:
    """The past of one overlay: up to where it is, or up to another commit."""

    def __init__(self, workspace: Workspace, overlay: str, tip: str | None = None) -> None:
        self.workspace = workspace
        self.repository = workspace.repository
        self.store = workspace.store
        self.tip = tip or self.store.tip(overlay)
        self._names: dict[str, dict[str, str]] = {}
        self._records: dict[Place, Record | None] = {}
        self._values: dict[tuple[str, str], Value] = {}
        self._pairs: dict[tuple[Place, Place], Pairs] = {}

    def made(self, path: str, override: Override, *, brought_back: bool = False) -> Commit | None:
        """The commit that last set an override of the record of `path` (as it is stored).

        None if the overlay has no such override.

        brought_back  an undo that brought it back counts, and not who had set it before
        """
        at, name = self.tip, record_name(path)
        if at is None or name not in self._at(at):
            return None
        while True:
            commit = self.repository.commit(at)
            place = (name, self._at(at)[name])
            parents = self._parents if brought_back else self.store.history.before
            for parent in parents(commit):
                found = self._in(parent, at, place, override)
                if found is not None:
                    at, name, override = parent, *found
                    break
            else:
                return commit

    def ended(self, path: str, override: Override) -> Commit | None:
        """The commit that took away an override (as it was stored); None if none is known."""
        at, name = self.tip, record_name(path)
        while at is not None:
            commit = self.repository.commit(at)
            without = [p for p in self._parents(commit) if not self._has(p, name, override)]
            if not without:
                return commit if self._parents(commit) else None
            at = without[0]
        return None

    def _parents(self, commit: Commit) -> tuple[str, ...]:
        return () if self.store.history.is_cut_off(commit.id) else commit.parents

    def _has(self, commit: str, name: str, override: Override) -> bool:
        held = self._at(commit)
        record = self._record((name, held[name])) if name in held else None
        return record is not None and any(_same_will(o, override) for o in record.overrides)

    def _in(
        self, parent: str, commit: str, place: Place, override: Override
    ) -> tuple[str, Override] | None:
        """Where a parent has an override of a commit, and in what form."""
        there, name = self._at(parent), place[0]
        if there.get(name) == place[1]:
            return name, override
        # If its seed was renamed, the record had a name that is gone now.
        gone = [other for other in there if other not in self._at(commit)]
        for other in [name] if name in there else gone:
            for new, old in self._same(place, (other, there[other])):
                if new == override:
                    return other, old
        return None

    def _same(self, newer: Place, older: Place) -> Pairs:
        if (newer, older) not in self._pairs:
            self._pairs[newer, older] = self._compare(newer, older)
        return self._pairs[newer, older]

    def _compare(self, newer: Place, older: Place) -> Pairs:
        new, old = self._record(newer), self._record(older)
        if new is None or old is None:
            return []
        moved = self._moved(old, new)
        return [
            (now, was)
            for now in _held(new)
            for then, was in moved
            if then.tokens == now.tokens and _same_will(then, now)
        ]

    def _moved(self, old: Record, new: Record) -> Pairs:
        """The older record's overrides, as the newer one's seed has them."""
        if old.base == new.base:
            return [(override, override) for override in _held(old)]
        try:
            base, seed = self._value(old), self._value(new)
        except InputError:
            return []
        rule = self.workspace.rules.match(new.path)
        done = rebase(old.overrides, base, seed, rule, parked=old.parked)
        count = len(old.overrides)
        moved = [o.override for o in done.outcomes]
        pairs = list(zip(moved[:count], old.overrides, strict=True))
        back = [p.override for p in old.parked if p not in done.parked]
        pairs += zip(moved[count:], back, strict=False)
        pairs += [(p.override, p.override) for p in old.parked if p in done.parked]
        rivals = followed_rivals(old.rivals, base, seed, rule)
        both = zip(rivals, old.rivals, strict=True)
        return pairs + [(now.override, was.override) for now, was in both if not was.gone]

    def _at(self, commit: str) -> dict[str, str]:
        if commit not in self._names:
            tree = self.repository.commit(commit).tree
            self._names[commit] = record_ids(self.repository, tree)
        return self._names[commit]

    def _record(self, place: Place) -> Record | None:
        if place not in self._records:
            try:
                stored = read_record(self.repository, *place)
                self._records[place] = self.workspace.concealed(stored.record)
            except InputError:
                self._records[place] = None
        return self._records[place]

    def _value(self, record: Record) -> Value:
        key = (record.path, record.base)
        if key not in self._values:
            self._values[key] = self.workspace.base(record).value
        return self._values[key]


def stored_override(layer: Layer, override: Override) -> Override | None:
    """The override of the stored record that became this one on the seed at hand."""
    done, record = layer.rebased, layer.record
    back = [p.override for p in record.parked if p not in done.parked]
    active = iter(done.overrides)
    for outcome, stored in zip(done.outcomes, (*record.overrides, *back), strict=True):
        now = outcome.override if outcome.status in PARKED else next(active)
        if now is override:
            return stored
    for rival, kept in zip(layer.rivals, record.rivals, strict=False):
        if rival.override is override:
            return kept.override
    return next((p.override for p in record.parked if p.override is override), None)


def _held(record: Record) -> list[Override]:
    """All that a record has, in the effective document or not."""
    others = [rival.override for rival in record.rivals if not rival.gone]
    return [*record.overrides, *(parked.override for parked in record.parked), *others]


def _same_will(one: Override, other: Override) -> bool:
    """Whether two overrides want the same, for the same reason, whatever the seed has there."""
    return (
        (one.op == REMOVE) == (other.op == REMOVE)
        and same(one.value, other.value)
        and same(one.over, other.over)
        and (one.why, one.until) == (other.why, other.until)
    )
