"""Take back the last change made here, with a commit of its own; what was pulled stays."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal, plain
from seedgit.operations.undo import undo

EXAMPLES = """example:
  seedgit undo      once more for the change before that
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    commit = undo(workspace)
    subject = workspace.repository.commit(commit).message.partition("\n")[0]
    terminal.line(f"overlay {workspace.target}: {commit[:12]} {plain(subject)}")
    terminal.data({"overlay": workspace.target, "commit": commit, "subject": subject})
    return 0
