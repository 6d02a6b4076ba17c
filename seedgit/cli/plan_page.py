"""A plan as a page: the summary, the buckets, and each pointer's seed, local value and result."""

from __future__ import annotations

from seedgit.cli.page import change, counts, filter_bar, page, row, rows, text, value
from seedgit.operations.plan.model import (
    ALREADY_PENDING,
    AUTO_APPLY,
    BASE,
    BUCKETS,
    LOCAL,
    NEEDS_APPROVAL,
    NO_OP,
    REMOTE,
    WARNINGS,
    Decision,
    Plan,
)
from seedgit.overlay.rebase import AMBIGUOUS, ORPHANED
from seedgit.values.diff import ABSENT
from seedgit.values.value import same

TITLES = {
    NEEDS_APPROVAL: "Needs you",
    WARNINGS: "Kept, but worth knowing",
    AUTO_APPLY: "Comes with the merge",
    NO_OP: "Stays as it is",
}
BUTTONS = tuple(TITLES.items())
HEAD = ("pointer", "seed", "local", "result", "why")
NOTHING = "—"


def html(made: Plan) -> str:
    """The whole page."""
    parts = [
        f"<p>{text(made.ref)} ({text(made.commit[:12])}) into {text(made.head[:12])}: "
        f"<strong>{text(made.kind)}</strong>. Nothing has been changed.</p>",
        counts([(name, len(made.bucket(name)), TITLES[name]) for name in BUCKETS]),
    ]
    for title, names in (
        ("Conflicts in other files", made.elsewhere),
        ("git would refuse now, because of uncommitted changes in", made.blocked),
    ):
        if names:
            parts.append(f"<p><strong>{title}:</strong> {text(', '.join(names))}</p>")
    parts.append(filter_bar(BUTTONS, "File"))
    paths = sorted({d.path for d in made.decisions})
    parts += [_file(made, path) for path in paths]
    if not made.decisions:
        parts.append("<p>No seed changes.</p>")
    return page(f"seedgit: plan of {made.ref}", "\n".join(parts), filtered=True)


def _file(made: Plan, path: str) -> str:
    found = [d for name in BUCKETS for d in made.bucket(name) if d.path == path]
    busy = [_row(d) for d in found if d.bucket != NO_OP]
    idle = [_row(d) for d in found if d.bucket == NO_OP]
    inner = rows(HEAD, busy) if busy else ""
    if idle:
        inner += (
            f"<details data-fold data-section><summary>{len(idle)} unchanged</summary>"
            f"{rows(HEAD, idle)}</details>"
        )
    conflict = any(seed.conflicted for seed in made.seeds if path in (seed.path, seed.was))
    mark = ' <span class="tag needs_approval">conflict</span>' if conflict else ""
    return f"<section data-section><h2>{text(path or 'This clone')}{mark}</h2>\n{inner}</section>"


def _row(decision: Decision) -> str:
    seed, local, result = sides(decision)
    reason = f'<span class="tag">{text(decision.reason)}</span>'
    if decision.overlay:
        reason += f"<br>overlay {text(decision.overlay)}"
    if decision.detail:
        reason += f"<br>{text(decision.detail)}"
    cells = (text(decision.said or "(file)"), seed, local, result, reason)
    return row(decision.bucket, decision.path, cells)


def sides(decision: Decision) -> tuple[str, str, str]:
    """What the seed has, what the site has, and what the merge leaves, as HTML."""
    values = decision.values
    if not values:
        return NOTHING, NOTHING, _said(decision, ABSENT, ABSENT)
    base = values.get("base", ABSENT)
    old, new = base, values.get("remote", base)
    # Without a side of its own the site has what the base has.
    local = values.get("local", base)
    seed = value(new) if alike(old, new) else change(old, new)
    return seed, value(local), _said(decision, local, new)


def _said(decision: Decision, local: object, remote: object) -> str:
    if decision.reason in (ORPHANED, AMBIGUOUS):
        return "parked: not in the effective file"
    if decision.bucket == NEEDS_APPROVAL and decision.source not in (LOCAL, REMOTE):
        return "undecided"
    if decision.reason == ALREADY_PENDING:
        return "as before; it still waits"
    if not decision.values:
        return NOTHING
    chosen = {LOCAL: local, REMOTE: remote, BASE: decision.values.get("base", ABSENT)}
    if decision.source not in chosen:
        return "both, merged"
    return f'<span class="result">{value(chosen[decision.source])}</span>'


def alike(one: object, other: object) -> bool:
    """Whether two sides have the same there, or both nothing."""
    return one is other or (ABSENT not in (one, other) and same(one, other))
