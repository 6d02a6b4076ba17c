"""Fetch a remote's overlays and merge them into the local ones, override by override."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from seedgit import codes
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, REFUSED
from seedgit.git.names import pasted
from seedgit.merge.decision import OURS, THEIRS

if TYPE_CHECKING:
    from seedgit.operations.pull import Pulled

EXAMPLES = """examples:
  seedgit pull origin
  seedgit pull origin --keep-local      what both sites changed stays as it is here
  seedgit pull origin --take-remote     or becomes what it is there
  seedgit pull origin --join            make one overlay of two that began apart

If both sites changed one place in different ways, nothing of that overlay is merged, and the status
is 1. To take the remote's value for one place only, `seedgit set` it first. Then use --keep-local.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("remote", metavar="REMOTE", nargs="?", default="origin")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--keep-local", action="store_true", help="where the last fetch clashes, our value holds"
    )
    choice.add_argument(
        "--take-remote", action="store_true", help="where it clashes, their value holds"
    )
    parser.add_argument(
        "--join", action="store_true", help="also merge overlays that began elsewhere"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.clashes import clash_lines
    from seedgit.operations.pull import pull

    prefer = OURS if args.keep_local else THEIRS if args.take_remote else ""
    done = pull(args.session.workspace(), args.remote, prefer=prefer, join=args.join)
    if not done:
        terminal.line(f"{args.remote} has no overlays; seedgit push sends them there")
    for item in done:
        _tell(item, args.remote, terminal)
        if item.clashes:
            options = ["--join"] if args.join else []
            terminal.lines(clash_lines(args.remote, item.clashes, *options))
    terminal.data([_data(item) for item in done])
    if any(item.refused for item in done):
        return REFUSED
    return ATTENTION if any(item.clashes or item.left for item in done) else OK


def _tell(item: Pulled, remote: str, terminal: Terminal) -> None:
    from seedgit.cli.clashes import side

    why = f": {item.refused}" if item.refused else ""
    terminal.line(f"{item.overlay}: {item.outcome}{why}")
    if item.outcome == codes.APART:
        command = f"seedgit layer add {pasted(item.overlay)} --from {pasted(remote)}"
        terminal.line(f"  hint: it is no layer here; {command} makes it one")
    if item.refused and item.refused.hint:
        terminal.line(f"  hint: {item.refused.hint}")
    for each in item.brought:
        was, now = side(each.was), side(each.now)
        terminal.line(f"  {each.path}{each.pointer}: {was} -> {now}")
    for text in item.left:
        terminal.line(f"  left out: {text}")


def _data(item: Pulled) -> dict[str, Any]:
    return {
        "overlay": item.overlay,
        "outcome": item.outcome,
        "clashes": [clash.data() for clash in item.clashes],
        "brought": [each.data() for each in item.brought],
        "left": list(item.left),
        "reason": str(item.refused) if item.refused else "",
        "hint": item.refused.hint if item.refused else "",
    }
