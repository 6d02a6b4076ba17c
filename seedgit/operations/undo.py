"""Take back a change of an overlay: the last one that was made here, or any one by its commit."""

from __future__ import annotations

from seedgit.errors import Refused
from seedgit.git.carried import wills
from seedgit.git.layer_settings import refuse_read_only
from seedgit.git.names import pasted
from seedgit.git.overlay_tree import ChangedSince
from seedgit.git.stored_record import StoredRecord, to_store
from seedgit.operations.sharing.merged_overlay import carried, merged_record
from seedgit.operations.workspace import Workspace
from seedgit.overlay.rivals_undone import without_change
from seedgit.values.diff import no_key


def undo(workspace: Workspace, commit: str = "") -> str:
    """The commit that takes back a change of the target overlay: the last one that was made here.

    commit  the change to take back instead, by anybody

    Rebases that were stored since stay: what is undone, and what was before it, go through them.

    Raises Refused if anybody's later change depends on it, RepositoryError if there is nothing to
    undo, and UsageError for what is no change of the overlay.
    """
    refuse_read_only(workspace.repository, workspace.target)
    for attempt in workspace.store.undos(workspace.target, commit):
        attempt.decided = [_without(workspace, item) for item in attempt.later]
    return attempt.commit


def _without(workspace: Workspace, item: ChangedSince) -> StoredRecord | None:
    """A record without the undone change, but with what was changed since. Raises Refused."""
    undone, before = (carried(workspace, side, item.between) for side in (item.made, item.before))
    merged = merged_record(workspace, item.path, (undone, item.now, before))
    rule = workspace.rules.match(item.path)
    states = [each.kept(item.path, merged.record.base) for each in merged.layers]
    base = workspace.base(merged.record).value
    record, clashes = without_change(
        merged.record, merged.clashes, states, base, rule.key_of if rule else no_key
    )
    made = None if record.empty else to_store(record)
    if clashes:
        place = clashes[0].pointer
        named = f"{workspace.pasted(item.path)} {pasted(place)}"
        wanted = f"seedgit set {named} to what it should be"
        unset = f"seedgit unset {named}, or "
        raise Refused(
            f"{place} was changed again since: nothing was undone",
            where=item.path,
            hint=f"{unset if clashes[0].ours else ''}{wanted}",
        )
    _refuse_left(item, made)
    return made


def _refuse_left(item: ChangedSince, made: StoredRecord | None) -> None:
    """Raises Refused if part of the change would stay, because it is not where today's rules would
    have moved it, through the seeds since then."""
    before, change, now, left = (
        wills(filter(None, [each])) for each in (item.before, item.made, item.now, made)
    )
    if any(count > max(0, now[each] - change[each] + before[each]) for each, count in left.items()):
        raise Refused(
            "cannot tell where that change is now: nothing was undone",
            where=item.path,
            hint="seedgit status --overlay shows it; seedgit unset, or set, changes it there",
        )
