"""Put an override on a branch, as a change of the seed for the package's author."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal, side
from seedgit.errors import OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit promote flows/wiki.yaml '/steps/[id=fetch]/max_items'
  seedgit promote flows/wiki.yaml /timeout --branch longer-timeout
  git push origin longer-timeout             and ask the package's author to take it

The branch starts at the upstream ref and has one commit, with the override's reason. The override
stays. Once the seed comes back with its value, it is redundant, and `seedgit prune` retires it.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("pointer", metavar="POINTER", help="a pointer or a selector")
    parser.add_argument("--branch", metavar="NAME", help="default: seedgit/promote-<place>")
    parser.add_argument("--from", dest="ref", metavar="REF", help="the package (default: upstream)")
    after = parser.add_mutually_exclusive_group()
    after.add_argument("--keep", action="store_true", help="keep the override (the default)")
    after.add_argument("--drop", action="store_true", help="remove the override at once")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.promote import promote

    workspace = args.session.workspace()
    done = promote(
        workspace, args.file, args.pointer, ref=args.ref, branch=args.branch, drop=args.drop
    )
    for override in done.overrides:
        change = f"{side(override.seed)} -> {side(override.local)}"
        terminal.line(f"{done.target}{override.pointer} {change}")
    if done.commit is None:
        terminal.line(f"{done.ref} has that already: nothing to promote")
        terminal.reason(codes.NOOP_UPSTREAM_HAS_IT)
    else:
        terminal.line(f"branch {done.branch}: {done.commit[:12]}, on {done.ref}")
    if done.dropped:
        terminal.line(f"overlay {done.overlay}: {done.dropped[:12]}, no override any more")
    terminal.data(done.data())
    return OK
