"""Draft ownership rules from what the site keeps changing; writes nothing."""

from __future__ import annotations

import argparse

from seedgit import reasons
from seedgit.cli.terminal import Terminal, plain
from seedgit.errors import OK
from seedgit.operations.adopt import counted
from seedgit.operations.suggest import suggest

EXAMPLES = """examples:
  seedgit suggest                    from this branch's history against its upstream
  seedgit suggest --from v2.1        against another upstream
  seedgit suggest > draft.yaml       to read, and take over into .seedgit.yaml

Counted are the branch's own commits, and what merges kept against upstream. A place changed only
once, and lists whose items come and go, are comments in the draft.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="ref", metavar="REF", help="the package (upstream)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    found = suggest(args.session.workspace(), args.ref)
    terminal.data(found.data())
    commits = counted(found.commits, "commit")
    terminal.line(f"# Drafted from {commits} that {plain(found.ref)} does not have.")
    for line in found.snippet().splitlines():
        terminal.line(plain(line))
    if not found.suggested:
        terminal.reason(reasons.NOTHING_TO_SUGGEST)
    return OK
