"""Fetch, plan, merge and sync in one go. Stops before what needs a person."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, SeedgitError, UsageError
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.upgrade import Upgraded

EXAMPLES = """examples:
  seedgit upgrade                 to what the upstream has
  seedgit upgrade origin/main     to another branch, or a tag
  seedgit upgrade --continue      it stopped: merge all the same, or commit the resolved merge
  seedgit upgrade --abort         it stopped: leave everything as it was before
  git config --global --add seedgit.clone /srv/berlin
  seedgit upgrade --all           the clones that are listed so, one after another

It does what git fetch, seedgit plan, git merge and seedgit sync do. If the plan has conflicts, or
overrides for a person to look at, nothing is merged before --continue. Whoever runs git merge
instead has done the same. Status 1 says that something needs a person.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ref", metavar="REF", nargs="?", help="what to merge (default: upstream)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--continue", action="store_true", dest="go_on", help="go on with one that has stopped"
    )
    way.add_argument("--abort", action="store_true", help="take back one that has stopped")
    way.add_argument(
        "--all", action="store_true", help="upgrade the clones that git config seedgit.clone lists"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.upgrade import go_on, take_back, upgrade

    if args.ref and (args.go_on or args.abort or args.all):
        raise UsageError("REF goes with none of --continue, --abort and --all")
    workspace = args.session.workspace()
    if args.all:
        return _all(args, terminal)
    if args.go_on:
        done = go_on(workspace)
    elif args.abort:
        done = take_back(workspace)
    else:
        done = upgrade(workspace, args.ref)
    # If it was cut off after the merge, the live trees are out of step: given again, it syncs them.
    args.session.seeds_moved = not (done.stopped or done.taken_back)
    if done.plan:
        from seedgit.cli.commands.plan import tell

        tell(done.plan, workspace, terminal)
    terminal.line(_said(done))
    if done.stopped:
        what = "resolve them, then " if done.conflicts else ""
        terminal.line(f"{what}seedgit upgrade --continue goes on, --abort takes it back")
    if done.waiting:
        terminal.line("seedgit pending lists what waits")
    if done.before == done.after and not (done.stopped or done.taken_back):
        terminal.reason(codes.NOOP_ALREADY_UP_TO_DATE, done.ref)
    terminal.data(done.data())
    return ATTENTION if done.stopped or done.waiting else OK


def _said(done: Upgraded) -> str:
    """How far it has come, in a line."""
    if done.taken_back:
        return f"the upgrade to {done.ref} is taken back"
    if done.conflicts:
        return f"stopped in the merge: {number_of(len(done.conflicts), 'file')} in conflict"
    if done.stopped:
        return "stopped before the merge: the plan has something for you to decide"
    waits = f"; {number_of(done.waiting, 'decision')} for you" if done.waiting else ""
    if done.before == done.after:
        return f"{done.ref}: already up to date{waits}"
    return f"upgraded to {done.ref}: {done.before[:12]} -> {done.after[:12]}{waits}"


def _all(args: argparse.Namespace, terminal: Terminal) -> int:
    """A line for each listed clone."""
    from seedgit.operations.upgrade_all import upgrade_each

    status, rows = OK, []
    for place, done in upgrade_each(args.session.workspace()):
        failed = isinstance(done, SeedgitError)
        if isinstance(done, SeedgitError):
            terminal.line(f"{place}: {done}")
            rows.append({"clone": place, "error": str(done)})
        else:
            terminal.line(f"{place}: {_said(done)}")
            rows.append({"clone": place, **done.data()})
            failed = done.stopped or bool(done.waiting)
        status = ATTENTION if failed else status
    if not rows:
        terminal.line("no clone is listed: git config --global --add seedgit.clone PATH")
    terminal.data(rows)
    return status
