"""Show the mode, or change it: off, dry-run or live."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.mode import MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit mode            which mode counts here, where it is set, and the recorded agreement
  seedgit mode dry-run    git merges; seedgit computes its own result and keeps a journal
  seedgit mode live       seedgit's result counts
  seedgit mode off        git without seedgit, to the byte; overlays stay
  seedgit mode off --worktree
                          in this worktree only; needs git's configuration for each worktree

The environment variable SEEDGIT_MODE overrides git config seedgit.mode.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mode", nargs="?", choices=MODES)
    parser.add_argument("--worktree", action="store_true", help="for this worktree only")
    parser.add_argument("--force", action="store_true", help="go live, whatever is on record")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.mode import switch
    from seedgit.operations.past_merges.agreement import agreement

    workspace = args.session.workspace(rehearse=False)
    if args.mode is not None:
        steps = switch(workspace, args.mode, worktree=args.worktree, force=args.force)
        terminal.table([(s.what, s.outcome, s.note) for s in steps])
        del workspace.mode  # it is read again
    mode, seen = workspace.mode, agreement(workspace)
    terminal.line(f"mode {terminal.style(mode.value, 'bold')} ({mode.origin})")
    if args.mode is not None and mode.value != args.mode:
        terminal.line(f"warning: {mode.origin} overrides what was just set")
    terminal.line(seen.line())
    terminal.data(
        {
            "mode": mode.value,
            "origin": mode.origin,
            "warnings": list(mode.warnings),
            "agreement": seen.data(),
        }
    )
    return 0
