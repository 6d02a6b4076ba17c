"""Store the rebased overlays, by a command or by a hook, which may be absent."""

from __future__ import annotations

from functools import partial

from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.git.files import sweep
from seedgit.git.layer_settings import layer_settings
from seedgit.git.overlay_names import REBASE
from seedgit.limits import NO_LIMIT, Limit
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import OverlayEdit, overlay_edits
from seedgit.operations.stack.effective import Layer, layer_over
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.rebase import Outcome
from seedgit.rules import RULES_FILE


class RebasedRecord(NamedTuple):
    """A record that was rebased. `was` is the seed's path before, `path` now."""

    overlay: str
    was: str
    path: str
    outcomes: tuple[Outcome, ...]


class NotRebased(NamedTuple):
    """A record that stays over the version it was made over, and why."""

    overlay: str
    path: str
    why: str


class Persisted(NamedTuple):
    moved: tuple[RebasedRecord, ...]
    left: tuple[NotRebased, ...]


def persist(workspace: Workspace, limit: Limit = NO_LIMIT) -> Persisted:
    """Rebase every record of the active overlays onto the seeds in the index.

    limit  for the work on one record, if git waits for it, and for the search for moved seeds

    A layer that is a remote's stays what the remote has. A record stays as it is if its seed is
    gone, does not parse, takes too long, or is later than what is checked out. Those that do not
    parse or take too long are `left`.
    """
    workspace.patience = limit.seconds or None
    done: list[RebasedRecord] = []
    left: list[NotRebased] = []
    settings_of = partial(layer_settings, workspace.repository)
    names = [name for name in workspace.asked if not settings_of(name).remote]
    records = {path for name in names for path in workspace.store.read(name).records}
    try:
        with limit:  # a file is compared with upstream's rules; whoever asks first waits for it
            for path in records:
                workspace.tracked.get(path)
    except (TimeoutError, MemoryError) as error:
        return Persisted(
            (), (NotRebased(workspace.target, RULES_FILE, str(error) or "out of memory"),)
        )
    head = workspace.repository.head()
    why = f"{REBASE}{head[:12] if head else 'the index'}\n"
    for name in names:
        try:
            for edit in overlay_edits(workspace, name):
                found = [_rebase(edit, item, limit) for item in edit.placed]
                edit.message = why
        except TimeoutError as error:
            left.append(NotRebased(name, "", str(error)))
            continue
        done += [item for item in found if isinstance(item, RebasedRecord)]
        left += [item for item in found if isinstance(item, NotRebased)]
    return Persisted(tuple(done), tuple(left))


def follow_git(workspace: Workspace, limit: Limit) -> Persisted:
    """What a hook does after git has changed files: as `persist`. It also removes what a killed
    merge driver has left."""
    sweep(workspace.repository, workspace.repository.at.worktree)
    return persist(workspace, limit)


def _rebase(edit: OverlayEdit, item: Stored, limit: Limit) -> RebasedRecord | NotRebased | None:
    """Put one record on the seed it belongs to now; None if it is there already, or has no seed."""
    workspace, overlay = edit.workspace, edit.overlay.name
    if item.path is None or item.earlier:
        return None
    blob = workspace.tracked[item.path].id
    if blob == item.record.base and item.path == item.record.path:
        return None
    try:
        layer = _rebased(workspace, item, item.path, blob, limit)
    except (InputError, TimeoutError, MemoryError) as error:
        return NotRebased(overlay, item.path, str(error) or "out of memory")
    edit.put(layer.kept(item.path, blob), item)
    return RebasedRecord(overlay, item.record.path, item.path, layer.rebased.outcomes)


def _rebased(workspace: Workspace, item: Stored, path: str, blob: str, limit: Limit) -> Layer:
    """A record on a version of its seed. Objects are read outside of the limit: git may fetch."""
    data = workspace.repository.blob(blob)
    base = workspace.repository.blob(item.record.base)
    with limit:
        return layer_over(workspace, item, base, Document.parse(data, path))
