"""Send the active overlays to a remote. Seeds are sent by git push."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import OK, REFUSED
from seedgit.git.names import pasted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """example:
  seedgit push origin
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("remote", metavar="REMOTE", nargs="?", default="origin")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.clashes import undecided_line
    from seedgit.git.remotes import HEADS
    from seedgit.git.transfer import REMEDIES
    from seedgit.operations.push import push

    done = push(args.session.workspace(), args.remote)
    for each in done:
        item, refused = each.push, each.refused
        reason = f": {refused}" if refused else f" ({item.reason})" if item.reason else ""
        terminal.line(f"{item.name}: {item.outcome}{reason}")
        if item.ref.startswith(HEADS):
            terminal.line(f"  at {item.ref}, as on hosts that take only branches and tags")
        if each.undecided:
            terminal.line(f"  {undecided_line(each.undecided)}")
        remedy = REMEDIES.get(item.outcome, "").format(remote=pasted(args.remote))
        hint = refused.hint if refused else remedy
        if hint:
            terminal.line(f"  hint: {hint}")
    terminal.data([each.data() for each in done])
    failed = (each.refused or each.push.outcome in REMEDIES for each in done)
    return REFUSED if any(failed) else OK
