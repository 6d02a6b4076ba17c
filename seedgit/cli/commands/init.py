"""Set up this clone: rules file, attributes, merge driver, hooks."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from seedgit.cli.terminal import Terminal

if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit init           set up, or bring up to date after the rules changed
  seedgit init --overlay berlin
                         in a new clone: the name of its overlay; without it, this machine's name
  seedgit init --undo    take everything out again; overlays stay
  seedgit init --hooks   put the hooks where core.hooksPath points, outside .git, too

A directory that core.hooksPath names may be tracked, or shared with other repositories. Without
--hooks nothing is written there. docs/configuration.md says how the hooks there can call seedgit.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--undo", action="store_true", help="take out what init put in")
    parser.add_argument(
        "--hooks", action="store_true", help="write hooks also into a directory outside .git"
    )
    parser.add_argument(
        "--overlay",
        dest="named",
        default="",
        metavar="NAME",
        help="the name of this clone's overlay",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.git.settings import has_live_trees
    from seedgit.operations.init import install, uninstall

    workspace = args.session.workspace()
    steps = (
        uninstall(workspace)
        if args.undo
        else install(workspace, hooks=args.hooks, overlay=args.named)
    )
    rows = [(s.what, s.outcome, s.note) for s in steps]
    terminal.table(rows)
    if not (args.undo or has_live_trees(workspace.repository)):
        terminal.line(f"next: {_next(workspace)}")
    terminal.data([{"what": s.what, "outcome": s.outcome, "note": s.note} for s in steps])
    return 0


def _next(workspace: Workspace) -> str:
    from seedgit.errors import InputError

    try:
        seeds = len(workspace.tracked)
    except InputError as error:
        return f"{error}; then seedgit init"
    if not seeds:
        return "say in .seedgit.yaml which files are seeds, then seedgit init"
    return "for programs that read and write these files, seedgit live DIR; see: seedgit help live"
