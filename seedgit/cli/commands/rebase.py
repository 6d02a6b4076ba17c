"""Store the overlays rebased onto the seeds as they are now."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.options import CONCERNS, add_overlay
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """example:
  seedgit rebase

If a seed does not parse, its overrides stay as they are, and the status is 1.

You need not run this: whatever reads an overlay rebases it first. This makes that quicker, and the
overlay's log then shows which version of a seed came in when.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    add_overlay(parser, CONCERNS)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.rebase import persist

    done = persist(args.session.workspace())
    moved = done.moved
    for item in moved:
        name = item.path if item.was == item.path else f"{item.was} -> {item.path}"
        terminal.line(f"overlay {item.overlay}: {name}")
        for outcome in item.outcomes:
            if outcome.status != codes.UNCHANGED:
                terminal.line(f"  {outcome.status:<12} {outcome.override.pointer}")
    for left in done.left:
        terminal.remark(f"overlay {left.overlay}: stays as it is: {left.why}")
    if not moved and not done.left:
        terminal.line("The overlays are rebased onto today's seeds already.")
        terminal.reason(codes.NOOP_UP_TO_DATE)
    terminal.data(
        [
            {
                "overlay": item.overlay,
                "was": item.was,
                "path": item.path,
                "outcomes": [
                    {"status": o.status, "pointer": o.override.pointer} for o in item.outcomes
                ],
            }
            for item in moved
        ]
        + [
            {"overlay": left.overlay, "was": left.path, "path": left.path, "left": left.why}
            for left in done.left
        ]
    )
    return ATTENTION if done.left else OK
