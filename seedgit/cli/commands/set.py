"""Override a seed's value, for this site."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from seedgit import codes
from seedgit.cli.terminal import Terminal, shown
from seedgit.errors import OK, InputError, UsageError
from seedgit.formats.registry import format_of
from seedgit.git.names import pasted
from seedgit.values.value import DEPTH_LIMIT, Value

if TYPE_CHECKING:
    from seedgit.operations.meant import Remark
    from seedgit.operations.set import Written
    from seedgit.operations.workspace import Workspace
    from seedgit.overlay.override import Until

BEGINNINGS = ("{", "[", '"')  # of JSON that no plain text is likely to have

EXAMPLES = """examples:
  seedgit set flows/wiki.yaml '/steps/[id=fetch]/queue_mode' drain --why "burn-in"
  seedgit set flows/wiki.yaml /config_patch_queue '[{"op": "noop"}]'
  seedgit set 'flows/*.yaml' /schedule/paused true      every match or none, in one change
  seedgit set flows/wiki.yaml /schedule/note --delete
  seedgit set flows/wiki.yaml /schedule/paused true --until 2026-12-01
  seedgit set flows/wiki.yaml /timeout 90 --until-version v2.1 --why "too slow before 2.1"
  seedgit set flows/wiki.yaml /max_items 5 --if-seed-is 50
  seedgit set flows/wiki.yaml /resources/limits/cpu 2 --parents

VALUE is JSON; whatever is not JSON is plain text. Put a VALUE that begins with - last, after --.

These are refused:
  text that begins like JSON ({, [ or ") but is not JSON, and a value of another type than the one
  there, unless --text or --as-json says that you mean it (--json is only about what is printed);
  a pointer that the seed does not have, unless a rule names it or you give --new.

An override that has expired keeps its value. `seedgit status` says that it has expired, and
`seedgit prune --expired` retires it.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a seed, or a pattern of seeds")
    parser.add_argument("pointer", metavar="POINTER", help="a pointer or a selector")
    parser.add_argument("value", metavar="VALUE", nargs="?", help="JSON, or plain text")
    parser.add_argument("--delete", action="store_true", help="remove the seed's entry instead")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the override")
    parser.add_argument(
        "--new", action="store_true", help="allow a pointer that neither the seed nor a rule has"
    )
    parser.add_argument(
        "--parents", action="store_true", help="make the maps that are missing above it"
    )
    types = parser.add_mutually_exclusive_group()
    types.add_argument("--text", action="store_true", help="VALUE is text, whatever it looks like")
    types.add_argument("--as-json", action="store_true", help="VALUE is JSON, of any type")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--until", metavar="DATE", help="expires on this day: 2026-12-01")
    ends.add_argument(
        "--until-version", metavar="TAG", help="expires once what is checked out contains this tag"
    )
    ends.add_argument(
        "--if-seed-is", metavar="VALUE", help="expires once the seed no longer has this value there"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from dataclasses import replace

    from seedgit.operations.meant import Meant
    from seedgit.operations.set import Assignment, remove_overrides, set_overrides

    workspace = args.session.workspace()
    paths = workspace.seed_paths([args.file])
    if args.delete:
        until = _until(args, workspace, terminal)
        tell(
            remove_overrides(workspace, paths, args.pointer, args.why, until),
            "removed",
            terminal,
            until,
        )
        return OK
    value = _value(args, paths)
    until = _until(args, workspace, terminal)
    meant = Meant(args.new, args.parents, args.text or args.as_json)
    if isinstance(value, str):  # plain text is not JSON, and quoted JSON does not mean its quotes
        way = "--text takes it as text" if value == args.value else "--as-json takes it as text"
        meant = replace(meant, ways=way)
    asked = Assignment(args.pointer, value, args.why, until, meant)
    done = set_overrides(workspace, paths, asked)
    tell(done, f"= {shown(value)}", terminal, until)
    for item in done:
        for remark in item.remarks:
            terminal.remark(f"note: {item.path + remark.pointer} {_remarked(remark)}")
    return OK


def _value(args: argparse.Namespace, paths: list[str]) -> Value:
    if args.value is None:
        raise UsageError("no value is given", hint="give a VALUE, or --delete")
    if args.text:
        return args.value
    value = parse_value(args.value)
    if args.as_json and value == args.value:
        raise UsageError("VALUE is not JSON", hint="as JSON, text is in quotes: '\"text\"'")
    formats = [format_of(path) for path in paths]
    if isinstance(value, (bool, int, float)) and all(f and f.only_texts for f in formats):
        return value if args.as_json else args.value
    return value


def _remarked(remark: Remark) -> str:
    close = " or ".join(remark.close)
    if remark.code == codes.NEW_POINTER:
        return f"is new: the seed has {close}, but not this"
    return "is not the site's by the rules: it is reviewed when the seed's value changes"


def _until(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> Until | None:
    from seedgit.operations.expiry import until_date, until_version
    from seedgit.overlay.override import SEED_IS, Until

    if args.until is not None:
        return until_date(workspace, args.until)
    if args.until_version is not None:
        until = until_version(workspace, args.until_version)
        if workspace.repository.tag(until.value) is None:
            terminal.remark(f"there is no tag {until.value} here yet; it counts once it is")
        return until
    return None if args.if_seed_is is None else Until(SEED_IS, parse_value(args.if_seed_is))


def parse_value(text: str) -> Value:
    """JSON, or the text itself.

    Raises InputError if it is nested deeper than a seed may be, and UsageError if it begins like
    JSON but is not JSON.
    """
    import json

    try:
        value = json.loads(text, parse_constant=_no_constant)
        layer = [value]
        for _ in range(DEPTH_LIMIT + 1):
            layer = [inner for item in layer for inner in _inner(item)]
            if not layer:
                return value
    except ValueError as error:
        if text.lstrip().startswith(BEGINNINGS):
            raise UsageError(
                f"VALUE begins like JSON but is not JSON: {error}",
                hint=f"if it is text, put it in quotes: {pasted(json.dumps(text))}",
            ) from None
        return text
    except RecursionError:
        pass
    raise InputError(
        f"the value is nested deeper than {DEPTH_LIMIT} levels",
        hint="no seed may be nested so deep",
    )


def _inner(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(name: str) -> Value:
    raise ValueError(name)


def tell(done: list[Written], what: str, terminal: Terminal, until: Until | None = None) -> None:
    """What a change of an overlay did."""
    from seedgit.operations.expiry import until_text

    ends = f", {until_text(until)}" if until else ""
    for item in done:
        for pointer in item.pointers:
            terminal.line(f"{item.path}{pointer} {what}{ends}")
    first = done[0]
    if first.commit is None:
        terminal.line(f"overlay {first.overlay}: nothing changed")
        terminal.reason(codes.NOOP_UNCHANGED)
    else:
        terminal.line(f"overlay {first.overlay}: {first.commit[:12]}")
    files = [{"path": item.path, "pointers": list(item.pointers)} for item in done]
    terminal.data(
        {
            "overlay": first.overlay,
            "commit": first.commit,
            **(files[0] if len(files) == 1 else {"files": files}),
            "until": {until.kind: until.value} if until else None,
        }
    )
