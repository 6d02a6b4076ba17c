"""Fetch a remote's overlays and merge them into the local ones, record by record."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal, plain
from seedgit.errors import ATTENTION, OK, REFUSED
from seedgit.operations.exchange import pull

EXAMPLES = """example:
  seedgit pull origin
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("remote", metavar="REMOTE", nargs="?", default="origin")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    done = pull(args.session.workspace(), args.remote)
    for item in done:
        why = f": {plain(str(item.refused))}" if item.refused else ""
        terminal.line(f"{plain(item.overlay)}: {item.outcome}{why}")
        if item.refused and item.refused.hint:
            terminal.line(f"  hint: {plain(item.refused.hint)}")
        for text in item.left:
            terminal.line(f"  left out: {plain(text)}")
        for path, pointer in item.conflicts:
            terminal.line(f"  both changed {plain(path)}{plain(pointer)}: the local value is kept")
    terminal.data(
        [
            {
                "overlay": i.overlay,
                "outcome": i.outcome,
                "conflicts": [list(c) for c in i.conflicts],
                "left": list(i.left),
                "reason": str(i.refused) if i.refused else "",
                "hint": i.refused.hint if i.refused else "",
            }
            for i in done
        ]
    )
    if any(item.refused for item in done):
        return REFUSED
    return ATTENTION if any(item.conflicts or item.left for item in done) else OK
