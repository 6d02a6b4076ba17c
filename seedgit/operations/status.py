"""Overlay drift per field, package drift per seed, and what of it needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from seedgit.core.decisions import question_of, stays
from seedgit.core.diff import ABSENT
from seedgit.core.overlay import YIELDED, Override, Record, Until
from seedgit.core.pointer import format_pointer
from seedgit.core.rebase import AMBIGUOUS, MOVED_UNDER, ORPHANED, REDUNDANT
from seedgit.core.values import Value
from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.mode import Mode
from seedgit.operations.divergences import unseen
from seedgit.operations.effective import effective
from seedgit.operations.expiry import Expiry
from seedgit.operations.workspace import Workspace

SEED_GONE = "seed-gone"
UNREADABLE = "unreadable"  # the seed does not parse, or the overrides cannot be applied to it
NEEDS_PERSON = (ORPHANED, AMBIGUOUS, YIELDED, SEED_GONE, UNREADABLE)


@dataclass(frozen=True)
class Field:
    """One override: `seed` and `value` are ABSENT where there is nothing.

    until    what it waits for, if it does; `expired` once that has come
    candidates  where the seed is gone: the files that may have become of it
    """

    overlay: str
    path: str
    pointer: str
    status: str
    seed: Value
    value: Value
    over: Value
    why: str
    needs_person: bool
    until: Until | None = None
    expired: bool = False
    candidates: tuple[str, ...] = ()

    @property
    def expiring(self) -> bool:
        return self.until is not None and not self.expired

    def data(self) -> dict[str, Any]:
        values = {"seed": self.seed, "value": self.value, "over": self.over}
        return {
            "overlay": self.overlay,
            "path": self.path,
            "pointer": self.pointer,
            "status": self.status,
            **{name: value for name, value in values.items() if value is not ABSENT},
            "why": self.why,
            "needs-person": self.needs_person,
            "until": {self.until.kind: self.until.value} if self.until else None,
            "expired": self.expired,
        } | ({"candidates": list(self.candidates)} if self.candidates else {})


@dataclass(frozen=True)
class Status:
    fields: tuple[Field, ...]
    package_drift: tuple[str, ...]
    problems: tuple[str, ...]
    upstream: str | None
    mode: Mode
    divergences: int

    @property
    def attention(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.needs_person)

    def count(self, status: str) -> int:
        return sum(field.status == status for field in self.fields)

    @property
    def active(self) -> int:
        return sum(field.status not in NEEDS_PERSON for field in self.fields)

    def data(self) -> dict[str, Any]:
        return {
            "overrides": {
                "active": self.active,
                "moved-under": self.count(MOVED_UNDER),
                "redundant": self.count(REDUNDANT),
                "expiring": sum(field.expiring for field in self.fields),
                "expired": sum(field.expired for field in self.fields),
                "orphaned": self.count(ORPHANED) + self.count(SEED_GONE),
                "ambiguous": self.count(AMBIGUOUS),
                "yielded": self.count(YIELDED),
                "unreadable": self.count(UNREADABLE),
                "pending": len(self.attention),
            },
            "package-drift": list(self.package_drift),
            "problems": list(self.problems),
            "upstream": self.upstream,
            "mode": {"value": self.mode.value, "origin": self.mode.origin},
            "new-divergences": self.divergences,
            "fields": [field.data() for field in self.fields],
        }


def status(workspace: Workspace, now: float | None = None) -> Status:
    """The state of the working tree's seeds under the active overlays. Reads only.

    now  the moment that dates are compared with, in seconds since 1970
    """
    expiry = Expiry(workspace, now)
    fields: list[Field] = []
    problems = [problem.told for problem in workspace.problems()]
    seen: set[str] = set()
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
        tuple(problems),
        upstream,
        workspace.mode,
        new,
    )


def _gone(
    expiry: Expiry, overlay: str, record: Record, candidates: tuple[str, ...]
) -> Iterator[Field]:
    """The overrides of a record whose seed is gone."""
    gone = [(SEED_GONE, override) for override in record.overrides]
    gone += [(parked.reason, parked.override) for parked in record.parked]
    for reason, override in gone:
        waits = _waits(record, reason, override)
        found = _field(expiry, overlay, record.path, override, reason, waits)
        yield replace(found, candidates=candidates)


def _fields(workspace: Workspace, expiry: Expiry, path: str) -> list[Field]:
    found = []
    for layer in effective(workspace, path).layers:
        name = layer.overlay
        for outcome in layer.rebased.outcomes:
            if outcome.status not in NEEDS_PERSON:
                override, needs = outcome.override, outcome.needs_person
                found.append(_field(expiry, name, path, override, outcome.status, needs))
        for parked in layer.rebased.parked:
            override, waits = parked.override, _waits(layer.record, parked.reason, parked.override)
            found.append(_field(expiry, name, path, override, parked.reason, waits))
    return found


def _unreadable(workspace: Workspace, expiry: Expiry, path: str) -> list[Field]:
    """The overrides of a seed whose effective file is not to be had."""
    return [
        _field(expiry, item.overlay, path, override, UNREADABLE, needs=True)
        for name in workspace.names
        for item in workspace.stored(name)
        if item.path == path
        for override in (*item.record.overrides, *(p.override for p in item.record.parked))
    ]


def _waits(record: Record, reason: str, override: Override) -> bool:
    """Whether nobody has said yet that the override may stay without a place."""
    return not stays(record.decisions, reason, question_of(override))


def _field(
    expiry: Expiry, overlay: str, path: str, override: Override, status: str, needs: bool
) -> Field:
    gone = status in (ORPHANED, SEED_GONE)
    expired = expiry.expired(override, gone=gone)
    value = ABSENT if override.op == "remove" else override.value
    return Field(
        overlay,
        path,
        format_pointer(override.tokens),
        status,
        override.seed,
        value,
        override.over,
        override.why,
        needs or expired,
        override.until,
        expired,
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
