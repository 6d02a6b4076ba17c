"""Lay a value over a seed's, for this site."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable

from seedgit import reasons
from seedgit.cli.terminal import Terminal, plain, shown
from seedgit.core.overlay import SEED_IS, Until
from seedgit.core.tree import DEPTH_LIMIT
from seedgit.core.values import Value
from seedgit.errors import InputError, UsageError
from seedgit.operations.expiry import said, until_date, until_version
from seedgit.operations.overrides import Written, remove_override, set_override
from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit set flows/wiki.yaml '/steps/[id=fetch]/queue_mode' drain --why "burn-in"
  seedgit set flows/wiki.yaml /config_patch_queue '[{"op": "noop"}]'
  seedgit set flows/wiki.yaml /schedule/note --delete
  seedgit set flows/wiki.yaml /schedule/paused true --until 2026-12-01
  seedgit set flows/wiki.yaml /timeout 90 --until-version v2.1 --why "too slow before 2.1"
  seedgit set flows/wiki.yaml /max_items 5 --if-seed-is 50

VALUE is JSON, or plain text where it is not JSON; one that begins with - goes behind --, last.
What an override waits for never takes its value
away: `seedgit status` says that it has expired, `seedgit prune --expired` retires it.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("pointer", metavar="POINTER", help="a pointer or a selector")
    parser.add_argument("value", metavar="VALUE", nargs="?", help="JSON, or plain text")
    parser.add_argument("--delete", action="store_true", help="lay its absence over it")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the override")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--until", metavar="DATE", help="wanted until this day: 2026-12-01")
    ends.add_argument(
        "--until-version", metavar="TAG", help="wanted until what is checked out contains this tag"
    )
    ends.add_argument(
        "--if-seed-is", metavar="VALUE", help="wanted only while the seed has this value there"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    path = workspace.seed_path(args.file)
    if args.delete:
        until = _until(args, workspace, terminal)
        gone = remove_override(workspace, path, args.pointer, args.why, until)
        tell(gone, "removed", terminal, until)
        return 0
    if args.value is None:
        raise UsageError("no value is given", hint="give one, or --delete")
    value = parse_value(args.value)
    until = _until(args, workspace, terminal)
    done = set_override(workspace, path, args.pointer, value, args.why, until)
    tell(done, f"= {shown(value)}", terminal, until)
    return 0


def _until(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> Until | None:
    if args.until is not None:
        return until_date(workspace, args.until)
    if args.until_version is not None:
        until = until_version(workspace, args.until_version)
        if workspace.repository.tag(until.value) is None:
            terminal.remark(f"there is no tag {plain(until.value)} here yet; it counts once it is")
        return until
    return None if args.if_seed_is is None else Until(SEED_IS, parse_value(args.if_seed_is))


def parse_value(text: str) -> Value:
    """JSON, or the text itself. Raises InputError where it is deeper than any seed may be."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
        layer = [value]
        for _ in range(DEPTH_LIMIT + 1):
            layer = [inner for item in layer for inner in _inner(item)]
            if not layer:
                return value
    except ValueError:
        return text
    except RecursionError:
        pass
    raise InputError(
        f"the value is nested deeper than {DEPTH_LIMIT} levels", hint="no seed may be so deep"
    )


def _inner(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(name: str) -> Value:
    raise ValueError(name)


def tell(done: Written, what: str, terminal: Terminal, until: Until | None = None) -> None:
    """What a change of an overlay did."""
    for pointer in done.pointers:
        ends = f", {plain(said(until))}" if until else ""
        terminal.line(f"{plain(done.path)}{plain(pointer)} {what}{ends}")
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
            "until": {until.kind: until.value} if until else None,
        }
    )
