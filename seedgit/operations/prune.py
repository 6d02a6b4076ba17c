"""Retire overrides that have served their purpose: only those named, and only on consent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from seedgit import codes
from seedgit.errors import InputError, PatchError, Refused, UsageError
from seedgit.formats.document import Document
from seedgit.git.messages import message, one_line
from seedgit.git.store import Overlay
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import overlay_edits
from seedgit.operations.edits.expiry import Expiry, told_until, until_text
from seedgit.operations.stack.effective import layer_on, stack
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.override import Override
from seedgit.overlay.patch import told_as
from seedgit.overlay.record import Record
from seedgit.rules.ownership import plain_names
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KINDS = (codes.EXPIRED, codes.REDUNDANT, codes.ORPHANED)


class Prunable(NamedTuple):
    """An override that could be retired, and every kind of reason for it.

    name  its place, for a person: items of lists by identity
    """

    path: str
    override: Override
    kinds: tuple[str, ...]
    name: str

    def data(self) -> dict[str, Any]:
        o = self.override
        return {
            "path": self.path,
            "pointer": o.pointer,
            "name": self.name,
            "kinds": list(self.kinds),
            "op": o.op,
            **({"value": o.value} if o.op != "remove" else {}),
            **({"seed": o.seed} if o.seed is not ABSENT else {}),
            "why": o.why,
            "until": {o.until.kind: o.until.value} if o.until else None,
        }


class Pruned(NamedTuple):
    """What could be, or was, retired from the overlay. `commit` is None if nothing was."""

    overlay: str
    found: tuple[Prunable, ...]
    commit: str | None = None


class _Item(NamedTuple):
    """A stored record over the seed in the index, and what in it could go."""

    stored: Stored
    record: Record
    found: tuple[Prunable, ...]


def prune(
    workspace: Workspace,
    kinds: Iterable[str] = (),
    names: Iterable[str] = (),
    *,
    dry_run: bool = False,
    now: float | None = None,
) -> Pruned:
    """Retire the overrides of these kinds from the overlay that commands write to.

    Without a kind nothing is changed, and everything that could be retired is returned. `names` are
    seeds, or directories. Raises UsageError if a name has no overrides, and Refused if the overlay
    has changed since it was looked at.
    """
    wanted = tuple(kinds)
    paths = [_path(workspace, name) for name in names]
    expiry = Expiry(workspace, now)
    overlay = workspace.store.read(workspace.target)
    found = _chosen(_items(workspace, overlay, paths, expiry), wanted or KINDS)
    told = tuple(_told(workspace, item) for item in found)
    if not wanted or dry_run or not found:
        return Pruned(overlay.name, told)

    for edit in overlay_edits(workspace, overlay.name):
        items = _items(workspace, edit.overlay, paths, expiry)
        if _chosen(items, wanted) != found:
            raise Refused(
                f"the overlay {overlay.name!r} changed meanwhile; nothing was retired",
                hint="seedgit prune shows what could be retired now",
            )
        for item in items:
            gone = {id(p.override) for p in item.found if _is(p, wanted)}
            if gone:
                edit.put(_without(item.record, gone), item.stored)
        edit.message = _message(told, wanted)
    return Pruned(overlay.name, told, edit.commit)


def _told(workspace: Workspace, item: Prunable) -> Prunable:
    """The same for a person: with masks for what is a secret in the seed, and with a name."""
    rule, o = workspace.rules.match(item.path), item.override
    if rule is None:
        return item
    document: Value = ABSENT
    name = item.name
    if item.path in workspace.tracked:
        document = workspace.staged(item.path)[1].value
        if codes.ORPHANED not in item.kinds:  # what is orphaned has no place there
            name = told_as(o, document, rule.key_of)
    else:
        rule = rule.wary()
    seed = rule.told(o.seed, o.tokens, document, set(plain_names(o.tokens, o.value)))
    override = o._replace(seed=seed, until=told_until(o.until, seed, o.value))
    return item._replace(override=override, name=name)


def _items(workspace: Workspace, overlay: Overlay, paths: list[str], expiry: Expiry) -> list[_Item]:
    placed = workspace.placed(overlay)
    for path in paths:
        if not any(_under(_name(item), path) for item in placed):
            raise UsageError(
                f"the overlay {overlay.name!r} has nothing there",
                where=path,
                hint="seedgit status --overlay lists what it has",
            )
    chosen = [i for i in placed if not paths or any(_under(_name(i), path) for path in paths)]
    return [item for stored in chosen if (item := _item(workspace, stored, expiry))]


def _item(workspace: Workspace, stored: Stored, expiry: Expiry) -> _Item | None:
    """None if the seed cannot be understood: then nothing about it is decided."""
    record = stored.record
    if stored.path is None:
        held = [*record.overrides, *(p.override for p in record.parked)]
        found = [_prunable(record.path, o, [codes.ORPHANED], expiry, gone=True) for o in held]
        return _Item(stored, record, tuple(filter(None, found)))
    try:
        blob, seed = workspace.staged(stored.path)
        record = layer_on(workspace, stored, seed).kept(stored.path, blob)
    except InputError:
        return None
    needless = _needless(workspace, stored, seed)
    found = [
        _prunable(record.path, o, [codes.REDUNDANT] if o in needless else [], expiry)
        for o in record.overrides
    ]
    for parked in record.parked:
        orphaned = parked.reason == codes.ORPHANED
        kind = [codes.ORPHANED] if orphaned else []
        item = _prunable(record.path, parked.override, kind, expiry, gone=orphaned)
        found.append(item and item._replace(name=parked.label))
    return _Item(stored, record, tuple(filter(None, found)))


def _needless(workspace: Workspace, stored: Stored, seed: Document) -> list[Override]:
    """The overrides of a record without which the value below them would be the same."""
    assert stored.path is not None
    try:
        found = stack(workspace, stored.path, seed)
    except PatchError:
        return []
    layer = next(n for n, each in enumerate(found.layers) if each.overlay == stored.overlay)
    return [o.override for o in found.outcomes(layer) if o.status == codes.REDUNDANT]


def _prunable(
    path: str, override: Override, kinds: list[str], expiry: Expiry, *, gone: bool = False
) -> Prunable | None:
    if expiry.expired(override, gone=gone):
        kinds = [codes.EXPIRED, *kinds]
    return Prunable(path, override, tuple(kinds), override.pointer) if kinds else None


def _chosen(items: list[_Item], kinds: tuple[str, ...]) -> tuple[Prunable, ...]:
    return tuple(found for item in items for found in item.found if _is(found, kinds))


def _is(found: Prunable, kinds: tuple[str, ...]) -> bool:
    return any(kind in kinds for kind in found.kinds)


def _without(record: Record, gone: set[int]) -> Record:
    return record._replace(
        overrides=tuple(o for o in record.overrides if id(o) not in gone),
        parked=tuple(p for p in record.parked if id(p.override) not in gone),
    )


def _message(found: tuple[Prunable, ...], kinds: tuple[str, ...]) -> str:
    named = [next(kind for kind in item.kinds if kind in kinds) for item in found]
    counts = Counter(named)
    subject = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])
    lines = []
    for item, kind in zip(found, named, strict=True):
        notes = [until_text(item.override.until)] if item.override.until else []
        notes += [item.override.why] if item.override.why else []
        about = f" ({'; '.join(' '.join(note.split()) for note in notes)})" if notes else ""
        lines.append(one_line(f"{kind} {item.path} {item.name}{about}"))
    return message(f"prune: {subject}", "\n".join(lines))


def _name(item: Stored) -> str:
    return item.path or item.record.path


def _under(path: str, place: str) -> bool:
    return place == "" or path == place or path.startswith(place + "/")


def _path(workspace: Workspace, name: str) -> str:
    """A file or directory as the repository names it; it need not be there any more."""
    path = workspace.path(name)
    return "" if path == "." else path
