"""Fetch a remote's overlays and merge them into the local ones, override by override."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, REFUSED
from seedgit.git.names import pasted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from seedgit.operations.pull import Brought, Pulled

EXAMPLES = """examples:
  seedgit pull origin
  seedgit pull origin --join            make one overlay of two that began apart

If both sites changed one place in different ways, the value here goes on holding, and the status is
1. `seedgit pending` has both values, and `seedgit resolve` takes either.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("remote", metavar="REMOTE", nargs="?", default="origin")
    parser.add_argument(
        "--join", action="store_true", help="also merge overlays that began elsewhere"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.clashes import clash_lines
    from seedgit.operations.pull import pull

    done = pull(args.session.workspace(), args.remote, join=args.join)
    if not done:
        terminal.line(f"{args.remote} has no overlays; seedgit push sends them there")
    for item in done:
        _tell(item, args.remote, terminal)
        terminal.lines(clash_lines(item.clashes))
    terminal.data([_data(item) for item in done])
    if any(item.refused for item in done):
        return REFUSED
    return ATTENTION if any(item.outcome == codes.CLASHES or item.left for item in done) else OK


def _tell(item: Pulled, remote: str, terminal: Terminal) -> None:
    from seedgit.git.remotes import HEADS

    why = f": {item.refused}" if item.refused else ""
    began = f" (began on {item.began[0]}, by {item.began[1]})" if item.began else ""
    terminal.line(f"{item.overlay}: {item.outcome}{why}{began}")
    if item.ref.startswith(HEADS):
        terminal.line(f"  from {item.ref}, as on hosts that take only branches and tags")
    if item.outcome == codes.APART:
        command = f"seedgit layer add {pasted(item.overlay)} --from {pasted(remote)}"
        terminal.line(f"  hint: it is no layer here; {command} makes it one")
    if item.refused and item.refused.hint:
        terminal.line(f"  hint: {item.refused.hint}")
    for each in item.brought:
        terminal.line(f"  {each.path}{each.name or each.pointer}: {_brought(each)}")
    for text in item.left:
        terminal.line(f"  left out: {text}")
    if item.rules:
        terminal.line(f"  {item.rules}")
    for text in item.readers:
        terminal.line(f"  {text}: seedgit secret recipients")


def _brought(each: Brought) -> str:
    from seedgit.cli.clashes import side

    if each.note == codes.CLASH:
        return f"undecided, {side(each.now)} waits beside what holds: seedgit pending"
    if each.note == codes.DECIDED:
        return f"decided, {side(each.was)} waits no longer"
    note = f" ({each.note}: not in the effective file)" if each.note else ""
    return f"{side(each.was)} -> {side(each.now)}{note}"


def _data(item: Pulled) -> dict[str, Any]:
    return {
        "overlay": item.overlay,
        "outcome": item.outcome,
        "ref": item.ref,
        "began": {"host": item.began[0], "by": item.began[1]} if item.began else None,
        "clashes": [clash.data() for clash in item.clashes],
        "brought": [each.data() for each in item.brought],
        "left": list(item.left),
        "readers": list(item.readers),
        "rules": item.rules,
        "reason": str(item.refused) if item.refused else "",
        "hint": item.refused.hint if item.refused else "",
    }
