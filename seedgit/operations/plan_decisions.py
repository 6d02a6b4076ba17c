"""What becomes of each pointer in an upgrade, as data: of a seed's values, and of the overrides.

No git and no files: a structural merge, or a rebase, is asked for what it decided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from seedgit.formats.three_way import Result
from seedgit.merge import decision as core
from seedgit.merge.decision import Merged
from seedgit.merge.policy_of_rules import OVERLAY_OWNED
from seedgit.merge.tree import Entry as Part
from seedgit.overlay.override import YIELDED, Override, Record
from seedgit.overlay.rebase import AMBIGUOUS, MOVED_UNDER, ORPHANED, Outcome, Rebased
from seedgit.rules.ownership import PRESERVE, REVIEW, YIELD, SeedRule
from seedgit.values.diff import ABSENT, changes
from seedgit.values.pointer import exists, format_pointer, is_index, parse_pointer, resolve
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, same

if TYPE_CHECKING:
    from seedgit.values.diff import KeyOf

AUTO_APPLY, NEEDS_APPROVAL = "auto_apply", "needs_approval"
WARNINGS, NO_OP = "warnings", "no_op"
BUCKETS = (NEEDS_APPROVAL, WARNINGS, AUTO_APPLY, NO_OP)

# Where a decision takes its value from.
LOCAL, REMOTE, BASE, MERGED, UNCLEAR = "local", "remote", "base", "merge", "ambiguous"
SOURCES = {
    core.BASE: BASE,
    core.OURS: LOCAL,
    core.THEIRS: REMOTE,
    core.MERGE: MERGED,
    core.CONFLICT: UNCLEAR,
}

# Why, besides the codes of core.merged and core.rebase.
SEED_ADDED = "seed-added"
SEED_DELETED = "seed-deleted"
SEED_RENAMED = "seed-renamed"
SEED_LINKED = "seed-linked"
MODE_CHANGED = "mode-changed"
FORMAT_ONLY = "format-only"
BY_GIT = "merged-by-git"
NOT_PARSEABLE = "not-parseable"
NOT_SEPARABLE = "not-separable"
RESTORED = "restored"
WAITS = "seed-in-conflict"
ALREADY_PENDING = "already-pending"
RULES_CHANGED = "rules-changed"
DRIVER_MISSING = "driver-not-installed"


@dataclass(frozen=True)
class Decision:
    """What becomes of one pointer. `pointer` counts list items in the merged seed where it can.

    name: the pointer, but items of lists by identity; "" where nobody has looked
    values: those of base, local (the site's), remote (upstream's); what is absent is left out
    overlay: the overlay an override is from; "" where the decision is about the seed alone
    candidates: where its seed is gone, the files that may become of it
    """

    bucket: str
    path: str
    pointer: str
    source: str
    reason: str
    values: dict[str, Value] = field(default_factory=dict)
    overlay: str = ""
    detail: str = ""
    candidates: tuple[str, ...] = ()
    name: str = ""

    @property
    def said(self) -> str:
        return self.name or self.pointer

    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "path": self.path,
            "pointer": self.pointer,
            "name": self.said,
            "source": self.source,
            "reason": self.reason,
            "values": {k: v for k, v in self.values.items() if v is not ABSENT},
        }
        found |= {k: v for k in ("overlay", "detail") if (v := getattr(self, k))}
        return found | ({"candidates": list(self.candidates)} if self.candidates else {})


def _held(record: Record) -> Iterator[Override]:
    yield from record.overrides
    for parked in record.parked:
        yield parked.override


# -- the decisions of a structural merge ---------------------------------------------------------


def structural(path: str, result: Result, rule: SeedRule) -> Iterator[Decision]:
    yield from _walk(path, result.decisions, (), result.clean, rule)
    if not result.clean and not any(d.source == core.CONFLICT for d in result.decisions.walk()):
        yield Decision(NEEDS_APPROVAL, path, "", UNCLEAR, NOT_SEPARABLE)


def _walk(
    path: str, decision: Merged, at: tuple[str, ...], clean: bool, rule: SeedRule
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
        elif child.source == core.CONFLICT and child.pointer == decision.pointer:
            yield from _walk(path, child, at, clean, rule)
            count += len(child.ours)
        else:
            index = str(count) if child.kept else child.pointer[-1]
            yield from _walk(path, child, (*at, index), clean, rule)
            count += child.kept


def _leaf(
    path: str, decision: Merged, at: tuple[str, ...], clean: bool, rule: SeedRule
) -> Iterator[Decision]:
    reason, source = decision.reason, SOURCES[decision.source]
    b, o, t = (_value(side) for side in (decision.base, decision.ours, decision.theirs))
    three = {"base": b, "local": o, "remote": t}

    def decided(bucket: str, source: str = source, reason: str = reason) -> Decision:
        return Decision(bucket, path, format_pointer(at), source, reason, three)

    if reason == core.UNCHANGED:
        return
    if reason in (core.ONLY_OURS, core.ONLY_THEIRS, core.BOTH_SAME):
        bucket = AUTO_APPLY if reason == core.ONLY_THEIRS else NO_OP
        yield from _below(path, at, bucket, source, reason, b, o, t, rule)
    elif decision.source == core.CONFLICT and clean:
        # The structure knows no more than git here, and git's merge is clean.
        yield decided(AUTO_APPLY, MERGED, BY_GIT)
    elif decision.source == core.CONFLICT:
        yield decided(NEEDS_APPROVAL)
    elif reason == OVERLAY_OWNED:
        policy = rule.on_seed_change(at, ABSENT) if rule.entry(at, ABSENT) else PRESERVE
        if policy == YIELD:
            yield decided(AUTO_APPLY, REMOTE, YIELDED)
        else:
            yield decided(NEEDS_APPROVAL if policy == REVIEW else WARNINGS, LOCAL, MOVED_UNDER)
    else:
        pick = decision.pick or decision.source
        ours = pick == core.OURS and same(t, b)
        yield decided(NO_OP if ours and decision.source != core.MERGE else AUTO_APPLY)


def _value(side: list[Part]) -> Value:
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
        yield Decision(bucket, path, format_pointer(at), source, FORMAT_ONLY)


# -- what becomes of overrides -------------------------------------------------------------------


def layer_decisions(
    overlay: str,
    path: str,
    record: Record,
    after: Rebased,
    now: Rebased | None,
    decided: Callable[[Outcome], str] = lambda outcome: "",
) -> list[Decision]:
    """What becomes of the overrides of a record: `after` on the seed to come, `now` on today's."""
    found: list[Decision] = []
    outcomes = after.outcomes
    count = len(record.overrides)
    before = now.outcomes if now else ()
    names = _parked_names(after)
    for n, outcome in enumerate(outcomes):
        same_as_now = n < count and n < len(before) and _alike(outcome, before[n])
        made = _outcome(overlay, path, outcome, same_as_now, n >= count)
        name = names.get(id(outcome.override), "")
        found.append(replace(made, detail=decided(outcome), name=name))
    parked_now = now.parked if now else ()
    for parked in after.parked:
        if any(parked.override == o.override for o in outcomes):
            continue
        bucket = WARNINGS if parked in parked_now else NEEDS_APPROVAL
        reason = ALREADY_PENDING if parked in parked_now else parked.reason
        gone = parked.reason != YIELDED
        about = _about(bucket, overlay, path, parked.override, UNCLEAR, reason, gone=gone)
        found.append(replace(about, name=names.get(id(parked.override), "")))
    return found


