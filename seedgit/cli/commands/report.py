"""Write a recorded merge to a folder that you can send: values masked, shape kept."""

from __future__ import annotations

from seedgit.cli.commands.journal import find
from seedgit.cli.terminal import Terminal
from seedgit.journal import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit journal --failed      which run it was
  seedgit report 42             writes ./seedgit-case-42; read it before you send it
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a row of the journal")
    parser.add_argument("--output", metavar="DIR", help="default: ./seedgit-case-ID")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.report import report

    workspace = args.session.workspace(rehearse=False)
    row = find(Journal(workspace.repository.common_dir), args.id)
    name = args.output or f"seedgit-case-{args.id}"
    done = report(workspace, row, workspace.directory / name)
    terminal.line(f"wrote {name}: {', '.join(done.files)}")
    if not done.whole:
        terminal.line("A version does not parse, so its keys are masked too.")
    if not done.alike:
        terminal.line(
            "The masked versions do not merge as the real ones do: say so in your report."
        )
    terminal.line("Next: read the files, then attach the folder to a report.")
    terminal.data(
        {"directory": str(done.directory), "files": list(done.files), "alike": done.alike}
    )
    return 0
