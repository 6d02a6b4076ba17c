"""Overlay drift per field, package drift per seed, and what of it needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from seedgit import codes
from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.git.changes import staged
from seedgit.git.file_ids import FileIds
from seedgit.git.settings import has_live_trees
from seedgit.journal import Journal
from seedgit.mode import Mode
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.expiry import Expiry, told_until
from seedgit.operations.seeds.facts import Fact, Facts, fact, parked_fact, told
from seedgit.operations.seeds.homes import Home
from seedgit.operations.seeds.overview import Overview
from seedgit.operations.seeds.site_edits import Edits, site_edits
from seedgit.operations.stack.covers import with_covers
from seedgit.operations.waiting.undecided import undecided
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.override import Until
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import is_index, parse_pointer
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.live_tree.in_step import TreeSync
    from seedgit.operations.live_tree.live_file import Synced
    from seedgit.operations.waiting.kept_by_merges import Kept
    from seedgit.overlay.record import Record


NEEDS_PERSON = (
    codes.ORPHANED,
    codes.AMBIGUOUS,
    codes.YIELDED,
    codes.COVERED,
    codes.CLASH,
    codes.SEED_GONE,
    codes.UNREADABLE,
)


class Field(NamedTuple):
    """One override: `seed` and `value` are ABSENT where there is nothing.

    name     its pointer; if it is parked, with the items of lists by identity
    parked   whether it is not in the effective file
    undecided  whether somebody has to decide, whatever it waits for
    until    its end, if it has one; `expired` once that has come. What does not hold has no end
             to wait for: of two values that clash, what somebody else set
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
    covered_by: str = ""

    @property
    def expiring(self) -> bool:
        return self.until is not None and not self.expired and self.status != codes.CLASH

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
            **({"covered-by": self.covered_by} if self.covered_by else {}),
        }


class Status(NamedTuple):
    """edits: the files with uncommitted edits of what the site owns, or has decided.

    layers  the active overlays, lowest first
    live    what a sync of each live tree would do
    """

    fields: tuple[Field, ...]
    package_drift: tuple[str, ...]
    problems: tuple[str, ...]
    upstream: str | None
    mode: Mode
    divergences: int
    edits: Edits
    layers: tuple[str, ...]
    live: tuple[TreeSync, ...] = ()

    @property
    def attention(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.needs_person)

    @property
    def lasts(self) -> bool:
        """Whether it is the same as long as the clone is: no override has an end, and no problem
        may have gone by the next time."""
        ends = any(field.until for field in self.fields)
        return self.mode.live and not (ends or self.problems or self.live)

    @property
    def live_waiting(self) -> tuple[Synced, ...]:
        """The live files that a sync leaves alone until a person decides, or it is tried again."""
        return tuple(file for tree in self.live for file in tree.files if file.waits)

    @property
    def active(self) -> int:
        return sum(
            f.status not in NEEDS_PERSON and not f.merge and not f.covered_by for f in self.fields
        )

    def counts(self) -> dict[str, int]:
        """How many overrides there are of each kind."""
        found = Counter(field.status for field in self.fields)
        return {
            "active": self.active,
            "covered-by-a-layer": sum(bool(field.covered_by) for field in self.fields),
            codes.MOVED_UNDER: found[codes.MOVED_UNDER],
            codes.MOVED_UNDER_LAYER: found[codes.MOVED_UNDER_LAYER],
            codes.REDUNDANT: found[codes.REDUNDANT],
            codes.KEPT_HERE: found[codes.KEPT_HERE],
            "expiring": sum(field.expiring for field in self.fields),
            codes.EXPIRED: sum(field.expired for field in self.fields),
            codes.ORPHANED: found[codes.ORPHANED] + found[codes.SEED_GONE],
            codes.AMBIGUOUS: found[codes.AMBIGUOUS],
            codes.YIELDED: found[codes.YIELDED],
            codes.COVERED: found[codes.COVERED],
            codes.CLASH: found[codes.CLASH],
            codes.UNREADABLE: found[codes.UNREADABLE],
            "pending": len(self.attention),
        }

    def data(self) -> dict[str, Any]:
        return {
            "overrides": self.counts(),
            "package-drift": list(self.package_drift),
            "problems": list(self.problems),
            "site-edits": list(self.edits.site),
            "decided-edits": list(self.edits.decided),
            "upstream": self.upstream,
            "mode": {"value": self.mode.value, "origin": self.mode.origin},
            "new-divergences": self.divergences,
            "fields": [field.data() for field in self.fields],
            "layers": list(self.layers),
            "live": [tree.data() for tree in self.live],
        }


def status(workspace: Workspace, now: float | None = None) -> Status:
    """The state of the working tree's seeds under the active overlays. Reads only.

    now  the moment that dates are compared with, in seconds since 1970
    """
    with workspace.still():
        return _status(workspace, Expiry(workspace, now))


