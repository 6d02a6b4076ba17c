"""Applies a person's decisions to the overrides of a record that waited for them."""

from __future__ import annotations

from collections.abc import Iterable

from seedgit import codes
from seedgit.errors import Refused, UsageError
from seedgit.overlay.decisions import (
    KEEP_HERE,
    KEEP_LOCAL,
    TAKE_SEED,
    VALUE,
    StoredDecision,
    question_of,
    question_of_parked,
    remembered,
)
from seedgit.overlay.keep_here import keep_here
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override, Parked
from seedgit.overlay.record import Record
from seedgit.overlay.targets import places, remove_places, set_places
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import exists, parse_selector, resolve
from seedgit.values.value import Value


def decided(record: Record, seed: Value, made: Iterable[StoredDecision]) -> Record:
    """The record with some decisions applied and remembered.

    seed  the record's seed now; ABSENT where it is gone

    Raises UsageError where a decision names no place, Refused where its override does not wait.
    """
    made = list(made)
    for decision in made:
        record = _done(record, seed, decision)
    return record._replace(decisions=remembered(record.decisions, made))


def _done(record: Record, seed: Value, decision: StoredDecision) -> Record:
    asked, choice = decision.question, decision.choice
    active = next((o for o in record.overrides if question_of(o) == asked), None)
    if active is not None:
        rest = tuple(o for o in record.overrides if o is not active)
        if choice == TAKE_SEED:
            return record._replace(overrides=rest)
        if seed is ABSENT:
            return record
        kept = _over(active, seed, active.seed, decision)
        changed = tuple(kept if o is active else o for o in record.overrides)
        return record._replace(overrides=changed)
    parked = next((p for p in record.parked if question_of_parked(p) == asked), None)
    if parked is None:
        raise Refused(f"{asked.pointer} no longer waits", where=record.path)
    without = record._replace(parked=tuple(p for p in record.parked if p is not parked))
    if choice == TAKE_SEED:
        return without
    if decision.at:
        return _laid(without, seed, parked, decision)
    if choice == KEEP_HERE and parked.reason != codes.YIELDED and seed is not ABSENT:
        return keep_here(record, seed, parked, decision.why)
    override = parked.override
    if parked.reason == codes.YIELDED and seed is not ABSENT and exists(seed, override.tokens):
        found = resolve(seed, override.tokens)
        kept = _over(override, seed, found, decision)
        return without._replace(overrides=(*without.overrides, kept))
    if choice == VALUE:
        raise UsageError(f"{asked.pointer} has no place in the seed", where=record.path)
    return record  # it stays parked, and the decision says that this is known


def _over(override: Override, seed: Value, found: Value, decision: StoredDecision) -> Override:
    """The override, made again over `found`, the seed's current value."""
    value, op = override.value, override.op
    if decision.choice == VALUE:
        value, op = decision.value, REPLACE
    if op != REMOVE:
        op = ADD if found is ABSENT else REPLACE
    why = decision.why or override.why
    return override._replace(op=op, value=value, seed=found, over=found, why=why)


def _laid(record: Record, seed: Value, parked: Parked, decision: StoredDecision) -> Record:
    """The record with a parked override put at the place that a person named."""
    found = places(record, seed, parse_selector(decision.at))
    if len(found) != 1:
        text = "nothing" if not found else f"{len(found)} places"
        raise UsageError(f"{decision.at} names {text} in the seed", where=record.path)
    override = parked.override
    why = decision.why or override.why
    if decision.choice == KEEP_LOCAL and override.op == REMOVE:
        return remove_places(record, seed, found, why)
    value = decision.value if decision.choice == VALUE else override.value
    return set_places(record, seed, found, value, why)
