"""Move a seed's overrides to another seed, because a person says that it has become that one."""

from __future__ import annotations

from seedgit.errors import Refused, UsageError
from seedgit.git.messages import message
from seedgit.git.names import pasted
from seedgit.git.store import Overlay
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import check, overlay_edits
from seedgit.operations.stack.effective import layer_on
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.record import Record
from seedgit.values.pointer import meet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class MovedOverrides(NamedTuple):
    """What was moved in one overlay: the pointers of its overrides, and of those without a place.

    commit  the overlay's, with the move; None in a rehearsal that could not make one
    """

    overlay: str
    pointers: tuple[str, ...]
    parked: tuple[str, ...]
    commit: str | None

    def data(self) -> dict[str, Any]:
        return {**self._asdict(), "pointers": list(self.pointers), "parked": list(self.parked)}


def move(workspace: Workspace, old: str, new: str, why: str = "") -> list[MovedOverrides]:
    """Move what the active overlays have for `old` to the seed `new`, and store it: all or none.

    Raises UsageError if no overlay has anything for `old`, and Refused if one has an override at
    the same place of `new`.
    """
    if old == new:
        raise UsageError("OLD and NEW are one file", where=new)
    overlays = [name for name in workspace.names if _found(workspace, name, old)]
    if not overlays:
        raise UsageError(
            "no active overlay has overrides of this file",
            where=old,
            hint="seedgit status --overlay lists what is overridden, and where",
        )
    for name in overlays:  # if one of them refuses, none is moved
        _moved(workspace, workspace.store.read(name), old, new)
    return [_move(workspace, name, old, new, why) for name in overlays]


def _found(workspace: Workspace, overlay: str, path: str) -> Stored | None:
    """The record of a path: by the seed it lies over, or by its own path if that is gone."""
    return _record(workspace.stored(overlay), path)


def _record(placed: list[Stored], path: str) -> Stored | None:
    over = (item for item in placed if item.path == path)
    own = (item for item in placed if item.record.path == path)
    return next(over, next(own, None))


def _move(workspace: Workspace, name: str, old: str, new: str, why: str) -> MovedOverrides:
    for edit in overlay_edits(workspace, name):
        record, gone = _moved(workspace, edit.overlay, old, new)
        edit.put(record, *gone)
        edit.message = message(f"move {old} {new}", why)
    parked = tuple(item.override.pointer for item in record.parked)
    return MovedOverrides(name, tuple(o.pointer for o in record.overrides), parked, edit.commit)


def _moved(
    workspace: Workspace, overlay: Overlay, old: str, new: str
) -> tuple[Record, list[Stored]]:
    """The new record of `new` in an overlay, and the records that go into it."""
    placed = workspace.placed(overlay)
    source, target = _record(placed, old), _record(placed, new)
    if source is None or source is target:
        raise Refused(f"the overlay {overlay.name} changed meanwhile", where=old, hint="try again")
    blob, seed = workspace.staged(new)
    record = layer_on(workspace, source._replace(path=new), seed).kept(new, blob)
    gone = [source]
    if target is not None:
        known = layer_on(workspace, target, seed).kept(new, blob)
        record = _joined(workspace, record, known, overlay.name)
        gone.append(target)
    check(workspace, new, seed, overlay.name, record)
    return record, gone


def _joined(workspace: Workspace, record: Record, known: Record, overlay: str) -> Record:
    """A moved record and the one that the seed has already, joined. Raises Refused if they meet."""
    for here in known.overrides:
        for other in record.overrides:
            if meet(here.tokens, other.tokens):
                unset = f"seedgit unset {workspace.pasted(known.path)} {pasted(here.pointer)}"
                raise Refused(
                    f"the overlay {overlay} has an override at {here.pointer} already; "
                    "nothing was changed",
                    where=known.path,
                    hint=f"{unset} removes it",
                )
    return record._replace(
        overrides=(*known.overrides, *record.overrides),
        parked=(*known.parked, *record.parked),
        rivals=(*known.rivals, *record.rivals),
        decisions=(*known.decisions, *record.decisions),
        was=tuple(dict.fromkeys([*known.was, *record.was])),
    )