def _parked_names(rebased: Rebased) -> dict[int, str]:
    """How what has no place any more is named; its pointer may be another item's by now."""
    return {id(p.override): p.said for p in rebased.parked if p.reason != YIELDED}


def held_decisions(overlay: str, path: str, theirs: Rebased, now: Rebased) -> Iterator[Decision]:
    """The same of a seed in conflict: `theirs` is the layer on upstream's version."""
    for outcome, today in zip(theirs.outcomes, now.outcomes, strict=False):
        if _alike(outcome, today):
            yield _about(WARNINGS, overlay, path, outcome.override, UNCLEAR, WAITS)
        else:
            made = _outcome(overlay, path, outcome, False, False)
            name = _parked_names(theirs).get(id(outcome.override), "")
            yield replace(made, detail="the seed is in conflict", name=name)


def waiting_decisions(overlay: str, path: str, record: Record) -> list[Decision]:
    """The same where nothing is known but that the seed is in conflict."""
    return [_about(WARNINGS, overlay, path, o, UNCLEAR, WAITS) for o in _held(record)]


def lost_decisions(overlay: str, path: str, record: Record) -> list[Decision]:
    """The overrides whose seed the merge takes away."""
    return [
        _about(NEEDS_APPROVAL, overlay, path, o, UNCLEAR, ORPHANED, gone=True)
        for o in _held(record)
    ]


def _alike(one: Outcome, other: Outcome) -> bool:
    return one.status == other.status and same(one.override.seed, other.override.seed)


def _outcome(
    overlay: str, path: str, outcome: Outcome, same_as_now: bool, restored: bool
) -> Decision:
    status, policy = outcome.status, outcome.on_seed_change
    bucket, source, reason = NO_OP, LOCAL, status
    if same_as_now and outcome.needs_person:
        bucket, reason = WARNINGS, ALREADY_PENDING
    elif restored and status != MOVED_UNDER:
        bucket, reason = AUTO_APPLY, RESTORED
    elif status in (ORPHANED, AMBIGUOUS):
        bucket, source = NEEDS_APPROVAL, UNCLEAR
    elif status == YIELDED:
        bucket, source = AUTO_APPLY, REMOTE
    elif status == MOVED_UNDER and not same_as_now:
        bucket = NEEDS_APPROVAL if policy == REVIEW else WARNINGS
    gone = status in (ORPHANED, AMBIGUOUS)
    return _about(bucket, overlay, path, outcome.override, source, reason, gone=gone)


def _about(
    bucket: str,
    overlay: str,
    path: str,
    override: Override,
    source: str,
    reason: str,
    *,
    gone: bool = False,
) -> Decision:
    """gone: upstream has no such place any more, whatever was there."""
    seed = ABSENT if gone else override.seed
    values = {"base": override.over, "local": override.local, "remote": seed}
    return Decision(bucket, path, override.pointer, source, reason, values, overlay)


# -- how a person may name it ----------------------------------------------------------------------


def named(decision: Decision, merged: Value, versions: Sequence[Value], key_of: KeyOf) -> Decision:
    """The decision with its name, from the first document that has one of its values there.

    merged  the merge's result, ABSENT where there is none yet: a pointer counts the items of its
            lists, so that a member that is gone has its name from what it was in
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
                return replace(decision, name=selector_of(document, tokens, key_of))
    if len(values) < len(decision.values) and merged is not ABSENT:
        holder = resolve(merged, tokens[:-1]) if exists(merged, tokens[:-1]) else None
        if isinstance(holder, dict):
            return replace(decision, name=selector_of(merged, tokens, key_of))
    return decision


def told_by(decision: Decision, overrides: Collection[Decision]) -> bool:
    """Whether a change of upstream's is what an override's own decision tells already."""
    return any(
        decision.said == other.said or decision.said.startswith(other.said + "/")
        for other in overrides
    )
