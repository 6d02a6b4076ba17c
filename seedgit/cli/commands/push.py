"""Send the active overlays to a remote. Seeds are sent by git push."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal
from seedgit.errors import OK, REFUSED
from seedgit.git.names import pasted

EXAMPLES = """example:
  seedgit push origin
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("remote", metavar="REMOTE", nargs="?", default="origin")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.git.transfer import REMEDIES
    from seedgit.operations.pull import push

    workspace = args.session.workspace()
    done = push(workspace, args.remote)
    for item in done:
        terminal.line(f"{item.name}: {item.outcome}" + (f" ({item.reason})" if item.reason else ""))
        if item.outcome in REMEDIES:
            terminal.line(f"  hint: {REMEDIES[item.outcome].format(remote=pasted(args.remote))}")
    terminal.data([{"overlay": i.name, "outcome": i.outcome, "reason": i.reason} for i in done])
    return REFUSED if any(item.outcome in REMEDIES for item in done) else OK
