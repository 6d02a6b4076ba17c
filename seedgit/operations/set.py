"""Set and unset: what the site lays over a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from seedgit.errors import InputError, UsageError
from seedgit.formats.document import Document
from seedgit.operations.edit import Edit, store
from seedgit.operations.expiry import check_seed_is
from seedgit.operations.meant import Meant, Remark, check_new, check_type
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.override import SEED_IS, Override, Until
from seedgit.overlay.record import Record
from seedgit.overlay.targets import Place, overridden, places, remove_places, set_places
from seedgit.rules.ownership import SeedRule
from seedgit.values.pointer import (
    ANY,
    END,
    exists,
    format_pointer,
    format_selector,
    identity,
    near,
    parse_selector,
)
from seedgit.values.value import Value


@dataclass(frozen=True)
class Written:
    """What a command wrote of one seed. `commit` is None where nothing had to change."""

    overlay: str
    path: str
    pointers: tuple[str, ...]
    commit: str | None
    remarks: tuple[Remark, ...] = ()


# What is to become of a record over its seed, and the names of what that is about.
Change: TypeAlias = Callable[[str, Record, Document], tuple[Record, tuple[str, ...]]]


def set_override(
    workspace: Workspace,
    path: str,
    selector: str,
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Written:
    """As `set_overrides`, of one seed, and whatever is new is meant."""
    meant = Meant(new=True, any_type=True)
    return set_overrides(workspace, [path], selector, value, why, until, meant)[0]


def set_overrides(
    workspace: Workspace,
    paths: Sequence[str],
    selector: str,
    value: Value,
    why: str,
    until: Until | None,
    meant: Meant,
) -> list[Written]:
    """Lay a value over every place a selector names in some seeds: one change, or none.

    Raises UsageError where it names none in one of them, or where `leave` does not cover it.
    """
    remarks: dict[str, tuple[Remark, ...]] = {}
    steps = parse_selector(selector)

    def change(path: str, record: Record, base: Document) -> tuple[Record, tuple[str, ...]]:
        rule = workspace.rule(path)
        there = _existing(record, base.value, steps, rule)
        depth = there if meant.parents else len(steps)
        try:
            found = _places(workspace, path, record, base, steps[:depth])
        except UsageError as error:
            if there < depth:
                error.hint += "; --parents makes the maps that are missing above it"
            raise
        new = replace(meant, new=meant.new or depth < len(steps))
        remarks[path] = tuple(check_new(rule, base.value, found, steps[:depth], new))
        if until is not None and until.kind == SEED_IS:
            _refuse_added(path, found, "--until, or --until-version")
            check_seed_is(until, base.value, _pointers(found))
        inner = value
        for step in reversed(steps[depth:]):
            inner = {step: inner}
        if not meant.any_type:
            check_type(record, base.value, found, inner, meant.ways)
        record = set_places(record, base.value, found, inner, why, until)
        return record, tuple(place.said + format_pointer(steps[depth:]) for place in found)

    done = _change(workspace, paths, "set", selector, why, change)
    return [replace(item, remarks=remarks[item.path]) for item in done]


def _existing(record: Record, base: Value, steps: tuple[str, ...], rule: SeedRule) -> int:
    """How many steps of a selector lead to what is there, or can be put in at once."""
    for depth in range(len(steps), 0, -1):
        found = places(record, base, steps[:depth], rule.key_of)
        missing = steps[depth:]
        if found and not any(place.there for place in found if missing):
            plain = all(step not in (ANY, END) and identity(step) is None for step in missing)
            return depth if plain else len(steps)
    return len(steps)


def remove_override(
    workspace: Workspace, path: str, selector: str, why: str = "", until: Until | None = None
) -> Written:
    """As `remove_overrides`, of one seed."""
    return remove_overrides(workspace, [path], selector, why, until)[0]


def remove_overrides(
    workspace: Workspace, paths: Sequence[str], selector: str, why: str, until: Until | None
) -> list[Written]:
    """Lay the absence of a value over every place a selector names in some seeds."""
    steps = parse_selector(selector)

    def change(path: str, record: Record, base: Document) -> tuple[Record, tuple[str, ...]]:
        found = [
            place
            for place in _places(workspace, path, record, base, steps)
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

    return _change(workspace, paths, "remove", selector, why, change)


def unset_override(workspace: Workspace, path: str, selector: str, why: str = "") -> Written:
    """As `unset_overrides`, of one seed."""
    return unset_overrides(workspace, [path], selector, why)[0]


def unset_overrides(
    workspace: Workspace, paths: Sequence[str], selector: str, why: str = ""
) -> list[Written]:
    """Take away the overrides at and below the places a selector names; parked ones too.

    Raises UsageError where it names none in any of the seeds.
    """

    def change(path: str, record: Record, base: Document) -> tuple[Record, tuple[str, ...]]:
        taken = named_overrides(workspace, path, record, base, selector)
        if not taken and len(paths) == 1:
            raise nothing_overridden(path, selector)
        for override, _ in taken:
            record = record.without(override)
        return record, tuple(sorted(said for _, said in taken))

    done = _change(workspace, paths, "unset", selector, why, change, mends=True)
    if not any(item.pointers for item in done):
        raise nothing_overridden(paths[0], selector)
    return done


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
    workspace: Workspace, path: str, record: Record, base: Document, steps: tuple[str, ...]
) -> list[Place]:
    found = places(record, base.value, steps, workspace.rule(path).key_of)
    if not found:
        selector = format_selector(steps)
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
    paths: Sequence[str],
    verb: str,
    selector: str,
    why: str,
    change: Change,
    *,
    mends: bool = False,
) -> list[Written]:
    """One change of the records of some seeds."""
    named: dict[str, tuple[str, ...]] = {}

    def edit(path: str) -> Edit:
        workspace.rule(path)  # raises for what is no seed

        def noted(record: Record, base: Document, _: Stored | None) -> Record:
            record, named[path] = change(path, record, base)
            return record

        return Edit(path, *workspace.staged(path), noted, mends)

    edits = [edit(path) for path in paths]
    if len(edits) > 1:
        _refuse_together(workspace, edits)
    what = paths[0] if len(paths) == 1 else f"{len(paths)} seeds:"
    commit = store(workspace, edits, f"{verb} {what} {selector}", why)
    return [Written(workspace.target, path, named[path], commit) for path in paths]


def _refuse_together(workspace: Workspace, edits: list[Edit]) -> None:
    """Raises the first error of some edits, and says which other ones cannot be made either."""
    errors = []
    for edit in edits:
        try:
            store(workspace, [edit], "", "", dry_run=True)
        except (InputError, UsageError) as error:
            error.where = error.where or edit.path
            errors.append(error)
    if errors:
        first = errors[0]
        others = ", ".join(error.where for error in errors[1:4])
        more = f"; nor in {others}" if others else ""
        first.message += f"; nothing was changed in any of {len(edits)} files{more}"
        raise first
