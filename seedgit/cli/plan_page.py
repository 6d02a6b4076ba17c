"""A plan as a page: the summary, the buckets, and each pointer's seed, local value and result."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.page import page
from seedgit.cli.terminal import grouped
from seedgit.merge.decision import BASE
from seedgit.named_tuple import NamedTuple
from seedgit.operations.plan.model import (
    AUTO_APPLY,
    BUCKETS,
    LOCAL,
    NEEDS_APPROVAL,
    NO_OP,
    REMOTE,
    WARNINGS,
    Plan,
    PlanDecision,
)
from seedgit.values.diff import ABSENT

TITLES = {
    NEEDS_APPROVAL: "Needs you",
    WARNINGS: "Kept, but worth knowing",
    AUTO_APPLY: "Comes with the merge",
    NO_OP: "Stays as it is",
}


class Sides(NamedTuple):
    """The seed's value before and after, the site's, and the merge's: a value, or words for it."""

    old: object
    new: object
    local: object
    result: object = ABSENT
    text: str = ""


def html(made: Plan) -> str:
    """The whole page."""
    found = grouped((d for name in BUCKETS for d in made.bucket(name)), lambda d: d.path)
    conflicted = {path for seed in made.seeds if seed.conflicted for path in (seed.path, seed.was)}
    return page(
        "plan.html.j2",
        made=made,
        files=[_file(path, found[path], path in conflicted) for path in sorted(found)],
        numbers={name: len(made.bucket(name)) for name in BUCKETS},
        titles=TITLES,
        sides=sides,
    )


def _file(path: str, found: list[PlanDecision], conflicted: bool) -> dict[str, object]:
    """A file's decisions, the most serious first, apart from what stays as it is."""
    return {
        "path": path,
        "conflicted": conflicted,
        "busy": [d for d in found if d.bucket != NO_OP],
        "idle": [d for d in found if d.bucket == NO_OP],
    }


def sides(decision: PlanDecision) -> Sides:
    """What the seed has, what the site has, and what the merge leaves."""
    base = decision.values.get("base", ABSENT)
    new = decision.values.get("remote", base)
    # A site without its own side has what the base has.
    local = decision.values.get("local", base)
    text = _text(decision)
    if text:
        return Sides(base, new, local, text=text)
    return Sides(base, new, local, {LOCAL: local, REMOTE: new, BASE: base}[decision.source])


def _text(decision: PlanDecision) -> str:
    """The result in words, if it is not simply a value."""
    if decision.reason in (codes.ORPHANED, codes.AMBIGUOUS):
        return "parked: not in the effective file"
    if decision.bucket == NEEDS_APPROVAL and decision.source not in (LOCAL, REMOTE):
        return "undecided"
    if decision.reason == codes.ALREADY_PENDING:
        return "as before; it still waits"
    if not decision.values:
        return "—"
    return "" if decision.source in (LOCAL, REMOTE, BASE) else "both, merged"
