"""Set and unset overrides of a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from seedgit.errors import PatchError, SeedgitError, UsageError
from seedgit.formats.document import Document
from seedgit.git.messages import message
from seedgit.git.names import pasted
from seedgit.operations.edits import together
from seedgit.operations.edits.expiry import check_seed_is
from seedgit.operations.edits.meant import check_new, check_type
from seedgit.operations.edits.together import Assignment, Told, Wanted, Written, make
from seedgit.operations.stack.effective import layer_on
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import SEED_IS, Override, Until
from seedgit.overlay.record import Record
from seedgit.overlay.targets import Place, overridden, places, remove_places, set_places
from seedgit.rules.ownership import SeedRule, names_secret
from seedgit.values.align import identity_key
from seedgit.values.diff import ABSENT, sayable, value_at
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
from seedgit.values.value import Secret, Value


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
        check_seed_is(until, seed.value, _pointers(found), rule)
    missing = steps[depth:]
    if not meant.any_type:
        check_type(record, seed.value, found, _within(missing, asked.value), meant.ways)
    value = _concealed(asked, rule, record, seed, found, missing)
    record = set_places(record, seed.value, found, _within(missing, value), asked.why, until)
    return record, Told(tuple(p.label + format_pointer(missing) for p in found), remarks, value)


def _within(missing: tuple[str, ...], value: Value) -> Value:
    """A value in the maps that are missing above it."""
    for step in reversed(missing):
        value = {step: value}
    return value


def _concealed(
    asked: Assignment,
    rule: SeedRule,
    record: Record,
    seed: Document,
    found: list[Place],
    missing: tuple[str, ...],
) -> Value:
    """The value with its secrets as such. What is one at any of the places is one at all.

    Raises UsageError for a secret that is to be plain, that a part of is to be set, or that tells
    the items of a list apart.
    """
    value = _sayable(asked)
    for place in found:
        at, there = _there(record, place)
        at += missing
        if asked.secret is False and (isinstance(there, Secret) or rule.secret(at, seed.value)):
            raise _secret_already(record.path, place, rule.secret(at, seed.value))
        if asked.secret is None:
            sayable(value, at)
            old = there if isinstance(there, Secret) else ABSENT
            if old is not ABSENT or rule.has_secrets or names_secret(value, at):
                from seedgit.overlay.concealed import Concealing  # late: few values are secrets

                value = Concealing(rule, seed.value, usual=True).value(value, at, old)
        if isinstance(value, Secret):
            _refuse_identity(rule, seed, at, place)
    return value


def _sayable(asked: Assignment) -> Value:
    if not asked.secret:
        return asked.value
    try:
        return Secret(plain=sayable(asked.value))
    except PatchError:  # which quotes it
        raise PatchError("the secret has a character that UTF-8 cannot express") from None


def _there(record: Record, place: Place) -> tuple[tuple[str, ...], Value]:
    """(the pointer of a place, what the overlay has there). Raises UsageError inside a secret."""
    above = place.holder
    if above is None:
        at = place.tokens or ()
        return at, next((o.value for o in record.overrides if o.tokens == at), ABSENT)
    if any(
        isinstance(value_at(above.value, place.rest[:n]), Secret) for n in range(len(place.rest))
    ):
        raise UsageError(
            f"{above.pointer} is a secret as a whole: no part of it can be set alone",
            where=record.path,
            hint=f"seedgit set {above.pointer} with all of it",
        )
    return (*above.tokens, *place.rest), value_at(above.value, place.rest)


def _refuse_identity(rule: SeedRule, seed: Document, at: tuple[str, ...], place: Place) -> None:
    items = value_at(seed.value, at[:-2]) if len(at) > 1 else ABSENT
    if isinstance(items, list) and at[-1] in (rule.key_of(at[:-2]), identity_key(items)):
        raise UsageError(
            f"{place.label} tells the items of the list apart, so pointers have it: no secret",
            where=seed.path,
            hint="if something else tells them apart, the rules can say so: keys",
        )


def _secret_already(path: str, place: Place, by_rule: bool) -> UsageError:
    if by_rule:
        hint = "an entry of the rules says so: it has `secret: true`"
    else:
        hint = "seedgit unset takes the secret away; then it can be set plain"
    return UsageError(f"{place.label} is a secret: it is not set plain", where=path, hint=hint)


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
    check_seed_is(asked.until, seed.value, _pointers(found), rule)
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
    try:
        done = make(workspace, wanted, text, change, mends=True)
        if not any(item.pointers for item in done):
            raise nothing_overridden(paths[0], selector)
    except NothingOverridden as error:
        records = workspace.overlay(workspace.target).records
        unread = next(filter(None, map(records.problem_of, paths)), None)
        if unread is not None:
            raise unread.error from None
        others = [name for path in paths for name in _others(workspace, path, selector)]
        if others:
            error.message += f" in the layer {workspace.target!r}"
            error.hint = _elsewhere(workspace, list(dict.fromkeys(others)))
        raise
    return done


def _others(workspace: Workspace, path: str, selector: str) -> Iterator[str]:
    """The other layers that override a place of a seed."""
    with suppress(SeedgitError):
        seed, rule = workspace.staged(path)[1], workspace.rule(path)
        for item in workspace.stored_for(path):
            made = layer_on(workspace, item, seed).rebased
            record = item.record._replace(overrides=made.overrides, parked=made.parked)
            if named_overrides(rule, record, seed, selector):
                yield item.overlay


def _elsewhere(workspace: Workspace, others: list[str]) -> str:
    from seedgit.git.layer_settings import layer_settings  # late: few commands fail

    own = [name for name in others if not layer_settings(workspace.repository, name).remote]
    verb = "overrides" if len(others) == 1 else "override"
    if not own:
        return f"{', '.join(others)} {verb} it, read-only here: seedgit set can override that"
    return f"{', '.join(others)} {verb} it: --overlay {pasted(own[-1])}"


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


class NothingOverridden(UsageError):
    """A selector names no override."""


def nothing_overridden(path: str, selector: str) -> NothingOverridden:
    """The error for a selector that names no override."""
    return NothingOverridden(
        f"nothing is overridden at {selector}",
        where=path,
        hint="seedgit status --overlay lists what is",
    )


def _places(rule: SeedRule, record: Record, seed: Document, steps: tuple[str, ...]) -> list[Place]:
    path, found = record.path, places(record, seed.value, steps, rule.key_of)
    if not found:
        selector = format_selector(steps)
        hint = near(rule.told(seed.value, (), seed.value), steps)
        raise UsageError(f"{selector} names nothing", where=path, hint=hint)
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
