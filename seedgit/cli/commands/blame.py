"""Print the whole effective file, with the layer of each line in front."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.blame import BlamedLine

EXAMPLES = """examples:
  seedgit blame flows/wiki.yaml
  seedgit blame flows/wiki.yaml --json

In front of each line is one of these:
  seed       and the commit, as git blame has it
  overlay:   with the overlay's name, and who set the override and when
"""


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.blame import blame

    workspace = args.session.workspace()
    path = workspace.seed_path(args.file)
    lines = blame(workspace, path)
    rows = [
        (terminal.style(column(line), "yellow" if line.overlay else "dim"), line.text)
        for line in lines
    ]
    terminal.table(rows, indent="")
    terminal.data([line.data() for line in lines])
    return 0


def column(line: BlamedLine) -> str:
    """Where a line comes from, in a few words."""
    from seedgit.operations.why import when

    if line.overlay is not None:
        if line.commit is None:
            return f"overlay:{line.overlay}"
        author = line.commit.author
        return f"overlay:{line.overlay} {author.name} {when(author)[:10]}"
    commit = line.blamed.commit if line.blamed else None
    return f"seed {commit[:12]}" if commit else "seed (not committed)"
