"""Overlay drift per field, package drift per seed, and what of it needs a person."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from seedgit import codes
from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.mode import Mode
from seedgit.operations.divergences import unseen
from seedgit.operations.effective import effective
from seedgit.operations.expiry import Expiry
from seedgit.operations.kept_by_merges import Kept, undecided
from seedgit.operations.site_edits import Edits, site_edits
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.decisions import question_of_parked, stays
from seedgit.overlay.override import Override, Parked, Until
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

NEEDS_PERSON = (
    codes.ORPHANED,
    codes.AMBIGUOUS,
    codes.YIELDED,
    codes.COVERED,
    codes.SEED_GONE,
    codes.UNREADABLE,
)


class Field(NamedTuple):
    """One override: `seed` and `value` are ABSENT where there is nothing.

    name     its pointer; if it is parked, with the items of lists by identity
    parked   whether it is not in the effective file
    undecided  whether somebody has to decide, whatever it waits for
    until    its end, if it has one; `expired` once that has come
    candidates  if the seed is gone: the files that it may have become
    merge    for a value that is committed in the file, not an override: the merge that kept it
    """

    overlay: str
    path: str
    pointer: str
    name: str
    status: str
    seed: Value
    value: Value
    over: Value
    why: str
    needs_person: bool
    parked: bool = False
    undecided: bool = False
    until: Until | None = None
    expired: bool = False
    candidates: tuple[str, ...] = ()
    merge: str = ""

    @property
    def expiring(self) -> bool:
        return self.until is not None and not self.expired

    def data(self) -> dict[str, Any]:
        values = {"seed": self.seed, "value": self.value, "over": self.over}
        return {
            "overlay": self.overlay,
            "path": self.path,
            "pointer": self.pointer,
            "name": self.name,
            "status": self.status,
            **{name: value for name, value in values.items() if value is not ABSENT},
            "why": self.why,
            "needs-person": self.needs_person,
            "parked": self.parked,
            "until": {self.until.kind: self.until.value} if self.until else None,
            "expired": self.expired,
            **({"candidates": list(self.candidates)} if self.candidates else {}),
            **({"merge": self.merge} if self.merge else {}),
        }


class Status(NamedTuple):
    """edits: the files with uncommitted edits of what the site owns, or has decided."""

    fields: tuple[Field, ...]
    package_drift: tuple[str, ...]
    problems: tuple[str, ...]
    upstream: str | None
    mode: Mode
    divergences: int
    edits: Edits

    @property
    def attention(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.needs_person)

    def count(self, status: str) -> int:
        return sum(field.status == status for field in self.fields)

    @property
    def active(self) -> int:
        return sum(f.status not in NEEDS_PERSON and not f.merge for f in self.fields)

    def data(self) -> dict[str, Any]:
        return {
            "overrides": {
                "active": self.active,
                codes.MOVED_UNDER: self.count(codes.MOVED_UNDER),
                codes.REDUNDANT: self.count(codes.REDUNDANT),
                codes.KEPT_HERE: self.count(codes.KEPT_HERE),
                "expiring": sum(field.expiring for field in self.fields),
                codes.EXPIRED: sum(field.expired for field in self.fields),
                codes.ORPHANED: self.count(codes.ORPHANED) + self.count(codes.SEED_GONE),
                codes.AMBIGUOUS: self.count(codes.AMBIGUOUS),
                codes.YIELDED: self.count(codes.YIELDED),
                codes.COVERED: self.count(codes.COVERED),
                codes.UNREADABLE: self.count(codes.UNREADABLE),
                "pending": len(self.attention),
            },
            "package-drift": list(self.package_drift),
            "problems": list(self.problems),
            "site-edits": list(self.edits.site),
            "decided-edits": list(self.edits.decided),
            "upstream": self.upstream,
            "mode": {"value": self.mode.value, "origin": self.mode.origin},
            "new-divergences": self.divergences,
            "fields": [field.data() for field in self.fields],
        }


def status(workspace: Workspace, now: float | None = None) -> Status:
    """The state of the working tree's seeds under the active overlays. Reads only.

    now  the moment that dates are compared with, in seconds since 1970
    """
    with workspace.still():
        return _status(workspace, Expiry(workspace, now))


def _status(workspace: Workspace, expiry: Expiry) -> Status:
    problems = workspace.told_problems()
    fields = _overlaid(workspace, expiry, problems)
    kept, unread = undecided(workspace)
    fields += [_committed(expiry, one) for one in kept]
    problems += unread
    try:
        new = unseen(workspace)
    except SeedgitError as error:
        problems.append(str(error))
        new = 0
    upstream, drift = None, []
    try:
        upstream = workspace.upstream
        drift = _package_drift(workspace)
    except RepositoryError as error:
        problems.append(str(error))
    return Status(
        tuple(fields),
        tuple(drift),
        tuple(dict.fromkeys(problems)),
        upstream,
        workspace.mode,
        new,
        site_edits(workspace),
    )


def waiting(workspace: Workspace, fresh: Collection[str]) -> tuple[list[Field], list[str]]:
    """What `status` says that needs a person, and its problems, for what a hook may cost.

    fresh  the seeds that have another version than before, all of which are looked at. Of any other
           with nothing in its records to wait for, not even the file is read.
    """
    expiry = Expiry(workspace)
    problems = workspace.told_problems()
    every = [item for name in workspace.names for item in workspace.stored(name)]
    open_ones = {i.path for i in every if i.path in fresh or not _settled(workspace, i)}
    settled = {item.path for item in every if item.path} - open_ones
    fields = _overlaid(workspace, expiry, problems, settled)
    kept, unread = undecided(workspace)
    fields += [_committed(expiry, one) for one in kept]
    return [field for field in fields if field.needs_person], problems + unread


def _settled(workspace: Workspace, item: Stored) -> bool:
    """Whether a record can have nothing that waits: it is over the version at hand, and says so."""
    record, seed = item.record, workspace.tracked.get(item.path or "")
    return (
        seed is not None
        and seed.id == record.base
        and not record.parked
        and not any(made.until or made.moved_under for made in record.overrides)
    )


def _overlaid(
    workspace: Workspace, expiry: Expiry, problems: list[str], settled: Collection[str | None] = ()
) -> list[Field]:
    """Every override of the active overlays; `problems` gets what is wrong with a seed.

    settled  the seeds that are left out
    """
    fields: list[Field] = []
    seen: set[str | None] = set(settled)
    for name in workspace.names:
        stored = workspace.stored(name)
        candidates = workspace.candidates(stored)
        for item in stored:
            if item.path is None:
                waits_for = item.in_conflict(workspace.unmerged)
                if waits_for:
                    problems.append(f"{waits_for}; its overrides wait for the merge")
                    continue
                fields += _gone(expiry, name, item.record, candidates.get(item.record.path, ()))
            elif item.path not in seen:
                seen.add(item.path)
                try:
                    fields += _fields(workspace, expiry, item.path)
                except (InputError, RepositoryError) as error:
                    problems.append(str(error))
                    fields += _unreadable(workspace, expiry, item.path)
    return fields


def _committed(expiry: Expiry, kept: Kept) -> Field:
    field = _field(expiry, "", kept.path, kept.override, codes.MOVED_UNDER, needs=True)
    return field._replace(name=kept.name, merge=kept.merge)


def _gone(
    expiry: Expiry, overlay: str, record: Record, candidates: tuple[str, ...]
) -> Iterator[Field]:
    """The overrides of a record whose seed is gone."""
    gone = [Parked(override, codes.SEED_GONE) for override in record.overrides]
    for parked in (*gone, *record.parked):
        found = _parked_field(expiry, overlay, record.path, record, parked)
        yield found._replace(candidates=candidates)


def _fields(workspace: Workspace, expiry: Expiry, path: str) -> list[Field]:
    found = []
    stack = effective(workspace, path)
    for number, layer in enumerate(stack.layers):
        name = layer.overlay
        covered = stack.covered(number)
        for outcome in layer.rebased.outcomes:
            if outcome.status not in NEEDS_PERSON and outcome.override not in covered:
                override, needs = outcome.override, outcome.needs_person
                found.append(_field(expiry, name, path, override, outcome.status, needs))
        laid_over = [Parked(override, codes.COVERED) for override in covered]
        for parked in (*laid_over, *layer.rebased.parked):
            found.append(_parked_field(expiry, name, path, layer.record, parked))
    return found


def _unreadable(workspace: Workspace, expiry: Expiry, path: str) -> list[Field]:
    """The overrides of a seed whose effective file cannot be made."""
    lying = (workspace.lying(workspace.overlay(name), path) for name in workspace.names)
    return [
        _field(expiry, item.overlay, path, override, codes.UNREADABLE, needs=True)
        for item in lying
        if item is not None
        for override in (*item.record.overrides, *(p.override for p in item.record.parked))
    ]


def _parked_field(expiry: Expiry, overlay: str, path: str, record: Record, parked: Parked) -> Field:
    """Of what is parked. It waits unless somebody has said that it may stay without a place."""
    override = parked.override
    waits = not stays(record.decisions, parked.reason, question_of_parked(parked))
    field = _field(expiry, overlay, path, override, parked.reason, waits)
    seed = override.seed if parked.reason == codes.YIELDED else ABSENT
    return field._replace(name=parked.label, seed=seed, parked=True)


def _field(
    expiry: Expiry, overlay: str, path: str, override: Override, status: str, needs: bool
) -> Field:
    gone = status in (codes.ORPHANED, codes.SEED_GONE)
    expired = expiry.expired(override, gone=gone)
    return Field(
        overlay,
        path,
        override.pointer,
        override.pointer,
        status,
        override.seed,
        override.local,
        override.over,
        override.why,
        needs or expired,
        undecided=needs,
        until=override.until,
        expired=expired,
    )


def _package_drift(workspace: Workspace) -> list[str]:
    """Seeds that differ from the installed upstream version: where both histories meet."""
    repository = workspace.repository
    upstream = repository.resolve(workspace.upstream) if workspace.upstream else None
    head = repository.head()
    installed = repository.merge_base(head, upstream) if head and upstream else None
    if installed is None:
        return []
    tree = repository.tree(installed)
    return sorted(
        path
        for path, entry in workspace.tracked.items()
        if path in tree and tree[path].id != entry.id
    )
