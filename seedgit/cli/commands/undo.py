"""Take back the last change of the overlay, with a commit of its own."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal, plain

EXAMPLES = """example:
  seedgit undo      once more for the change before that
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    commit = workspace.store.undo(workspace.target)
    subject = workspace.repository.commit(commit).message.partition("\n")[0]
    terminal.line(f"overlay {workspace.target}: {commit[:12]} {plain(subject)}")
    terminal.data({"overlay": workspace.target, "commit": commit, "subject": subject})
    return 0
