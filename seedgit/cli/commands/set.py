"""Override a seed's value, for this site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from seedgit import codes
from seedgit.cli.options import add_overlay
from seedgit.cli.terminal import Terminal, shown
from seedgit.errors import OK, InputError, UsageError
from seedgit.formats.registry import format_of
from seedgit.values.value import DEPTH_LIMIT, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import TypeAlias

    from seedgit.operations.edits.meant import Remark
    from seedgit.operations.edits.together import Assignment, Wanted, Written
    from seedgit.operations.stack.holding import Holding
    from seedgit.operations.workspace import Workspace
    from seedgit.overlay.override import Until

# What became of a place: its file, and its pointer.
Words: TypeAlias = Callable[[str, str], str]

BEGINNINGS = ("{", "[", '"')  # JSON may begin like this; plain text rarely does

EXAMPLES = """examples:
  seedgit set flows/wiki.yaml '/steps/[id=fetch]/queue_mode' drain --why "burn-in"
  seedgit set flows/wiki.yaml /config_patch_queue '[{"op": "noop"}]'
  seedgit set 'flows/*.yaml' /schedule/paused true      every match or none, in one change
  seedgit set flows/wiki.yaml /schedule/note --delete
  seedgit set flows/wiki.yaml /schedule/paused true --until 2026-12-01
  seedgit set flows/wiki.yaml /timeout 90 --until-version v2.1 --why "too slow before 2.1"
  seedgit set flows/wiki.yaml /max_items 5 --if-seed-is 50
  seedgit set flows/wiki.yaml /resources/limits/cpu 2 --parents
  seedgit set --from changes.yaml                       many of any seeds, in one change or none
  cat changes.jsonl | seedgit set --from - --why "migration"
  seedgit set flows/wiki.yaml /api/token --secret       asks for the value, and stores it encrypted
  pass show wiki | seedgit set flows/wiki.yaml /api/token --value-file - --secret

CHANGES is JSON Lines, or a list in YAML. Each change has `file`, `pointer`, and `value` or
`delete: true`; it may have `why`, `until` and `secret` (docs/overrides.md).

VALUE is JSON; whatever is not JSON is plain text. Put a VALUE that begins with - last, after --.

