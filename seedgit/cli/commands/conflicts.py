"""List the conflicts of unmerged files, by pointer. --take and --value resolve them one by one."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.commands.set import parse_value
from seedgit.cli.terminal import Terminal, shown
from seedgit.errors import ATTENTION, OK, UsageError
from seedgit.merge.decision import BASE, OURS, THEIRS
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import is_index
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.formats.resolve import Choice, MarkedConflict
    from seedgit.operations.conflicts import File, Note

EXAMPLES = """examples:
  seedgit conflicts                                     status 1 if one is left
  seedgit conflicts flows/wiki.yaml --take 1=ours --take 2=theirs
  seedgit conflicts flows/wiki.yaml --value 1=45 --add
  seedgit conflicts flows/wiki.yaml --take all=theirs

ours and theirs are git's: in a rebase, ours is the branch you rebase onto.
"""

SIDES = (BASE, OURS, THEIRS)
ALL = "all"


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="files or directories")
    parser.add_argument(
        "--take",
        action="append",
        default=[],
        metavar="N=SIDE",
        help="take ours, theirs or base for conflict N; `all`: for all others",
    )
    parser.add_argument(
        "--value",
        action="append",
        default=[],
        metavar="N=VALUE",
        help="give conflict N a value of your own: JSON, or plain text",
    )
    parser.add_argument("--add", action="store_true", help="git add FILE if no conflict is left")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.conflicts import find, resolve

    workspace = args.session.workspace()
    choices = _choices(args.take, args.value)
    if choices:
        if len(args.files) != 1:
            raise UsageError("--take and --value are for one file", hint="name that file")
        done = resolve(workspace, args.files[0], choices, add=args.add)
        terminal.data({"numbers": list(done.numbers), "staged": done.staged, **done.file.data()})
        numbers = ", ".join(map(str, done.numbers))
        terminal.line(f"{done.file.path}: resolved {numbers}")
        if done.file.conflicts:
            show(done.file, terminal)
        elif done.staged:
            terminal.line(f"{done.file.path}: no conflict is left; staged")
        else:
            show_notes(done.file, terminal)
        return OK
    if args.add:
        raise UsageError("--add goes with --take or --value", hint="git add FILE stages a file")
    files = find(workspace, args.files)
    terminal.data({"files": [file.data() for file in files]})
    for file in files:
        show(file, terminal)
    left = [file for file in files if not file.resolved]
    if not left:
        some = "none of these files" if args.files else "no file"
        if not files:
            terminal.line(f"No conflicts: {some} is unmerged.")
        terminal.reason(codes.NOOP_NO_CONFLICT)
        return OK
    return ATTENTION


def show(file: File, terminal: Terminal) -> None:
    """A file's conflicts, each with its place and its sides, and then its notes."""
    for conflict in file.conflicts:
        show_conflict(file.path, conflict, terminal)
    show_notes(file, terminal)


def show_conflict(path: str, conflict: MarkedConflict, terminal: Terminal) -> None:
    pointer = "(text)" if conflict.pointer is None else conflict.pointer or "(the document)"
    reason = "" if conflict.pointer is None else f"  {conflict.reason}"
    number = terminal.style(f"{conflict.number:>3}", "bold")
    terminal.line(f"{number}  {path}:{conflict.line}  {pointer}{reason}")
    rows = []
    for side in SIDES:
        label = conflict.labels[side]
        name = side if label == side else f"{side} ({label})"
        rows.append((name, _side(conflict, side)))
    terminal.table(rows, indent="       ")


def show_notes(file: File, terminal: Terminal) -> None:
    for note in file.notes:
        terminal.line(note_line(file.path, note))


def note_line(path: str, note: Note) -> str:
    place = path + (f":{note.line}" if note.line else "")
    hint = f": {note.hint}" if note.hint else ""
    return f"{place}: {note.text}{hint}"


def _side(conflict: MarkedConflict, side: str) -> str:
    """The value of a side; its lines if only these are known, or if only comments differ."""
    values, text = conflict.values, conflict.text[side]
    sides = [values[OURS], values[THEIRS]]
    gone = [value is ABSENT for value in sides]
    differ = not all(gone) and (any(gone) or not same(*sides))
    if conflict.pointer is not None and differ:
        return "(absent)" if values[side] is ABSENT else shown(values[side])
    if text is None:
        return "(not shown)"
    return shown(text.removesuffix("\n")) if text else "(absent)"


def _choices(takes: list[str], values: list[str]) -> dict[int | None, Choice]:
    import shlex

    from seedgit.formats.resolve import Put, TakeSide

    found: dict[int | None, Choice] = {}

    def add(option: str, key: str, choice: Choice) -> None:
        number = None if key == ALL and isinstance(choice, TakeSide) else _number(option, key)
        if number in found:
            raise UsageError(f"conflict {key} is resolved twice on the command line")
        found[number] = choice

    for text in takes:
        key, _, side = text.partition("=")
        if side not in SIDES:
            raise UsageError(
                f"--take {shlex.quote(text)}: it names no side",
                hint="as in --take 1=ours; the sides are ours, theirs, base",
            )
        add(f"--take {shlex.quote(text)}", key, TakeSide(side))
    for text in values:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--value {shlex.quote(text)}: no value", hint="as in --value 1=45")
        add(f"--value {shlex.quote(text)}", key, Put(parse_value(value), value))
    return found


def _number(option: str, key: str) -> int:
    if not is_index(key):
        raise UsageError(
            f"{option}: not a number: {key!r}", hint="seedgit conflicts shows the numbers"
        )
    return int(key)
