"""Move overlay-owned edits out of a file into the overlay."""

from __future__ import annotations

import argparse

from seedgit.cli.commands.set import tell
from seedgit.cli.terminal import Terminal
from seedgit.git.files import write_file
from seedgit.operations.overrides import capture

EXAMPLES = """example:
  seedgit capture flows/wiki.yaml --why "paused for the migration"

The file keeps what the package owns; what the site owns goes into the overlay.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the overrides")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    path = workspace.seed_path(args.file)
    done, content = capture(workspace, path, args.why)
    if done.pointers:
        write_file(workspace.repository, workspace.repository.file(path), content)
    tell(done, "is in the overlay now", terminal)
    return 0
