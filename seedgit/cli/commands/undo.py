"""Take back the last change made here, or any one, in a new commit. Pulls and rebases stay."""

from __future__ import annotations

from seedgit.cli.options import add_overlay
from seedgit.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit undo            once more for the change before that
  seedgit undo 3f9c2a1    any change of anybody, as `seedgit log` names it, if none stands on it

After an upgrade, this takes back the last change that you made, as the hook has rebased it.
Everything else stays rebased.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("commit", metavar="COMMIT", nargs="?", default="", help="a change")
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.undo import undo

    workspace = args.session.workspace()
    commit = undo(workspace, args.commit)
    subject = workspace.repository.commit(commit).message.partition("\n")[0]
    terminal.line(f"overlay {workspace.target}: {commit[:12]} {subject}")
    terminal.data({"overlay": workspace.target, "commit": commit, "subject": subject})
    return 0
