"""What becomes of each value of a seed in an upgrade, by what its merge decided."""

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
    Decision,
)
from seedgit.rules.ownership import PRESERVE, REVIEW, YIELD, SeedRule
from seedgit.values.diff import ABSENT, changes
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value, same


def structural(path: str, result: Result, rule: SeedRule) -> Iterator[Decision]:
    yield from _walk(path, result.decisions, (), result.clean, rule)
    if not result.clean and not any(d.source == codes.CONFLICT for d in result.decisions.walk()):
        yield Decision(NEEDS_APPROVAL, path, "", UNCLEAR, codes.NOT_SEPARABLE)


def _walk(
    path: str, decision: merge.Decision, at: tuple[str, ...], clean: bool, rule: SeedRule
) -> Iterator[Decision]:
    for comments in (*decision.above, *decision.below):
        yield from _leaf(path, comments, at, clean, rule)
    if decision.children is None:
        yield from _leaf(path, decision, at, clean, rule)
        return
    count = 0
    listed = decision.ours[0].node.kind == "list"
    for child in decision.children:
        if not listed:
            inside = child.pointer[len(decision.pointer) :]
            yield from _walk(path, child, at + inside, clean, rule)
        elif child.source == codes.CONFLICT and child.pointer == decision.pointer:
            yield from _walk(path, child, at, clean, rule)
            count += len(child.ours)
        else:
            index = str(count) if child.kept else child.pointer[-1]
            yield from _walk(path, child, (*at, index), clean, rule)
            count += child.kept


def _leaf(
    path: str, decision: merge.Decision, at: tuple[str, ...], clean: bool, rule: SeedRule
) -> Iterator[Decision]:
    reason, source = decision.reason, SOURCES[decision.source]
    b, o, t = (_value(side) for side in (decision.base, decision.ours, decision.theirs))
    three = {"base": b, "local": o, "remote": t}

    def decided(bucket: str, source: str = source, reason: str = reason) -> Decision:
        return Decision(bucket, path, format_pointer(at), source, reason, three)

    if reason == codes.UNCHANGED:
        return
    if reason in (codes.ONLY_OURS_CHANGED, codes.ONLY_THEIRS_CHANGED, codes.BOTH_SAME):
        bucket = AUTO_APPLY if reason == codes.ONLY_THEIRS_CHANGED else NO_OP
        yield from _below(path, at, bucket, source, reason, b, o, t, rule)
    elif decision.source == codes.CONFLICT and clean:
        # The structure knows no more than git here, and git's merge is clean.
        yield decided(AUTO_APPLY, MERGED, codes.MERGED_BY_GIT)
    elif decision.source == codes.CONFLICT:
        yield decided(NEEDS_APPROVAL)
    elif reason == codes.OVERLAY_OWNED:
        policy = rule.on_seed_change(at, ABSENT) if rule.entry(at, ABSENT) else PRESERVE
        if policy == YIELD:
            yield decided(AUTO_APPLY, REMOTE, codes.YIELDED)
        else:
            yield decided(
                NEEDS_APPROVAL if policy == REVIEW else WARNINGS, LOCAL, codes.MOVED_UNDER
            )
    else:
        pick = decision.pick or decision.source
        ours = pick == merge.OURS and same(t, b)
        yield decided(NO_OP if ours and decision.source != merge.MERGE else AUTO_APPLY)


def _value(side: Sequence[Part]) -> Value:
    if not side:
        return ABSENT
    return side[0].node.value if len(side) == 1 else [part.node.value for part in side]


def _below(
    path: str,
    at: tuple[str, ...],
    bucket: str,
    source: str,
    reason: str,
    base: Value,
    ours: Value,
    theirs: Value,
    rule: SeedRule,
) -> Iterator[Decision]:
    """One decision a pointer, as deep as the versions are comparable."""
    new = theirs if bucket == AUTO_APPLY else ours
    side = "remote" if bucket == AUTO_APPLY else "local"
    if base is ABSENT or new is ABSENT:
        values = {"base": base, side: new}
        yield Decision(bucket, path, format_pointer(at), source, reason, values)
        return
    found = changes(base, new, lambda tokens: rule.key_of((*at, *tokens)))
    for change in found:
        values = {"base": change.old, side: change.new}
        pointer = format_pointer((*at, *change.tokens))
        yield Decision(bucket, path, pointer, source, reason, values)
    if not found:
        yield Decision(bucket, path, format_pointer(at), source, codes.FORMAT_ONLY)
