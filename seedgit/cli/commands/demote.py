"""Turn a committed edit of a seed into an override."""

from __future__ import annotations

from seedgit.cli.commands.adopt import options, tell
from seedgit.cli.terminal import Terminal
from seedgit.errors import OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit demote flows/wiki.yaml /timeout --why "slow network"
  seedgit demote flows/wiki.yaml '/steps/[id=fetch]/mode' --dry-run
  seedgit demote flows/wiki.yaml --all       every edit, whoever owns its place

In the working tree the file gets upstream's value back. The overlay keeps the site's value. The
effective file does not change. `seedgit promote` goes the other way.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("pointer", metavar="POINTER", nargs="?", help="a pointer or a selector")
    parser.add_argument("--all", action="store_true", help="every committed edit")
    options(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.demote import demote

    if (args.pointer is None) != args.all:
        raise UsageError("name a pointer, or --all", hint="give one of the two")
    workspace = args.session.workspace()
    done = demote(workspace, args.file, args.pointer, args.ref, args.why, dry_run=args.dry_run)
    tell(workspace, done, terminal, dry_run=args.dry_run)
    return OK
