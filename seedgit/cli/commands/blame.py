"""The whole effective file, with the layer of each line in front."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal, plain
from seedgit.operations.blame import Line, blame
from seedgit.operations.why import when

EXAMPLES = """examples:
  seedgit blame flows/wiki.yaml
  seedgit blame flows/wiki.yaml --json

In front of each line: `seed` and the commit, as git blame has it, or `overlay:` with the overlay's
name and who set the override when.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    path = workspace.seed_path(args.file)
    lines = blame(workspace, path)
    columns = [_column(line) for line in lines]
    width = max(map(len, columns), default=0)
    for column, line in zip(columns, lines, strict=True):
        style = ("yellow",) if line.overlay else ("dim",)
        front = terminal.style(column.ljust(width), *style)
        terminal.line(f"{front}  {plain(line.text)}".rstrip())
    terminal.data([line.data() for line in lines])
    return 0


def _column(line: Line) -> str:
    if line.overlay is not None:
        if line.commit is None:
            return f"overlay:{line.overlay}"
        author = line.commit.author
        return f"overlay:{line.overlay} {plain(author.name)} {when(author)[:10]}"
    commit = line.blamed.commit if line.blamed else None
    return f"seed {commit[:12]}" if commit else "seed (not committed)"
