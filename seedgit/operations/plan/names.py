"""Gives the places of a plan's decisions names for a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seedgit.operations.plan.model import PlanDecision
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import exists, is_index, parse_pointer, resolve
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import KeyOf


def named(
    decision: PlanDecision, merged: Value, versions: Sequence[Value], key_of: KeyOf
) -> PlanDecision:
    """The decision with its name, from the first document that has one of its values there.

    merged  the merge's result; ABSENT where there is none yet. Pointers count its list items. So a
            removed member gets its name from the container that it was in.
    """
    tokens = parse_pointer(decision.pointer)
    if decision.name or not any(is_index(token) for token in tokens):
        return decision
    values = [value for value in decision.values.values() if value is not ABSENT]
    documents = [version for version in (merged, *versions) if version is not ABSENT]
    for document in documents:
        if exists(document, tokens):
            there = resolve(document, tokens)
            if any(same(there, value) for value in values):
                return decision._replace(name=selector_of(document, tokens, key_of))
    if len(values) < len(decision.values) and merged is not ABSENT:
        holder = resolve(merged, tokens[:-1]) if exists(merged, tokens[:-1]) else None
        if isinstance(holder, dict):
            return decision._replace(name=selector_of(merged, tokens, key_of))
    return decision


def told_by(decision: PlanDecision, overrides: Collection[PlanDecision]) -> bool:
    """Whether a decision about an override already reports this change of upstream's."""
    return any(
        decision.label == other.label or decision.label.startswith(other.label + "/")
        for other in overrides
    )
