"""Show what `git merge REF` would do to seeds and overrides. Changes nothing."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import SHORT, WHOLE, Terminal, grouped, moves, shown
from seedgit.errors import ATTENTION, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.plan.model import Plan, PlanDecision
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  git fetch && seedgit plan origin/main      before git merge origin/main
  seedgit plan                               with the upstream of this branch
  seedgit plan origin/main flows/wiki.yaml   for one seed
  seedgit plan origin/main --exit-code       status 1 if a person is needed
  seedgit plan origin/main --json            every decision, for programs
  seedgit plan origin/main --html plan.html  the same as a page, to read and to pass on

buckets:
  needs_approval   conflicts; overrides that are orphaned, ambiguous or reviewed
  warnings         the seed changes under an override that is kept
  auto_apply       upstream's changes, and overrides that yield
  no_op            what stays as it is (shown with -v, which also shows long values in full)
"""

# A preview changes nothing at all, so it is not in the journal either.
RECORDED = False


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "ref", metavar="REF", nargs="?", help="what would be merged (default: upstream)"
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="only these seeds")
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 1 if a person is needed"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page that needs no network")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.plan_page import html
    from seedgit.operations.plan.model import UP_TO_DATE
    from seedgit.operations.plan.preview import plan
    from seedgit.operations.save_page import save_page

    workspace = args.session.workspace()
    made = plan(workspace, args.ref, args.files)
    if terminal.as_json:
        terminal.data(made.data())
    if args.html:
        save_page(workspace, args.html, terminal.masked(html(made)))
        terminal.line(f"wrote {args.html}")
        terminal.line(summary(made))
        return _status(args, made)
    tell(made, workspace, terminal)
    if made.kind == UP_TO_DATE:
        terminal.reason(codes.NOOP_ALREADY_UP_TO_DATE, made.ref)
    return _status(args, made)


def tell(made: Plan, workspace: Workspace, terminal: Terminal) -> None:
    """Print a plan."""
    from seedgit.operations.plan.model import NO_OP

    for bucket, title, style in _titles():
        found = made.bucket(bucket)
        if found and (bucket != NO_OP or terminal.verbose):
            terminal.line(terminal.style(title, style))
            _print(found, workspace, terminal, len(made.layers) > 1)
    terminal.line(summary(made))
    if made.elsewhere:
        terminal.line(f"conflicts in other files: {_names(made.elsewhere)}")
    if made.blocked:
        terminal.line(f"git would refuse now: uncommitted changes in {_names(made.blocked)}")
        _tell_way_on(workspace, made, terminal)


def _titles() -> tuple[tuple[str, str, str], ...]:
    """The buckets in their order, each with its title and colour."""
    from seedgit.operations.plan.model import AUTO_APPLY, NEEDS_APPROVAL, NO_OP, WARNINGS

    return (
        (NEEDS_APPROVAL, "Needs you:", "red"),
        (WARNINGS, "Kept, but worth knowing:", "yellow"),
        (AUTO_APPLY, "Comes with the merge:", "green"),
        (NO_OP, "Stays as it is:", "dim"),
    )


def _tell_way_on(workspace: Workspace, made: Plan, terminal: Terminal) -> None:
    """What to do about files with uncommitted changes."""
    from seedgit.operations.seeds.site_edits import site_edits

    edits = [path for path in site_edits(workspace).site if path in made.blocked]
    if not edits:
        terminal.line("hint: commit or stash them first")
        return
    terminal.line(f"hint: seedgit capture {workspace.pasted(*edits)}")
    terminal.line("  moves what the site owns into the overlay; then commit or stash what is left")


def _status(args: argparse.Namespace, made: Plan) -> int:
    return ATTENTION if args.exit_code and (made.needs_person or made.blocked) else OK


def summary(made: Plan) -> str:
    """The whole plan in one line."""
    from seedgit.operations.plan.model import (
        AUTO_APPLY,
        NEEDS_APPROVAL,
        NO_OP,
        UP_TO_DATE,
        WARNINGS,
    )

    if made.kind == UP_TO_DATE:
        return f"{made.ref}: already up to date"
    names = {
        AUTO_APPLY: "applied",
        NEEDS_APPROVAL: "for you to decide",
        WARNINGS: "warnings",
        NO_OP: "kept",
    }
    counts = [f"{len(made.bucket(b))} {names[b]}" for b in names if made.bucket(b)]
    counts += [f"{made.covered} of them covered by a layer"] * bool(made.covered)
    return f"{made.ref} ({made.kind}): {', '.join(counts) or 'no seed changes'}"


def _names(paths: tuple[str, ...]) -> str:
    shown_paths = ", ".join(paths[:3])
    return shown_paths + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _print(
    decisions: tuple[PlanDecision, ...], workspace: Workspace, terminal: Terminal, layered: bool
) -> None:
    width = WHOLE if terminal.verbose else SHORT
    for path, found in grouped(decisions, lambda d: d.path).items():
        if path:
            terminal.line(f"  {terminal.style(path, 'bold')}")
        rows = [(d.reason, d.label or "(file)", _values(d, width, layered)) for d in found]
        terminal.table(rows, indent="    ")
        gone = (d.candidates for d in found if d.candidates)
        to = moves(path, next(gone, ()), workspace.pasted, when="after the merge, ")
        terminal.lines(to, indent="    ")


def _values(decision: PlanDecision, width: int, layered: bool) -> str:
    data = decision.data()["values"]
    text = ", ".join(f"{name} {shown(value, width)}" for name, value in data.items())
    notes = [f"layer {decision.overlay}"] if layered and decision.overlay else []
    notes += [f"covered by {decision.covered_by}"] if decision.covered_by else []
    detail = "; ".join([*notes, *filter(None, [decision.detail])])
    return f"{text}  ({detail})" if text and detail else text or detail
