"""What an upgrade does to the overlays of each seed, and of the seeds that it removes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial

from seedgit import codes
from seedgit.errors import InputError
from seedgit.operations.plan.model import NEEDS_APPROVAL, UNCLEAR, WARNINGS, PlanDecision
from seedgit.operations.plan.overrides import (
    held_decisions,
    layer_decisions,
    lost_decisions,
    waiting_decisions,
)
from seedgit.operations.plan.upgrade import SeedVersions, Upgrade
from seedgit.operations.stack.effective import Effective, Stack, effective, layer_on
from seedgit.operations.stack.under_layers import standings
from seedgit.operations.waiting.memory import Memory
from seedgit.overlay.decisions import Question, question_of, question_of_parked
from seedgit.overlay.rebase import PARKED, Outcome, Rebased
from seedgit.rules.ownership import SeedRule


class Layers:
    """The active overlays in an upgrade."""

    def __init__(self, upgrade: Upgrade) -> None:
        self.upgrade = upgrade

    @cached_property
    def memory(self) -> Memory:
        """All decisions of all overlays. They are read only if some change needs a person."""
        return Memory(self.upgrade.before)

    def over(
        self, seed: SeedVersions, conflicted: bool
    ) -> tuple[Effective | None, list[PlanDecision]]:
        """(the effective file after the merge, what becomes of the overrides)."""
        assert seed.merged is not None
        path = seed.merged.path
        if conflicted:
            return None, list(self.held_up(seed))
        try:
            after = effective(self.upgrade.after, path)
        except InputError as error:
            bucket = NEEDS_APPROVAL if self.overlaid(path) else WARNINGS
            return None, [
                PlanDecision(bucket, path, "", UNCLEAR, codes.NOT_PARSEABLE, detail=str(error))
            ]
        was = seed.ours.path if seed.ours else None
        try:
            before = self.upgrade.before
            now = effective(before, was) if was and was in before.tracked else None
        except InputError:
            now = None
        earlier = _standing(now, before.rule(now.path)) if now else {}
        found: list[PlanDecision] = []
        standing = _standing(after, self.upgrade.after.rule(path))
        for layer, then in zip(after.layers, standing.values(), strict=True):
            found += layer_decisions(
                layer.overlay,
                path,
                layer.record,
                then,
                earlier.get((layer.overlay, layer.record.path)),
                partial(self.decided, path, then),
            )
        return after, found

    def answered(self, decision: PlanDecision) -> PlanDecision:
        """A decision about a value kept in the file, with the answer that was given before."""
        if decision.reason != codes.MOVED_UNDER or decision.bucket != NEEDS_APPROVAL:
            return decision
        base, local, remote = (decision.values[side] for side in ("base", "local", "remote"))
        asked = Question(decision.pointer, base, remote, local)
        earlier = self.memory.answer(decision.path, asked)
        return (
            decision._replace(detail=f"decided before: {earlier.choice}") if earlier else decision
        )

    def lost(self, waiting: set[str]) -> Iterator[PlanDecision]:
        """The overrides whose seed the merge removes.

        waiting  the seeds of HEAD that are in conflict after the merge
        """
        conflicted = waiting | self.upgrade.preview.unmerged.keys()
        before, after = self.upgrade.before, self.upgrade.after
        for name in after.names:
            placed = {item.record.path: item.path for item in before.stored(name)}
            candidates = after.candidates(after.stored(name))
            for item in after.stored(name):
                here = placed.get(item.record.path)
                if item.path is None and here is not None and here not in conflicted:
                    near = candidates.get(item.record.path, ())
                    lost = lost_decisions(name, here, item.record)
                    yield from (d._replace(candidates=near) for d in lost)

    def held_up(self, seed: SeedVersions) -> Iterator[PlanDecision]:
        """What becomes of the overrides of a seed in conflict, judged by upstream's version."""
        assert seed.merged is not None
        before = self.upgrade.before
        if seed.ours is None or seed.ours.path not in before.tracked:
            return
        path, theirs = seed.merged.path, self.upgrade.document(seed.theirs)
        try:
            stored = list(before.stored_for(seed.ours.path))
        except InputError as error:
            detail = str(error)
            yield PlanDecision(
                NEEDS_APPROVAL, path, "", UNCLEAR, codes.NOT_PARSEABLE, detail=detail
            )
            return
        for item in stored:
            try:
                layers = [
                    layer_on(before, item, document).rebased
                    for document in (theirs, before.seed(seed.ours.path))
                    if document is not None
                ]
            except InputError:
                layers = []
            if len(layers) < 2:
                yield from waiting_decisions(item.overlay, path, item.record)
                continue
            yield from held_decisions(item.overlay, path, *layers)

    def overlaid(self, path: str) -> bool:
        """Whether a seed has overrides, or a record that cannot be read."""
        try:
            return any(self.upgrade.after.stored_for(path))
        except InputError:
            return True

    def decided(self, path: str, after: Rebased, outcome: Outcome) -> str:
        """The earlier answer to the same question. `seedgit approve --known` repeats it."""
        parked = (p for p in after.parked if p.override is outcome.override)
        gone = next(parked, None)
        asked = question_of_parked(gone) if gone else question_of(outcome.override)
        earlier = self.memory.answer(path, asked) if outcome.needs_person else None
        return f"decided before: {earlier.choice}" if earlier else ""


def _standing(stack: Stack, rule: SeedRule) -> dict[tuple[str, str], Rebased]:
    """What became of each layer's overrides, over what is below them: by overlay and record."""
    found = {}
    for number, layer in enumerate(stack.layers):
        over = {o.override.tokens: o for o, _ in standings(stack, number, rule)}
        outcomes = tuple(
            o if o.status in PARKED else over.get(o.override.tokens, o)
            for o in layer.rebased.outcomes
        )
        found[layer.overlay, layer.record.path] = layer.rebased._replace(outcomes=outcomes)
    return found