def overlaid(workspace: Workspace) -> tuple[list[Field], list[str]]:
    """Only the overrides, and what is wrong with them: of any version, checked out or not."""
    with workspace.still():
        return _overlaid_fields(workspace, Expiry(workspace, None))


def _overlaid_fields(workspace: Workspace, expiry: Expiry) -> tuple[list[Field], list[str]]:
    fields, problems = _fields(workspace, expiry)
    kept, unread = undecided(workspace)
    fields += [_committed(workspace, expiry, one) for one in kept]
    return with_covers(fields, workspace.names), [*problems, *unread]


def _status(workspace: Workspace, expiry: Expiry) -> Status:
    fields, problems = _overlaid_fields(workspace, expiry)
    try:
        new = Journal(workspace.repository.common_dir).unseen()
    except SeedgitError as error:
        problems.append(str(error))
        new = 0
    upstream, drift = None, []
    try:
        upstream = workspace.upstream
        drift = _package_drift(workspace)
    except RepositoryError as error:
        problems.append(str(error))
    live, failed = _live(workspace)
    problems += failed
    return Status(
        tuple(fields),
        tuple(drift),
        tuple(dict.fromkeys(problems)),
        upstream,
        workspace.mode,
        new,
        site_edits(workspace),
        tuple(workspace.names),
        live,
    )


def _live(workspace: Workspace) -> tuple[tuple[TreeSync, ...], list[str]]:
    """What a sync of each live tree would do, and what cannot be said."""
    if not has_live_trees(workspace.repository):
        return (), []
    from seedgit.git.live_tree import live_trees  # late: few clones have a live tree
    from seedgit.operations.live_tree.sync_if_moved import sync_if_moved

    try:
        trees = live_trees(workspace.repository)
        return tuple(sync_if_moved(workspace, tree, dry_run=True) for tree in trees), []
    except SeedgitError as error:
        return (), [f"live trees: {error}; seedgit doctor says more"]


def _fields(workspace: Workspace, expiry: Expiry) -> tuple[list[Field], list[str]]:
    """Every override of the active overlays, and what is wrong with records, rules and seeds."""
    files = FileIds(workspace.repository, workspace.staged_in_place)
    overview = Overview(workspace, files)
    known = overview.read()
    if known is not None:
        files.keep()
        return [_field(expiry, path, found) for path, found in known], []
    facts = Facts(workspace, files)
    problems = workspace.told_problems(rules=not facts)
    problems += _undecided_rules(workspace)
    fields = _overlaid(workspace, expiry, problems, facts)
    files.keep()
    facts.keep()
    if not problems and len(fields) == sum(len(rows) for _, _, rows in facts.seen):
        overview.keep(facts.seen)
    return fields, problems


def _undecided_rules(workspace: Workspace) -> list[str]:
    from seedgit.git.rival_rules import told_undecided  # late: mostly all is known

    return told_undecided(workspace.repository, workspace.names)


def waiting(workspace: Workspace, fresh: Collection[str]) -> tuple[list[Field], list[str]]:
    """What needs a person, and the problems, as `status` has them, but quick enough for a hook.

    fresh  the seeds whose version has changed: all of these are looked at. Of the others, only
           those are read whose records have something that may wait.
    """
    expiry = Expiry(workspace)
    problems = workspace.told_problems()
    problems += _undecided_rules(workspace)
    every = [item for name in workspace.names for item in workspace.stored(name)]
    open_ones = {i.path or "" for i in every if i.path in fresh or not _settled(workspace, i)}
    settled = {item.path for item in every if item.path} - open_ones
    files = FileIds(workspace.repository, workspace.staged_in_place)
    facts = Facts(workspace, files, open_ones)
    fields = _overlaid(workspace, expiry, problems, facts, settled)
    facts.keep()
    kept, unread = undecided(workspace)
    fields += [_committed(workspace, expiry, one) for one in kept]
    return [field for field in fields if field.needs_person], problems + unread


def lasting(workspace: Workspace) -> bool:
    """Whether nothing in the overlays can begin to wait before a seed or an overlay changes."""
    every = (item for name in workspace.names for item in workspace.stored(name))
    return all(_settled(workspace, item) for item in every)


def _settled(workspace: Workspace, item: Stored) -> bool:
    """Whether a record can have nothing that waits: it is over the version at hand, and says so."""
    record, seed = item.record, workspace.tracked.get(item.path or "")
    return (
        seed is not None
        and seed.id == record.base
        and not record.parked
        and not record.rivals
        and not any(made.until or made.moved_under for made in record.overrides)
    )


