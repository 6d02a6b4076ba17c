"""Remove an override, so that the seed's value counts again."""

from __future__ import annotations

import argparse

from seedgit.cli.commands.set import tell
from seedgit.cli.terminal import Terminal

EXAMPLES = """example:
  seedgit unset flows/wiki.yaml '/steps/[id=fetch]/queue_mode'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a seed, or a pattern of seeds")
    parser.add_argument("pointer", metavar="POINTER", help="a pointer or a selector")
    parser.add_argument("--why", default="", metavar="REASON", help="kept in the overlay's log")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.set import unset_overrides

    workspace = args.session.workspace()
    paths = workspace.seed_paths([args.file])
    done = unset_overrides(workspace, paths, args.pointer, args.why)
    data = tell(done, ["follows the seed again"] * len(done), terminal)
    terminal.data(data | {"until": None})
    return 0
