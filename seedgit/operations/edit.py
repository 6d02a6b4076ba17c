"""One change of the overlay that is written to: the records of some seeds, in one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from seedgit.errors import PatchError, UsageError
from seedgit.formats.document import Document
from seedgit.git.messages import message
from seedgit.git.overlays import Overlay
from seedgit.git.stored_record import StoredRecord
from seedgit.operations.effective import check, layer_on
from seedgit.operations.workspace import Stored, Workspace, to_store
from seedgit.overlay.record import Record

# A record over the seed at hand, and the same one as it is stored (None: there is none yet).
Change: TypeAlias = Callable[[Record, Document, "Stored | None"], Record]


@dataclass(frozen=True)
class Edit:
    """What is to become of the record of one seed.

    blob, base  the version of the seed that the record is laid over from then on
    mends       takes overrides away: where the effective file cannot be written, it need not be
                after it
    """

    path: str
    blob: str
    base: Document
    change: Change
    mends: bool = False


def store(
    workspace: Workspace, edits: Iterable[Edit], subject: str, why: str, *, dry_run: bool = False
) -> str | None:
    """Make the edits, all or none: one compare-and-swap update. Returns the commit, if any.

    dry_run  ask each of them what it would do, and store nothing

    Raises what a change raises, and PatchError where the effective file could not be written.
    """
    edits = list(edits)

    def build(overlay: Overlay) -> dict[str, StoredRecord | None]:
        placed = {item.path: item for item in workspace.placed(overlay)}
        made: dict[str, StoredRecord | None] = {}
        for edit in edits:
            made |= _edited(workspace, edit, placed.get(edit.path))
        return made

    if dry_run:
        build(workspace.store.read(workspace.target))
        return None
    return workspace.store.update(workspace.target, build, message(subject, why))


def _edited(workspace: Workspace, edit: Edit, old: Stored | None) -> dict[str, StoredRecord | None]:
    """The records that an edit writes, by seed, None for one that goes."""
    path = edit.path
    before = Record(path, edit.blob)
    if old is not None:
        before = layer_on(workspace, old, edit.base).kept(path, edit.blob)
    try:
        record = edit.change(before, edit.base, old)
        _check(workspace, edit, record, before)
    except (PatchError, UsageError) as error:
        error.where = error.where or path
        raise
    made: dict[str, StoredRecord | None] = {path: None if record.empty else to_store(record)}
    if old is not None and old.record.path != path:
        made[old.record.path] = None
    if record.empty and (old is None or old.record.path != path):
        made.pop(path)
    return made


def _check(workspace: Workspace, edit: Edit, record: Record, before: Record) -> None:
    """Raises PatchError where a record cannot be written, unless the one before it could not."""
    try:
        check(workspace, edit.path, edit.base, workspace.target, record)
    except PatchError:
        if not edit.mends:
            raise
        try:
            check(workspace, edit.path, edit.base, workspace.target, before)
        except PatchError:
            return
        raise