def _overlaid(
    workspace: Workspace,
    expiry: Expiry,
    problems: list[str],
    facts: Facts,
    settled: Collection[str | None] = (),
) -> list[Field]:
    """Every override of the active overlays; `problems` gets what is wrong with a seed.

    settled  the seeds that are left out
    """
    fields: list[Field] = []
    seen: set[str | None] = set(settled)
    for name in workspace.names:
        overlay = workspace.overlay(name)
        moved = workspace.moved(overlay)
        here = (facts, workspace.tracked)
        homes = {
            path: Home(path) if any(path in each for each in here) else moved.get(path, Home(None))
            for path in overlay.records.paths()
        }
        gone = {
            path: Stored(name, overlay.records[path].record, *home)
            for path, home in homes.items()
            if home.path is None
        }
        candidates = workspace.candidates(gone.values())
        for path, home in homes.items():
            if home.path is None:
                waits_for = gone[path].in_conflict(workspace.unmerged)
                if waits_for:
                    problems.append(f"{waits_for}; its overrides wait for the merge")
                    continue
                near = candidates.get(path, ())
                fields += _gone(workspace, expiry, name, gone[path].record, near)
            elif home.path not in seen:
                seen.add(home.path)
                try:
                    fields += [_field(expiry, home.path, each) for each in facts.of(home.path)]
                except (InputError, RepositoryError) as error:
                    problems.append(str(error))
                    fields += _unreadable(workspace, expiry, home.path)
    return fields


def _committed(workspace: Workspace, expiry: Expiry, kept: Kept) -> Field:
    made = fact("", kept.override, codes.MOVED_UNDER, needs=True)._replace(name=kept.name)
    made = told(made, workspace.rules.match(kept.path), workspace.staged(kept.path)[1].value)
    return _field(expiry, kept.path, made)._replace(merge=kept.merge)


def _gone(
    workspace: Workspace,
    expiry: Expiry,
    overlay: str,
    record: Record,
    candidates: tuple[str, ...],
) -> Iterator[Field]:
    """The overrides of a record whose seed is gone."""
    rule = workspace.rules.match(record.path)
    for parked in record.without_seed:
        made = told(parked_fact(overlay, record, parked), rule, ABSENT)
        yield _field(expiry, record.path, made)._replace(candidates=candidates)


def _unreadable(workspace: Workspace, expiry: Expiry, path: str) -> list[Field]:
    """The overrides of a seed whose effective file cannot be made."""
    rule = workspace.rules.match(path)
    lying = (workspace.lying(workspace.overlay(name), path) for name in workspace.names)
    made = (
        fact(item.overlay, override, codes.UNREADABLE, needs=True)
        for item in lying
        if item is not None
        for override in (*item.record.overrides, *(p.override for p in item.record.parked))
    )
    return [_field(expiry, path, told(each, rule, ABSENT)) for each in made]


def _field(expiry: Expiry, path: str, found: Fact) -> Field:
    gone = found.status in (codes.ORPHANED, codes.SEED_GONE)
    ends = None if found.status == codes.CLASH else found.until
    expired = expiry.met(ends, ABSENT if gone else found.ground)
    return Field(
        found.overlay,
        path,
        found.pointer,
        found.name,
        found.status,
        found.seed,
        found.local,
        found.over,
        found.why,
        found.needs or expired,
        found.parked,
        undecided=found.needs,
        until=told_until(found.until, found.seed, found.local),
        expired=expired,
    )


def _package_drift(workspace: Workspace) -> list[str]:
    """Seeds that differ from the installed upstream version: where both histories meet."""
    if workspace.installed is None:
        return []
    changed = staged(workspace.repository, workspace.installed, similar=None)
    both = [(each.old, each.new) for each in changed if each.old and each.new]
    return [new.path for old, new in both if old.id != new.id and new.path in workspace.tracked]


MOST_NAMED = 200  # files that are read for names; so many take a second


def named(workspace: Workspace, fields: Sequence[Field], most: int = MOST_NAMED) -> list[Field]:
    """The fields with names for a person: items of lists by identity.

    If they are in more than `most` files, each keeps its pointer.
    """
    read: dict[str, Value] = {}
    for field in fields:
        if field.name == field.pointer and any(map(is_index, parse_pointer(field.pointer))):
            read.setdefault(field.path, ABSENT)
    if len(read) > most:
        return list(fields)
    for path in read:
        with suppress(SeedgitError):  # it is gone, or `status` says what is wrong with it
            read[path] = workspace.seed(path).value
    return [_named(workspace, field, read.get(field.path, ABSENT)) for field in fields]


def _named(workspace: Workspace, field: Field, seed: Value) -> Field:
    if seed is ABSENT or field.name != field.pointer:
        return field
    from seedgit.values.selector import selector_of  # late: most of a status are no items of lists

    added = field.value if field.seed is ABSENT else ABSENT
    tokens, key_of = parse_pointer(field.pointer), workspace.rule(field.path).key_of
    return field._replace(name=selector_of(seed, tokens, key_of, added))
