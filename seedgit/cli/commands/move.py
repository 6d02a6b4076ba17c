"""Move a seed's overrides to the seed that it has become."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import OK
from seedgit.git.names import pasted
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit move flows/wiki.yaml pipelines/wiki.yaml --why "split up by upstream"
  seedgit undo                               takes it back

If history shows a rename, overrides follow it by themselves. If history leaves a doubt, they are
orphaned, and `seedgit status` names the files that the seed may have become. OLD need not exist.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", help="the seed that the overrides were made for")
    parser.add_argument("new", metavar="NEW", help="the seed that they belong to now")
    parser.add_argument("--why", default="", metavar="REASON", help="kept in the overlay's log")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.move import move

    workspace = args.session.workspace()
    old, new = workspace.path(args.old), workspace.seed_path(args.new)
    done = move(workspace, old, new, args.why)
    for moved in done:
        count = len(moved.pointers)
        overrides = number_of(count, "override")
        lie = f"{overrides} in overlay {moved.overlay}"
        terminal.line(f"{old} -> {new}: {lie}")
        for pointer in moved.parked:
            terminal.line(f"  {pointer} has no place there: seedgit pending")
    if not workspace.repository.writer.rehearses:
        for moved in done:
            chosen = pasted(f"seedgit.overlay={moved.overlay}")
            there = "" if moved.overlay == workspace.target else f"git -c {chosen} "
            terminal.line(f"{there}seedgit undo     takes it back")
    terminal.data({"old": old, "new": new, "overlays": [moved.data() for moved in done]})
    return OK
