"""Lay a value over a seed's, for this site."""

from __future__ import annotations

import argparse
import json

from seedgit import reasons
from seedgit.cli.terminal import Terminal, plain, shown
from seedgit.core.values import Value
from seedgit.operations.overrides import Written, remove_override, set_override

EXAMPLES = """examples:
  seedgit set flows/wiki.yaml '/steps/[id=fetch]/queue_mode' drain --why "burn-in"
  seedgit set flows/wiki.yaml /config_patch_queue '[{"op": "noop"}]'
  seedgit set flows/wiki.yaml /schedule/note --delete

VALUE is JSON, or plain text where it is not JSON.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("pointer", metavar="POINTER", help="a pointer or a selector")
    parser.add_argument("value", metavar="VALUE", nargs="?", help="JSON, or plain text")
    parser.add_argument("--delete", action="store_true", help="lay its absence over it")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the override")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    path = workspace.seed_path(args.file)
    if args.delete:
        tell(remove_override(workspace, path, args.pointer, args.why), "removed", terminal)
        return 0
    if args.value is None:
        from seedgit.errors import UsageError

        raise UsageError("no value is given", hint="give one, or --delete")
    value = parse_value(args.value)
    done = set_override(workspace, path, args.pointer, value, args.why)
    tell(done, f"= {shown(value)}", terminal)
    return 0


def parse_value(text: str) -> Value:
    """JSON, or the text itself."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text


def _no_constant(name: str) -> Value:
    raise ValueError(name)


def tell(done: Written, what: str, terminal: Terminal) -> None:
    """What a change of an overlay did."""
    for pointer in done.pointers:
        terminal.line(f"{plain(done.path)}{plain(pointer)} {what}")
    if done.commit is None:
        terminal.line(f"overlay {done.overlay}: nothing changed")
        terminal.reason(reasons.UNCHANGED)
    else:
        terminal.line(f"overlay {done.overlay}: {done.commit[:12]}")
    terminal.data(
        {
            "overlay": done.overlay,
            "path": done.path,
            "pointers": list(done.pointers),
            "commit": done.commit,
        }
    )
