"""Set and unset overrides of a seed."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.errors import UsageError
from seedgit.formats.document import Document
from seedgit.git.messages import message
from seedgit.operations import together
from seedgit.operations.expiry import check_seed_is
from seedgit.operations.meant import check_new, check_type
from seedgit.operations.together import Assignment, Told, Wanted, Written, make
from seedgit.operations.workspace import Workspace
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


def set_override(
    workspace: Workspace,
    path: str,
    selector: str,
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Written:
    """As `set_overrides`, for one seed; whatever is new is meant."""
    return set_overrides(workspace, [(path, Assignment(selector, value, why, until))])[0]


def remove_override(
    workspace: Workspace, path: str, selector: str, why: str = "", until: Until | None = None
) -> Written:
    """As `set_override`, with the absence of a value."""
    asked = Assignment(selector, why=why, until=until, remove=True)
    return set_overrides(workspace, [(path, asked)])[0]


def set_overrides(workspace: Workspace, wanted: Sequence[Wanted]) -> list[Written]:
    """Override every place that some selectors name in their seeds, in one change or not at all.

    Returns what was written for each. Raises UsageError if a selector names nothing in its seed, or
    if `meant` does not cover the change; Unmade if that is one of several.
    """
    verb = "remove" if all(asked.remove for _, asked in wanted) else "set"
    reasons = {asked.why for _, asked in wanted}
    why = wanted[0][1].why if len(reasons) == 1 else ""
    return make(workspace, wanted, message(_subject(verb, wanted), why), _set_or_remove)


def problems(workspace: Workspace, wanted: Sequence[Wanted]) -> list[together.Problem]:
    """What is wrong with changes that `set_overrides` would refuse; nothing is changed."""
    return together.problems(workspace, wanted, _set_or_remove)


def _set_or_remove(
    asked: Assignment, rule: SeedRule, record: Record, seed: Document
) -> tuple[Record, Told]:
    return (_remove if asked.remove else _set)(asked, rule, record, seed)


def _set(asked: Assignment, rule: SeedRule, record: Record, seed: Document) -> tuple[Record, Told]:
    steps, meant, until = parse_selector(asked.selector), asked.meant, asked.until
    there = _existing(record, seed.value, steps, rule)
    depth = there if meant.parents else len(steps)
    try:
        found = _places(rule, record, seed, steps[:depth])
    except UsageError as error:
        if there < depth:
            error.hint += "; --parents makes the maps that are missing above it"
        raise
    new = meant._replace(new=meant.new or depth < len(steps))
    remarks = tuple(check_new(rule, seed.value, found, steps[:depth], new))
    if until is not None and until.kind == SEED_IS:
        _refuse_added(record.path, found, "--until, or --until-version")
        check_seed_is(until, seed.value, _pointers(found))
    inner = asked.value
    for step in reversed(steps[depth:]):
        inner = {step: inner}
    if not meant.any_type:
        check_type(record, seed.value, found, inner, meant.ways)
    record = set_places(record, seed.value, found, inner, asked.why, until)
    return record, Told(tuple(p.label + format_pointer(steps[depth:]) for p in found), remarks)


def _existing(record: Record, base: Value, steps: tuple[str, ...], rule: SeedRule) -> int:
    """How many steps of a selector lead to what is there, or can be put in at once."""
    for depth in range(len(steps), 0, -1):
        found = places(record, base, steps[:depth], rule.key_of)
        missing = steps[depth:]
        if found and not any(place.there for place in found if missing):
            plain = all(step not in (ANY, END) and identity(step) is None for step in missing)
            return depth if plain else len(steps)
    return len(steps)


def _remove(
    asked: Assignment, rule: SeedRule, record: Record, seed: Document
) -> tuple[Record, Told]:
    steps = parse_selector(asked.selector)
    found = [
        place
        for place in _places(rule, record, seed, steps)
        if (place.there if place.holder else exists(seed.value, place.tokens or ()))
    ]
    if not found:
        raise UsageError(
            f"{asked.selector} is not in the seed",
            where=record.path,
            hint="seedgit unset removes what the overlay has added",
        )
    _refuse_added(record.path, [p for p in found if not p.rest], "seedgit unset")
    check_seed_is(asked.until, seed.value, _pointers(found))
    record = remove_places(record, seed.value, found, asked.why, asked.until)
    return record, Told(tuple(place.label for place in found))


def unset_override(workspace: Workspace, path: str, selector: str, why: str = "") -> Written:
    """As `unset_overrides`, of one seed."""
    return unset_overrides(workspace, [path], selector, why)[0]


def unset_overrides(
    workspace: Workspace, paths: Sequence[str], selector: str, why: str = ""
) -> list[Written]:
    """Remove the overrides at and below the places that a selector names; parked ones too.

    Raises UsageError if it names none in any of the seeds.
    """
    change = _unset if len(paths) > 1 else _unset_some
    wanted = [(path, Assignment(selector, why=why)) for path in paths]
    text = message(_subject("unset", wanted), why)
    done = make(workspace, wanted, text, change, mends=True)
    if not any(item.pointers for item in done):
        raise nothing_overridden(paths[0], selector)
    return done


def _unset(
    asked: Assignment, rule: SeedRule, record: Record, seed: Document
) -> tuple[Record, Told]:
    taken = named_overrides(rule, record, seed, asked.selector)
    for override, _said in taken:
        record = record.without(override)
    return record, Told(tuple(sorted(text for _, text in taken)))


def _unset_some(
    asked: Assignment, rule: SeedRule, record: Record, seed: Document
) -> tuple[Record, Told]:
    record, told = _unset(asked, rule, record, seed)
    if not told.pointers:
        raise nothing_overridden(record.path, asked.selector)
    return record, told


def named_overrides(
    rule: SeedRule, record: Record, seed: Document, selector: str
) -> list[tuple[Override, str]]:
    """The overrides of a record over this seed that a selector names, each with its name.

    Raises UsageError if an index may mean two of them.
    """
    try:
        return overridden(record, seed.value, parse_selector(selector), rule.key_of)
    except UsageError as error:
        error.where = seed.path
        raise


def nothing_overridden(path: str, selector: str) -> UsageError:
    """The error for a selector that names no override."""
    return UsageError(
        f"nothing is overridden at {selector}",
        where=path,
        hint="seedgit status --overlay lists what is",
    )


def _places(rule: SeedRule, record: Record, seed: Document, steps: tuple[str, ...]) -> list[Place]:
    path, found = record.path, places(record, seed.value, steps, rule.key_of)
    if not found:
        selector = format_selector(steps)
        raise UsageError(f"{selector} names nothing", where=path, hint=near(seed.value, steps))
    if not steps:
        raise UsageError("the whole document cannot be overridden", where=path)
    return found


def _pointers(found: list[Place]) -> list[tuple[str, ...]]:
    return [place.tokens for place in found if place.tokens is not None]


def _refuse_added(path: str, found: list[Place], instead: str) -> None:
    for place in found:
        if place.tokens is None:
            raise UsageError(
                f"{place.label} is in the overlay only: the seed has nothing there",
                where=path,
                hint=f"use {instead}",
            )


def _subject(verb: str, wanted: Sequence[Wanted]) -> str:
    """What some changes do, in one line."""
    paths = {path for path, _ in wanted}
    selectors = {asked.selector for _, asked in wanted}
    where = f"{len(paths)} seeds:" if len(paths) > 1 else wanted[0][0]
    if len(selectors) == 1:
        return f"{verb} {where} {wanted[0][1].selector}"
    return f"{verb} {where.removesuffix(':')}: {len(wanted)} overrides"
