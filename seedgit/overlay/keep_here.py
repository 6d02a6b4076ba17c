"""Keeps an orphan in the effective file, at its pointer, although upstream removed that place.

A program may honour a value although its package no longer ships a default for it. The kept value
is an ordinary override: a rebase moves it, and once the seed has a value there again, it overrides
that.
"""

from __future__ import annotations

from seedgit.errors import PatchError
from seedgit.overlay.edit import edit_inside, holder_of
from seedgit.overlay.override import ADD, REMOVE, Override, Parked
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import child as child_of
from seedgit.values.pointer import (
    exists,
    format_pointer,
    identity,
    is_index,
    meet,
    parse_selector,
    select,
)
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import Tokens

HINT = "--keep-local parks it, --keep-local --at POINTER gives it another place"


def keep_here(record: Record, seed: Value, parked: Parked, why: str = "") -> Record:
    """The record with one of its orphans back at its pointer.

    Raises PatchError where that place is unclear, or where something else is there.
    """
    override = parked.override
    if override.op == REMOVE:
        raise PatchError("the override removes something: there is nothing to keep")
    tokens, missing = place_of(parked, seed)
    pointer = format_pointer(tokens)
    if exists(seed, tokens):
        raise PatchError(f"the seed has {parked.label} again", hint=HINT)
    record = record.without(override)
    holder = holder_of(record, seed, tokens)
    if holder is not None:
        rest = tokens[len(holder.tokens) :]
        if exists(holder.value, rest):
            raise PatchError(f"an override has {pointer} already", hint=HINT)
        return edit_inside(record, holder, [rest], override.value)
    for other in record.overrides:
        if meet(other.tokens, tokens):
            raise PatchError(f"{other.pointer} is overridden", hint=HINT)
    why = why or override.why
    made = Override(tokens, ADD, override.value, ABSENT, override.over, why, override.until)
    return record._replace(overrides=(*record.overrides, made._replace(missing=missing)))


def place_of(parked: Parked, seed: Value) -> tuple[Tokens, int]:
    """(an orphan's pointer in a seed, how many of the maps above it the seed lacks).

    Raises PatchError where the place is unclear. An item of a list is found by its identity only.
    """
    steps = parse_selector(parked.name) if parked.name else parked.override.tokens
    at: Tokens = ()
    here, missing = seed, 0
    for depth, step in enumerate(steps):
        if here is ABSENT:
            # A step of digits may have been an index of a list: there is no way to know.
            known = not is_index(step) and identity(step) is None
            token = step if known else None
        elif isinstance(here, list):
            token = _item(here, step) if depth < len(steps) - 1 else None
        else:
            token = step if isinstance(here, dict) else None
        if token is None:
            raise PatchError(f"the seed has no place for {parked.label}", hint=HINT)
        at += (token,)
        here = child_of(here, token) if here is not ABSENT and exists(here, (token,)) else ABSENT
        missing += here is ABSENT and depth < len(steps) - 1
    return at, missing


def _item(here: Value, step: str) -> str | None:
    """The item of a list that an identity names; None for an index, which may have shifted."""
    found = select(here, (step,)) if identity(step) else []
    return found[0][0] if len(found) == 1 else None
