"""A plan as a page: the summary, the buckets, and each pointer's seed, local value and result."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit import codes
from seedgit.cli.page import NextCommand, page
from seedgit.cli.terminal import grouped
from seedgit.git.names import pasted
from seedgit.merge.decision import BASE
from seedgit.named_tuple import NamedTuple
from seedgit.operations.plan.model import (
    AUTO_APPLY,
    BUCKETS,
    LOCAL,
    NEEDS_APPROVAL,
    NO_OP,
    REMOTE,
    UP_TO_DATE,
    WARNINGS,
    Plan,
    PlanDecision,
)
from seedgit.values.diff import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    return page("plan.html.j2", **data(made))


def data(made: Plan) -> dict[str, Any]:
    """What the page's template shows."""
    return {
        "made": made,
        "sections": [_section(made, name) for name in BUCKETS if made.bucket(name)],
        "numbers": {name: len(made.bucket(name)) for name in BUCKETS},
        "titles": TITLES,
        "sides": sides,
        "move": lambda path, new: f"seedgit move {pasted(path, new)}",
        "next": list(_next(made)),
    }


def _section(made: Plan, bucket: str) -> dict[str, Any]:
    """The decisions of a bucket, by file. What stays as it is, is folded."""
    conflicted = {path for seed in made.seeds if seed.conflicted for path in (seed.path, seed.was)}
    found = grouped(made.bucket(bucket), lambda d: d.path)
    files = [
        {"path": path, "conflicted": path in conflicted, "decisions": found[path]}
        for path in sorted(found)
    ]
    count = sum(len(each) for each in found.values())
    return {"bucket": bucket, "files": files, "count": count, "folded": bucket == NO_OP}


def _next(made: Plan) -> Iterator[NextCommand]:
    """What a person may do now, in this order."""
    if made.kind == UP_TO_DATE:
        return
    if made.blocked:
        puts = f"git stash push {pasted(*made.blocked)}"
        yield NextCommand(puts, "puts the changes aside that git would refuse; or commit them")
    yield NextCommand(f"git merge {pasted(made.ref)}", "does what is shown here")
    upgrade = "does so too, stops before what needs you, and brings live files into step"
    yield NextCommand(f"seedgit upgrade {pasted(made.ref)}", upgrade)
    if made.elsewhere or any(seed.conflicted for seed in made.seeds):
        yield NextCommand(
            "seedgit conflicts", "after the merge: shows where both sides changed a value"
        )
    if any(d.overlay for d in made.bucket(NEEDS_APPROVAL)):
        yield NextCommand("seedgit resolve", "after the merge: walks through what needs you")


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
        return ""
    return "" if decision.source in (LOCAL, REMOTE, BASE) else "both, merged"
