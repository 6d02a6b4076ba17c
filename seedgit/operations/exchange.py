"""Merge a remote's overlays into the local ones, record by record."""

from __future__ import annotations

from dataclasses import dataclass

from seedgit.core.decisions import remembered
from seedgit.core.overlay import Override, Record
from seedgit.core.rebase import rebase
from seedgit.core.record_body import record_from
from seedgit.core.values import same
from seedgit.errors import InputError, SeedgitError
from seedgit.git.overlays import Overlay
from seedgit.git.remotes import Remotes
from seedgit.git.stored_record import StoredRecord
from seedgit.operations.workspace import Workspace, to_store

MERGED = "merged"
CURRENT = "up-to-date"
REFUSED = "refused"


@dataclass(frozen=True)
class Pulled:
    """What became of one overlay: MERGED, CURRENT or REFUSED.

    conflicts  (seed, pointer) both sides changed; the local override was kept
    left       what of the remote's overlay cannot be used, and was not taken: why, by its name
    refused    why nothing of it was merged, with the remedy
    """

    overlay: str
    outcome: str
    conflicts: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()
    refused: SeedgitError | None = None


def pull(workspace: Workspace, remote: str) -> list[Pulled]:
    """Fetch the remote's overlays and merge each; one that is refused is named with the reason.

    Raises RepositoryError where the remote cannot be reached.
    """
    remotes = Remotes(workspace.repository, workspace.store)
    fetched = remotes.fetch(remote)
    done = [Pulled(name, REFUSED, refused=error) for name, error in fetched.refused.items()]
    for name, commit in fetched.commits.items():
        try:
            base = remotes.merge_base(name, remote)
            done.append(_merge(workspace, name, commit, base))
        except SeedgitError as error:
            done.append(Pulled(name, REFUSED, refused=error))
    return done


def _merge(workspace: Workspace, name: str, commit: str, base: str | None) -> Pulled:
    old = workspace.store.read_at(base, name)
    theirs = workspace.store.read_at(commit, name)
    conflicts: list[tuple[str, str]] = []
    unread: dict[str, str] = {}

    def build(ours: Overlay) -> dict[str, StoredRecord | None]:
        conflicts.clear()
        unread.clear()
        made: dict[str, StoredRecord | None] = {}
        for path in {**theirs.records, **old.records}:
            versions = [overlay.records.get(path) for overlay in (old, ours, theirs)]
            if versions[2] == versions[0] or versions[2] == versions[1]:
                continue
            if versions[1] == versions[0]:
                made[path] = versions[2]
                continue
            try:
                made[path] = _merge_records(workspace, path, versions, conflicts)
            except InputError as error:
                unread[path] = error.message
        return made

    subject = f"merge {name} of {commit[:12]}\n"
    after = workspace.store.update(name, build, subject, extra_parents=[commit])
    left = [f"{path}: {text}" for path, text in unread.items()]
    left += [problem.told for problem in theirs.problems]
    return Pulled(name, MERGED if after else CURRENT, tuple(conflicts), tuple(left))


def _merge_records(
    workspace: Workspace,
    path: str,
    versions: list[StoredRecord | None],
    conflicts: list[tuple[str, str]],
) -> StoredRecord | None:
    """Override by override, on the local record's base; a conflict keeps the local one."""
    records = [record_from(path, v.base, v.body) if v else Record(path, "") for v in versions]
    blob = next(r.base for r in (records[1], records[2]) if r.base)
    target = workspace.base(Record(path, blob)).value
    rule = workspace.rules.match(path)
    sides: list[dict[tuple[str, ...], Override]] = []
    for record in records:
        overrides = record.overrides
        if record.base and record.base != blob:
            overrides = rebase(overrides, workspace.base(record).value, target, rule).overrides
        sides.append({o.tokens: o for o in overrides})
    old, ours, theirs = sides
    kept: list[Override] = []
    for tokens in {**ours, **theirs}:
        b, o, t = (side.get(tokens) for side in (old, ours, theirs))
        if o == t or t == b:
            chosen = o
        elif o == b:
            chosen = t
        else:
            chosen = o or t
            if o is None or t is None or not same(o.value, t.value) or o.until != t.until:
                conflicts.append((path, (o or t or b).pointer if (o or t or b) else ""))  # type: ignore[union-attr]
        if chosen:
            kept.append(chosen)
    # What either side took out of the parked ones, somebody has decided.
    parked = tuple(
        item
        for item in dict.fromkeys([*records[1].parked, *records[2].parked])
        if item not in records[0].parked
        or (item in records[1].parked and item in records[2].parked)
    )
    decisions = remembered(records[2].decisions, records[1].decisions)
    was = tuple(dict.fromkeys([*records[2].was, *records[1].was]))
    record = Record(path, blob, tuple(kept), parked, decisions, was)
    return None if record.empty else to_store(record)
