"""Set, unset and capture: what the site lays over a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from seedgit.core import overlay as core
from seedgit.core.match import identity_key
from seedgit.core.named import Place, name_of, overridden, places, remove_places, set_places
from seedgit.core.overlay import SEED_IS, Override, Record, Until, patch_of
from seedgit.core.patch import apply
from seedgit.core.pointer import exists, near, parse_selector, resolve
from seedgit.core.rebase import rebase
from seedgit.core.values import Value, same
from seedgit.errors import PatchError, Refused, UsageError
from seedgit.formats.document import Document
from seedgit.git.messages import message
from seedgit.git.overlays import Overlay
from seedgit.git.stored_record import StoredRecord
from seedgit.operations.effective import check, layer_on
from seedgit.operations.expiry import check_seed_is
from seedgit.operations.workspace import Workspace, to_store


@dataclass(frozen=True)
class Written:
    """What a command wrote. `commit` is None where nothing had to change."""

    overlay: str
    path: str
    pointers: tuple[str, ...]
    commit: str | None


def set_override(
    workspace: Workspace,
    path: str,
    selector: str,
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Written:
    """Lay a value over every place a selector names. Raises UsageError where it names none."""

    def change(record: Record, base: Document) -> tuple[Record, tuple[str, ...]]:
        found = _places(workspace, path, record, base, selector)
        if until is not None and until.kind == SEED_IS:
            _refuse_added(path, found, "--until, or --until-version")
            check_seed_is(until, base.value, _pointers(found))
        record = set_places(record, base.value, found, value, why, until)
        return record, tuple(place.said for place in found)

    return _change(workspace, path, f"set {path} {selector}", why, change)


def remove_override(
    workspace: Workspace, path: str, selector: str, why: str = "", until: Until | None = None
) -> Written:
    """Lay the absence of a value over every place a selector names."""

    def change(record: Record, base: Document) -> tuple[Record, tuple[str, ...]]:
        found = [
            place
            for place in _places(workspace, path, record, base, selector)
            if (place.there if place.holder else exists(base.value, place.tokens or ()))
        ]
        if not found:
            raise UsageError(
                f"{selector} is not in the seed",
                where=path,
                hint="seedgit unset takes away what the overlay has added",
            )
        _refuse_added(path, [p for p in found if not p.rest], "seedgit unset")
        check_seed_is(until, base.value, _pointers(found))
        record = remove_places(record, base.value, found, why, until)
        return record, tuple(place.said for place in found)

    return _change(workspace, path, f"remove {path} {selector}", why, change)


def unset_override(workspace: Workspace, path: str, selector: str, why: str = "") -> Written:
    """Take away the overrides at and below the places a selector names; parked ones too."""

    def change(record: Record, base: Document) -> tuple[Record, tuple[str, ...]]:
        taken = named_overrides(workspace, path, record, base, selector)
        if not taken:
            raise nothing_overridden(path, selector)
        for override, _ in taken:
            record = record.without(override)
        return record, tuple(sorted(said for _, said in taken))

    return _change(workspace, path, f"unset {path} {selector}", why, change, mends=True)


def named_overrides(
    workspace: Workspace, path: str, record: Record, seed: Document, selector: str
) -> list[tuple[Override, str]]:
    """The overrides of a record over this seed that a selector names, each with its name.

    Raises UsageError where an index may mean two of them.
    """
    key_of = workspace.rule(path).key_of
    try:
        return overridden(record, seed.value, parse_selector(selector), key_of)
    except UsageError as error:
        error.where = path
        raise


def nothing_overridden(path: str, selector: str) -> UsageError:
    """The error for a selector that names no override."""
    return UsageError(
        f"nothing is overridden at {selector}",
        where=path,
        hint="seedgit status --overlay lists what is",
    )


def capture(workspace: Workspace, path: str, why: str = "") -> tuple[Written, bytes]:
    """Move overlay-owned edits out of a file of the working tree into the overlay.

    Returns what was written, and the file's new content: the committed seed with the edits that
    the package owns left in it.
    """
    repository = workspace.repository
    head = repository.head()
    data = repository.read(head, path) if head else None
    if data is None:
        raise UsageError("is not committed yet: nothing to compare it with", where=path)
    seed, local = Document.parse(data, path), workspace.seed(path)
    rule = workspace.rule(path)
    differing = core.from_difference(Record(path, ""), seed.value, local.value, why, rule.key_of)
    owned = tuple(
        o
        for o in differing.overrides
        if "overlay" in (rule.owner(o.tokens, seed.value), rule.owner(o.tokens, local.value))
    )
    rest = tuple(o for o in differing.overrides if o not in owned)
    left = seed.apply(patch_of(rest)) if rest else seed
    content = _without(seed, local, owned, rest, left)

    def change(record: Record, base: Document) -> tuple[Record, tuple[str, ...]]:
        moved = rebase(owned, seed.value, base.value, rule).overrides
        if not same(apply(patch_of(moved), base.value), local.value):
            raise Refused(
                "what the site owns of the edits cannot be told apart; nothing was changed",
                where=path,
                hint="lay them over the seed one by one: seedgit set",
            )
        for made in moved:
            old = _overridden(record, base.value, made, rule.key_of(made.tokens[:-1]))
            if old is not None:
                # An edit of what is overridden already is no new decision on how long, or why.
                made = replace(made, why=why or old.why, until=old.until)
                if core.inserts(old, base.value):
                    record = record.without(old)
            record = core.lay(record, base.value, made)
        return record, tuple(name_of(made, base.value, rule.key_of) for made in moved)

    if not owned:
        return Written(workspace.target, path, (), None), content
    return _change(workspace, path, f"capture {path}", why, change, content), content


def _overridden(record: Record, base: Value, made: Override, key: str | None) -> Override | None:
    """The override that a captured edit takes the place of.

    An item that is put in is the one that the overlay puts into this list already if it has the
    same identity, or value: the file may be a rendered one.
    """
    for old in record.overrides:
        if not core.inserts(made, base):
            if old.tokens == made.tokens and not core.inserts(old, base):
                return old
        elif core.inserts(old, base) and old.tokens[:-1] == made.tokens[:-1]:
            here = [*resolve(base, made.tokens[:-1]), made.value]
            name = identity_key(here, key)
            if same(old.value, made.value) or (
                name is not None
                and isinstance(old.value, dict)
                and name in old.value
                and same(old.value[name], made.value[name])
            ):
                return old
    return None


def _without(
    seed: Document,
    local: Document,
    owned: tuple[core.Override, ...],
    rest: tuple[core.Override, ...],
    left: Document,
) -> bytes:
    """The local file with the owned edits taken back; comments a person wrote stay if they can."""
    if not owned:
        return local.data
    if not rest and not any(core.is_structural(o) for o in owned):
        back = [
            {"op": "replace", "path": o.pointer, "value": o.seed}
            for o in owned
            if o.op == core.REPLACE
        ]
        if len(back) == len(owned):
            undone = local.apply(back)
            return seed.data if undone.text == seed.text else undone.data
    return left.data


def _places(
    workspace: Workspace, path: str, record: Record, base: Document, selector: str
) -> list[Place]:
    steps = parse_selector(selector)
    found = places(record, base.value, steps, workspace.rule(path).key_of)
    if not found:
        raise UsageError(f"{selector} names nothing", where=path, hint=near(base.value, steps))
    if not steps:
        raise UsageError("the whole document cannot be overridden", where=path)
    return found


def _pointers(found: list[Place]) -> list[tuple[str, ...]]:
    return [place.tokens for place in found if place.tokens is not None]


def _refuse_added(path: str, found: list[Place], instead: str) -> None:
    for place in found:
        if place.tokens is None:
            raise UsageError(
                f"{place.said} is of the overlay: the seed has nothing there",
                where=path,
                hint=f"use {instead}",
            )


def _check(workspace: Workspace, seed: Document, record: Record, before: Record | None) -> None:
    """Raises PatchError where a record cannot be written, unless the one before it could not."""
    try:
        check(workspace, record.path, seed, workspace.target, record)
    except PatchError:
        if before is None:
            raise
        try:
            check(workspace, record.path, seed, workspace.target, before)
        except PatchError:
            return
        raise


def _change(
    workspace: Workspace,
    path: str,
    subject: str,
    why: str,
    change: Callable[[Record, Document], tuple[Record, tuple[str, ...]]],
    content: bytes | None = None,
    *,
    mends: bool = False,
) -> Written:
    """One compare-and-swap update of the target overlay's record for a seed.

    mends  takes overrides away: where the effective file cannot be written, it need not be after it
    """
    workspace.rule(path)  # raises for what is no seed
    if content is None:
        blob, base = workspace.staged(path)
    else:
        base = Document.parse(content, path)
        blob = workspace.repository.hold_blob(content)
    pointers: list[tuple[str, ...]] = []

    def build(overlay: Overlay) -> dict[str, StoredRecord | None]:
        old = next((item for item in workspace.placed(overlay) if item.path == path), None)
        before = layer_on(workspace, old, base).kept(path, blob) if old else Record(path, blob)
        try:
            record, named = change(before, base)
            _check(workspace, base, record, before if mends else None)
        except (PatchError, UsageError) as error:
            error.where = error.where or path
            raise
        pointers[:] = [named]
        made: dict[str, StoredRecord | None] = {path: None if record.empty else to_store(record)}
        if old is not None and old.record.path != path:
            made[old.record.path] = None
        if record.empty and (old is None or old.record.path != path):
            made.pop(path)
        return made

    commit = workspace.store.update(workspace.target, build, message(subject, why))
    return Written(workspace.target, path, pointers[0] if pointers else (), commit)
