"""Set and unset: what the site lays over a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seedgit.core.named import Place, overridden, places, remove_places, set_places
from seedgit.core.overlay import SEED_IS, Override, Record, Until
from seedgit.core.pointer import exists, near, parse_selector
from seedgit.core.values import Value
from seedgit.errors import UsageError
from seedgit.formats.document import Document
from seedgit.operations.edit import Edit, store
from seedgit.operations.expiry import check_seed_is
from seedgit.operations.workspace import Stored, Workspace


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


def _change(
    workspace: Workspace,
    path: str,
    subject: str,
    why: str,
    change: Callable[[Record, Document], tuple[Record, tuple[str, ...]]],
    *,
    mends: bool = False,
) -> Written:
    """One change of the record of one seed."""
    workspace.rule(path)  # raises for what is no seed
    named: list[tuple[str, ...]] = [()]

    def noted(record: Record, base: Document, _: Stored | None) -> Record:
        record, named[0] = change(record, base)
        return record

    edit = Edit(path, *workspace.staged(path), noted, mends)
    commit = store(workspace, [edit], subject, why)
    return Written(workspace.target, path, named[0], commit)
