"""Store the overlays rebased onto the seeds as they are now."""

from __future__ import annotations

import argparse

from seedgit import reasons
from seedgit.cli.terminal import Terminal, plain
from seedgit.operations.persist import persist

EXAMPLES = """example:
  seedgit rebase

Nothing depends on it: whatever reads an overlay rebases it first. It makes that quicker, and the
overlay's log shows when which seed came in.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    moved = persist(args.session.workspace())
    for item in moved:
        name = item.path if item.was == item.path else f"{item.was} -> {item.path}"
        terminal.line(f"overlay {item.overlay}: {plain(name)}")
        for outcome in item.outcomes:
            if outcome.status != "unchanged":
                terminal.line(f"  {outcome.status:<12} {plain(outcome.override.pointer)}")
    if not moved:
        terminal.line("The overlays are over the seeds of today already.")
        terminal.reason(reasons.UP_TO_DATE)
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
    )
    return 0
