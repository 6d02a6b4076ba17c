"""The effective files beside their seeds, as a unified diff."""

from __future__ import annotations

import argparse
from difflib import unified_diff

from seedgit.cli.terminal import Terminal, plain
from seedgit.operations.effective import effective

EXAMPLES = """examples:
  seedgit diff
  seedgit diff flows/wiki.yaml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="all seeds with overrides")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    named = [workspace.seed_path(name) for name in args.files]
    paths = named or sorted(
        {s.path for name in workspace.names for s in workspace.stored(name) if s.path}
    )
    data = []
    for path in paths:
        found = effective(workspace, path)
        lines = list(
            unified_diff(
                found.seed.text.split("\n"),
                found.document.text.split("\n"),
                f"seed/{path}",
                f"effective/{path}",
                lineterm="",
            )
        )
        data.append({"path": path, "diff": lines})
        for line in lines:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            terminal.line(terminal.style(plain(line), style) if style else plain(line))
    terminal.data(data)
    return 0
