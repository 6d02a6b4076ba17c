"""Merge this repository's history, or one run of the journal, again with both engines."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.commands.journal import find
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK
from seedgit.journal import Journal
from seedgit.values.escapes import number_of
from seedgit.values.pointer import is_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.replay import Rerun

EXAMPLES = """examples:
  seedgit replay                 every merge commit that HEAD contains
  seedgit replay --last 50       the last 50 of them
  seedgit replay v1.0..main      those of a range
  seedgit replay 42              run 42 of the journal, again: does it still fail?

If you interrupt it, the next run goes on where it stopped. What it saw counts for
`seedgit mode live`.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", default="HEAD", metavar="ID | REV-RANGE")
    parser.add_argument("--last", type=int, metavar="N", help="only the last N merge commits")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.replay import replay, rerun

    workspace = args.session.workspace(rehearse=False)
    if is_index(args.what) and len(args.what) < 7:
        row = find(Journal(workspace.repository.common_dir), args.what)
        return _again(rerun(workspace, row), terminal)
    done = replay(workspace, args.what, args.last, terminal.progress)
    counts = {name: n for name, n in done.agreement.counts.items() if n}
    files = f"{number_of(sum(counts.values()), 'file')} that both sides changed"
    terminal.line(f"{number_of(done.merges, 'merge')}, {files}")
    for name, n in counts.items():
        terminal.line(f"  {name:<13} {n}")
    if done.agreement.rate is not None:
        terminal.line(f"Agreement where git is clean: {done.agreement.rate:.1%}")
    terminal.line(f"Clean in seedgit: {done.with_people}, {done.as_people} as people committed it")
    terminal.line(f"Conflicts of git: {done.git_conflicts}, {done.solved} solved as committed")
    if any(done.agreement.counts[v] for v in (codes.DIVERGE, codes.GIT_ONLY)):
        terminal.line("Next: seedgit divergences shows where they differ")
    terminal.data(done.data())
    return OK


def _again(done: Rerun, terminal: Terminal) -> int:
    for name, was in done.before.items():
        now = done.now.get(name)
        if was or now:
            same = "as before" if was == now else f"was {was}"
            terminal.line(f"{name}: {now} ({same})")
    verdict = f"it still fails: {done.error}" if done.fails else "it does not fail now"
    terminal.line(verdict)
    terminal.data(
        {"before": done.before, "now": done.now, "fails": done.fails, "error": done.error}
    )
    return ATTENTION if done.fails else OK
