"""The effective file: what the runtime is to read."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal
from seedgit.operations.effective import effective

EXAMPLES = """example:
  seedgit render flows/wiki.yaml > /run/flows/wiki.yaml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    terminal.raw(effective(workspace, workspace.seed_path(args.file)).document.data)
    return 0