These are refused:
  text that begins like JSON ({, [ or ") but is not JSON, and a value of another type than the one
  there, unless --text or --as-json says that you mean it (--json is only about what is printed);
  a pointer that the seed does not have, unless a rule names it or you give --new.

What the rules call a secret, and text under a key such as password or token, is stored encrypted
(docs/secrets.md). A value that is read or asked for is text, unless --as-json says otherwise.

An override that has expired keeps its value. `seedgit status` says that it has expired, and
`seedgit prune --expired` retires it.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [options] (FILE POINTER [VALUE | --delete] | --from CHANGES)"
    parser.add_argument("file", metavar="FILE", nargs="?", help="a seed, or a pattern of seeds")
    parser.add_argument("pointer", metavar="POINTER", nargs="?", help="a pointer or a selector")
    parser.add_argument("value", metavar="VALUE", nargs="?", help="JSON, or plain text")
    parser.add_argument("--delete", action="store_true", help="remove the seed's entry instead")
    parser.add_argument(
        "--from", dest="source", metavar="CHANGES", help="a file of changes; - is standard input"
    )
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
    parser.add_argument(
        "--value-file", metavar="PATH", help="the value is the text in a file; - is standard input"
    )
    secrecy = parser.add_mutually_exclusive_group()
    secrecy.add_argument("--secret", action="store_true", help="store it encrypted, show it masked")
    secrecy.add_argument("--plain", action="store_true", help="it is no secret, whatever its name")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--until", metavar="DATE", help="expires on this day: 2026-12-01")
    ends.add_argument(
        "--until-version", metavar="TAG", help="expires once what is checked out contains this tag"
    )
    ends.add_argument(
        "--if-seed-is", metavar="VALUE", help="expires once the seed no longer has this value there"
    )
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.edits.meant import Meant
    from seedgit.operations.edits.together import Assignment
    from seedgit.operations.seeds.named_seeds import seed_paths
    from seedgit.operations.set import set_overrides

    workspace = args.session.workspace()
    if args.source is not None:
        return _set_from(args, workspace, terminal)
    if args.file is None or args.pointer is None:
        raise UsageError("no file and no pointer are given", hint="seedgit help set")
    paths = seed_paths(workspace, [args.file])
    if args.delete:
        until = _until(args, workspace, terminal)
        asked = Assignment(args.pointer, why=args.why, until=until, remove=True)
    else:
        value = _value(args, paths, workspace, terminal)
        until = _until(args, workspace, terminal)
        meant = Meant(args.new, args.parents, args.text or args.as_json)
        if isinstance(value, str):  # plain text is not JSON, and quoted JSON not its quotes
            way = "--text takes it as text" if value == args.value else "--as-json takes it as text"
            meant = meant._replace(ways=way)
        asked = Assignment(args.pointer, value, args.why, until, meant, secret=_secret(args))
    wanted = [(path, asked) for path in paths]
    done = set_overrides(workspace, wanted)
    data = tell(done, _said(workspace, wanted, done), terminal)
    terminal.data(data | {"until": _until_data(asked)})
    return OK


def _set_from(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> int:
    """Make the changes of a file."""
    from seedgit.operations.edits.meant import Meant
    from seedgit.operations.edits.set_from import Unusable, set_from

    alone = {
        "FILE": args.file,
        "--delete": args.delete,
        "--text": args.text,
        "--secret": args.secret,
        "--plain": args.plain,
        "--value-file": args.value_file,
        "--until": args.until,
        "--until-version": args.until_version,
        "--if-seed-is": args.if_seed_is,
    }
    other = next((name for name, given in alone.items() if given not in (None, False)), None)
    if other:
        hint = "each change in the file has its own file, pointer, value or delete, and until"
        raise UsageError(f"--from does not go with {other}", hint=hint)
    meant = Meant(args.new, args.parents, args.as_json, "--as-json takes it as it is")
    try:
        wanted, done = set_from(workspace, args.source, meant, args.why)
    except Unusable as error:
        for each in error.errors:
            terminal.error(each)
        raise
    tell(done, _said(workspace, wanted, done), terminal)
    files = [
        {"path": item.path, "pointers": list(item.pointers), "until": _until_data(asked)}
        for item, (_, asked) in zip(done, wanted, strict=True)
    ]
    terminal.data({"overlay": done[0].overlay, "commit": done[0].commit, "files": files})
    return OK


def _said(workspace: Workspace, wanted: Sequence[Wanted], done: Sequence[Written]) -> list[Words]:
    """What becomes of each place, for a person."""
    from seedgit.operations.edits.expiry import told_until, until_text

    held = holding(workspace)

    def words(asked: Assignment, value: Value, path: str, pointer: str) -> str:
        text = "removed" if asked.remove else f"= {shown(value)}"
        ends = told_until(asked.until, value)
        until = f", {until_text(ends)}" if ends else ""
        above = held.above(path, pointer) if held else ""
        return f"{text}{until}" + (f", covered by the layer {above}" if above else "")

    return [
        partial(words, asked, item.value) for (_, asked), item in zip(wanted, done, strict=True)
    ]


def _until_data(asked: Assignment) -> dict[str, Value] | None:
    return {asked.until.kind: asked.until.value} if asked.until else None


def holding(workspace: Workspace) -> Holding | None:
    """What holds now; None where there is one layer only, so its value holds."""
    if len(workspace.names) == 1:
        return None
    from seedgit.operations.stack.holding import Holding  # late: many sites have one layer

    return Holding(workspace)


def _secret(args: argparse.Namespace) -> bool | None:
    return True if args.secret else False if args.plain else None


def _value(
    args: argparse.Namespace, paths: list[str], workspace: Workspace, terminal: Terminal
) -> Value:
    if args.value_file is not None or (args.value is None and args.secret):
        if args.value is not None:
            raise UsageError("--value-file does not go with a VALUE", hint="give one of the two")
        text = _given(args, workspace, terminal)
        # The value must be in no message, not even in one about it.
        return _private_json(text) if args.as_json else text
    if args.value is None:
        hint = "give a VALUE, --value-file PATH, or --delete; with --secret you are asked for it"
        raise UsageError("no value is given", hint=hint)
    if args.text:
        return args.value
    if args.secret:
        return _private_json(args.value) if args.as_json else _plain_or_json(args.value)
    value = parse_value(args.value)
    if args.as_json and value == args.value:
        raise UsageError("VALUE is not JSON", hint="as JSON, text is in quotes: '\"text\"'")
    formats = [format_of(path) for path in paths]
    if isinstance(value, (bool, int, float)) and all(f and f.only_texts for f in formats):
        return value if args.as_json else args.value
    return value


def _given(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> str:
    """A value that is not on the command line: from a file, or standard input, or a person."""
    from seedgit.operations.edits.given import ask, read_value

    if args.value_file is None and terminal.interactive:
        return ask(f"{args.pointer}: ")
    return read_value(workspace, args.value_file or "-")


def _private_json(text: str) -> Value:
    try:
        return parse_value(text)
    except UsageError:
        raise UsageError("the value is not JSON", hint="without --as-json it is text") from None


def _plain_or_json(text: str) -> Value:
    try:
        return parse_value(text)
    except UsageError:
        return text


def _remarked(remark: Remark) -> str:
    close = " or ".join(remark.close)
    if remark.code == codes.NEW_POINTER:
        return f"is new: the seed has {close}, but not this"
    return "is not the site's by the rules: it is reviewed when the seed's value changes"


def _until(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> Until | None:
    from seedgit.operations.edits.expiry import until_date, until_version
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
            from seedgit.git.names import pasted

            raise UsageError(
                f"VALUE begins like JSON but is not JSON: {error}",
                hint=f"if it is text, put it in quotes: {pasted(json.dumps(text))}",
            ) from None
        return text
    except RecursionError:
        pass
    raise InputError(
        f"the value is nested deeper than {DEPTH_LIMIT} levels",
        hint="no seed may be nested that deep",
    )


def _inner(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(name: str) -> Value:
    raise ValueError(name)


def tell(done: Sequence[Written], what: Sequence[Words], terminal: Terminal) -> dict[str, Value]:
    """Print what changes of an overlay did, each in its own words; returns that as data."""
    for item, words in zip(done, what, strict=True):
        for name, pointer in zip(item.names, item.pointers, strict=True):
            terminal.line(f"{item.path}{name} {words(item.path, pointer)}")
    first = done[0]
    if first.commit is None:
        terminal.line(f"overlay {first.overlay}: nothing changed")
        terminal.reason(codes.NOOP_UNCHANGED)
    else:
        terminal.line(f"overlay {first.overlay}: {first.commit[:12]}")
    for item in done:
        for remark in item.remarks:
            terminal.remark(f"note: {item.path + remark.pointer} {_remarked(remark)}")
    files = [{"path": item.path, "pointers": list(item.pointers)} for item in done]
    return {
        "overlay": first.overlay,
        "commit": first.commit,
        **(files[0] if len(files) == 1 else {"files": files}),
    }
