"""Which layer covers the override of a lower one: its value at that place is the one that holds."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.values.diff import ABSENT
from seedgit.values.pointer import END, is_index, parse_pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from seedgit.operations.plan.model import PlanDecision
    from seedgit.operations.status import Field
    from seedgit.values.diff import Tokens

    Told = TypeVar("Told", Field, PlanDecision)


def with_covers(fields: Sequence[Told], names: Sequence[str]) -> list[Told]:
    """The overrides of a stack of overlays, each with the name of the one that covers it.

    names  the overlays, lowest first

    An override is covered by one of a higher layer at its place, or above it. One that has no place
    itself covers nothing.
    """
    if len(names) < 2:
        return list(fields)
    rank = {name: number for number, name in enumerate(names)}
    tops: dict[tuple[str, Tokens], int] = {}
    placed = [_tokens(field) for field in fields]
    for field, tokens in zip(fields, placed, strict=True):
        if tokens is not None:
            place = field.path, tokens
            tops[place] = max(tops.get(place, 0), rank.get(field.overlay, 0))
    found = []
    for field, tokens in zip(fields, placed, strict=True):
        at = tokens or ()
        top = max((tops.get((field.path, at[:n]), 0) for n in range(1, len(at) + 1)), default=0)
        covered = top > rank.get(field.overlay, 0)
        found.append(field._replace(covered_by=names[top]) if covered else field)
    return found


def _tokens(field: Field | PlanDecision) -> Tokens | None:
    """The place of an override in the seed. None if it has none: it is parked, is in no overlay,
    or is an item that may have been put into a list."""
    tokens = parse_pointer(field.pointer)
    if not tokens:
        return None  # the file as a whole
    put_in = field.seed is ABSENT and (tokens[-1] == END or is_index(tokens[-1]))
    return None if field.parked or not field.overlay or put_in else tokens
