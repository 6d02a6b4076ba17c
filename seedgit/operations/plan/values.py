"""What becomes of each value of a seed in an upgrade, from the decisions of its merge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seedgit import codes
from seedgit.merge import decision as merge
from seedgit.merge.engine import Result
from seedgit.merge.tree import Entry as Part
from seedgit.operations.plan.model import (
    AUTO_APPLY,
    LOCAL,
    MERGED,
    NEEDS_APPROVAL,
    NO_OP,
    REMOTE,
    SOURCES,
    UNCLEAR,
    WARNINGS,
    PlanDecision,
)
from seedgit.rules.ownership import PRESERVE, REVIEW, YIELD, SeedRule
from seedgit.values.diff import ABSENT, changes
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value, same


def structural(path: str, result: Result, rule: SeedRule) -> Iterator[PlanDecision]:
    """The decisions about the values of one seed, by the merge of its versions."""
    yield from _Values(path, rule, result.clean).below(result.decisions, ())
    if not result.clean and not any(d.source == codes.CONFLICT for d in result.decisions.walk()):
        yield PlanDecision(NEEDS_APPROVAL, path, "", UNCLEAR, codes.NOT_SEPARABLE)


class _Values:
    def __init__(self, path: str, rule: SeedRule, clean: bool) -> None:
        self.path = path
        self.rule = rule
        self.clean = clean

    def below(self, decision: merge.Decision, at: tuple[str, ...]) -> Iterator[PlanDecision]:
        for comments in (*decision.above, *decision.below):
            yield from self.leaf(comments, at)
        if decision.children is None:
            yield from self.leaf(decision, at)
            return
        count = 0
        listed = decision.ours[0].node.kind == "list"
        for child in decision.children:
            if not listed:
                yield from self.below(child, at + child.pointer[len(decision.pointer) :])
            elif child.source == codes.CONFLICT and child.pointer == decision.pointer:
                yield from self.below(child, at)
                count += len(child.ours)
            else:
                index = str(count) if child.kept else child.pointer[-1]
                yield from self.below(child, (*at, index))
                count += child.kept

    def leaf(self, decision: merge.Decision, at: tuple[str, ...]) -> Iterator[PlanDecision]:
        reason, source = decision.reason, SOURCES[decision.source]
        base, ours, theirs = (
            _value(side) for side in (decision.base, decision.ours, decision.theirs)
        )
        three = {"base": base, "local": ours, "remote": theirs}

        def decided(bucket: str, source: str = source, reason: str = reason) -> PlanDecision:
            return PlanDecision(bucket, self.path, format_pointer(at), source, reason, three)

        if reason == codes.UNCHANGED:
            return
        if reason in (codes.ONLY_OURS_CHANGED, codes.ONLY_THEIRS_CHANGED, codes.BOTH_SAME):
            yield from self.changed(reason, source, at, three)
        elif decision.source == codes.CONFLICT and self.clean:
            # The structural merge has a conflict here, but git's merge is clean and counts.
            yield decided(AUTO_APPLY, MERGED, codes.MERGED_BY_GIT)
        elif decision.source == codes.CONFLICT:
            yield decided(NEEDS_APPROVAL)
        elif reason == codes.OVERLAY_OWNED:
            owned = self.rule.entry(at, ABSENT)
            policy = self.rule.on_seed_change(at, ABSENT) if owned else PRESERVE
            if policy == YIELD:
                yield decided(AUTO_APPLY, REMOTE, codes.YIELDED)
            else:
                yield decided(
                    NEEDS_APPROVAL if policy == REVIEW else WARNINGS, LOCAL, codes.MOVED_UNDER
                )
        else:
            pick = decision.pick or decision.source
            kept = pick == merge.OURS and same(theirs, base)
            yield decided(NO_OP if kept and decision.source != merge.MERGE else AUTO_APPLY)

    def changed(
        self, reason: str, source: str, at: tuple[str, ...], three: dict[str, Value]
    ) -> Iterator[PlanDecision]:
        """One decision for each pointer that one side changed, as deep as possible."""
        bucket, side = (
            (AUTO_APPLY, "remote") if reason == codes.ONLY_THEIRS_CHANGED else (NO_OP, "local")
        )
        base, new = three["base"], three[side]
        if base is ABSENT or new is ABSENT:
            values = {"base": base, side: new}
            yield PlanDecision(bucket, self.path, format_pointer(at), source, reason, values)
            return
        found = changes(base, new, lambda tokens: self.rule.key_of((*at, *tokens)))
        for change in found:
            values = {"base": change.old, side: change.new}
            pointer = format_pointer((*at, *change.tokens))
            yield PlanDecision(bucket, self.path, pointer, source, reason, values)
        if not found:
            yield PlanDecision(bucket, self.path, format_pointer(at), source, codes.FORMAT_ONLY)


def _value(side: Sequence[Part]) -> Value:
    if not side:
        return ABSENT
    return side[0].node.value if len(side) == 1 else [part.node.value for part in side]
