"""What a lower layer has changed under an override of a higher one.

To override what a lower layer has at a place is a decision, and the record keeps it like others:
the value below, and the site's over it. So a later change below is told like one of the package's.
"""

from __future__ import annotations

from collections.abc import Iterator

from seedgit import codes
from seedgit.named_tuple import NamedTuple
from seedgit.operations.stack.effective import Stack, would_be
from seedgit.overlay.decisions import (
    KEEP_LOCAL,
    TAKE_SEED,
    VALUE,
    Question,
    StoredDecision,
    decided_over,
    remembered,
)
from seedgit.overlay.override import ADD, REPLACE, Override, told_apart
from seedgit.overlay.rebase import Outcome
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.formats.document import Document
    from seedgit.operations.workspace import Workspace


class Standing(NamedTuple):
    """What became of an override over what is below it.

    asked  with MOVED_UNDER_LAYER, what a person is asked: `base` is what was below when the
           override was made, or decided about, and `seed` is what is below now
    """

    outcome: Outcome
    asked: Question | None = None


def standings(stack: Stack, layer: int, rule: SeedRule) -> Iterator[Standing]:
    """What became of the overrides of a layer that are in the value (`Stack.outcomes`)."""
    known = stack.layers[layer].record.decisions
    below = {asked.pointer: asked for asked in _asked(stack, layer, rule)}
    for outcome in stack.outcomes(layer):
        asked = below.get(_name(stack, outcome.override, rule)) if below else None
        if asked is None or outcome.status == codes.REDUNDANT:
            yield Standing(outcome)
            continue
        was = decided_over(known, asked.pointer, asked.local, outcome.override.over)
        by_seed = same(asked.seed, outcome.override.seed) and same(was, outcome.override.over)
        if by_seed or same(told_apart(was), told_apart(asked.seed)):
            yield Standing(outcome)
            continue
        shown = outcome.override._replace(seed=asked.seed, over=was)
        outcome = outcome._replace(status=codes.MOVED_UNDER_LAYER, override=shown)
        yield Standing(outcome, asked._replace(base=was))


def over_layers(
    workspace: Workspace, seed: Document, overlay: str, record: Record, before: Record
) -> Record:
    """The record of an overlay, which knows what lower layers have at the places of the overrides
    that were made since `before`; of one that was made again as it was, too."""
    known = {id(override) for override in before.overrides}
    made = [override for override in record.overrides if id(override) not in known]
    if not made or overlay not in workspace.names[1:]:
        return record
    stack = would_be(workspace, seed.path, seed, overlay, record)
    layer = [each.overlay for each in stack.layers].index(overlay)
    return known_below(stack, layer, workspace.rule(seed.path), made)


def known_below(stack: Stack, layer: int, rule: SeedRule, made: list[Override]) -> Record:
    """The record of a layer that knows what is below some of its overrides, as decided."""
    record = stack.layers[layer].record
    new = {_name(stack, override, rule) for override in made}
    decisions = []
    for asked in _asked(stack, layer, rule):
        if asked.pointer not in new:
            continue
        seed = next(o.seed for o in made if _name(stack, o, rule) == asked.pointer)
        was = decided_over(record.decisions, asked.pointer, asked.local, seed)
        if not same(told_apart(was), told_apart(asked.seed)):
            decisions.append(StoredDecision(asked, KEEP_LOCAL))
    return record._replace(decisions=remembered(record.decisions, decisions))


def decided_over_layer(record: Record, override: Override, decision: StoredDecision) -> Record:
    """The record with a decision about a change of a lower layer."""
    active = next((o for o in record.overrides if o.tokens == override.tokens), None)
    overrides = record.overrides
    if active is not None and decision.choice == TAKE_SEED:
        overrides = tuple(o for o in overrides if o is not active)
    elif active is not None:
        now = active._replace(why=decision.why or active.why)
        if decision.choice == VALUE:
            op = ADD if active.seed is ABSENT else REPLACE
            now = now._replace(op=op, value=decision.value)
        overrides = tuple(now if o is active else o for o in overrides)
    known = remembered(record.decisions, [decision])
    return record._replace(overrides=overrides, decisions=known)


def _asked(stack: Stack, layer: int, rule: SeedRule) -> Iterator[Question]:
    """For each override over a place below: the value that is there, and the override's own."""
    if not stack.layers[layer].lower:
        return
    below = stack.values[layer - 1] if layer else stack.seed.value
    own = stack.layers[layer].rebased.overrides
    for override, placed in zip(own, stack.placed[layer].outcomes, strict=True):
        lost = placed.status in (codes.ORPHANED, codes.AMBIGUOUS)
        if lost or _put_in(override, stack.seed.value):
            continue
        found = value_at(below, placed.override.tokens)
        yield Question(_name(stack, override, rule), found, found, override.local)


def _put_in(override: Override, seed: Value) -> bool:
    """Whether it puts an item into a list: it lies over nothing."""
    held = value_at(seed, override.tokens[:-1])
    return override.op == ADD and isinstance(held, list)


def _name(stack: Stack, override: Override, rule: SeedRule) -> str:
    return selector_of(stack.seed.value, override.tokens, rule.key_of)
