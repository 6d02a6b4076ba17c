"""Accept what `seedgit pending` proposes."""

from __future__ import annotations

from seedgit.cli.commands.resolve import tell
from seedgit.cli.options import CONCERNS, add_overlay
from seedgit.cli.terminal import Terminal
from seedgit.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit approve 1 3          as `seedgit pending` numbers them
  seedgit approve a3f9c2       by id
  seedgit approve --all        everything listed except orphans; refused if more has come since
  seedgit approve --known      what was decided before, here or in an overlay that was fetched

If the same pointer and values were decided before, that decision is proposed. If not, the seed's
value is proposed for an override that yielded, and the site's value for every other. An orphan
would be parked, outside the effective file, so --all leaves it to you.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "items", metavar="N", nargs="*", help="numbers or ids from the last listing"
    )
    parser.add_argument("--all", action="store_true", help="everything that was listed")
    parser.add_argument("--known", action="store_true", help="only what was decided before")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the decisions")
    add_overlay(parser, CONCERNS)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.resolve import Approved, Wanted, decide, decide_all, decide_known

    if bool(args.items) + args.all + args.known != 1:
        raise UsageError(
            "name items, or give --all or --known", hint="seedgit pending numbers them"
        )
    workspace = args.session.workspace()
    if args.all:
        tell(workspace, decide_all(workspace, args.why), terminal)
        return 0
    if args.known:
        done = decide_known(workspace)
    else:
        done = decide(workspace, [Wanted(name) for name in args.items], args.why)
    tell(workspace, Approved(tuple(done)), terminal)
    return 0
