"""What waits for a person: overrides whose seed moved, or that lost their place."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal, moves, plain, shown, table
from seedgit.core.diff import ABSENT
from seedgit.core.values import Value
from seedgit.errors import ATTENTION, OK
from seedgit.operations.pending import Item, Numbered, pending

EXAMPLES = """examples:
  seedgit pending                    numbered; every number has an id that says what it means
  seedgit resolve 1 --keep-local     decide one
  seedgit approve --all              what is proposed, for all of them
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--exit-code", action="store_true", help="1 where something waits")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    found = pending(args.session.workspace())
    terminal.data(found.data())
    for problem in found.problems:
        terminal.line(terminal.style("problem: ", "red") + plain(problem))
    for path in found.conflicts:
        terminal.line(f"{plain(path)}: in conflict; resolve and commit the merge first")
    for path in dict.fromkeys(entry.item.path for entry in found.items):
        terminal.line(terminal.style(plain(path), "bold"))
        items = [entry for entry in found.items if entry.item.path == path]
        for line in table([_row(entry) for entry in items]):
            terminal.line(line)
        for line in moves(path, items[0].item.candidates):
            terminal.line(f"  {line}")
    if found.items:
        terminal.line("seedgit resolve N --keep-local | --take-seed | --value V, or approve N")
    elif not found.conflicts and not found.problems:
        terminal.line("nothing waits")
    if found.unkept and found.items:
        terminal.remark(f"the numbers could not be kept, and mean nothing: {plain(found.unkept)}")
    waits = found.items or found.conflicts or found.problems
    return ATTENTION if args.exit_code and waits else OK


def _row(entry: Numbered) -> tuple[str, ...]:
    item = entry.item
    return (
        str(entry.number),
        item.id,
        item.reason.replace("-", " "),
        plain(item.question.pointer),
        _values(item),
        f"proposed: {item.proposal}{_note(item)}",
    )


def _values(item: Item) -> str:
    asked = item.question
    seed = _side(asked.seed)
    if not (asked.base is ABSENT and asked.seed is ABSENT):
        seed = f"{_side(asked.base)} => {seed}" if item.override.moved_under else seed
    return f"seed {seed}, local {_side(asked.local)}"


def _side(value: Value) -> str:
    return "(absent)" if value is ABSENT else shown(value, 30)


def _note(item: Item) -> str:
    notes = [plain(item.override.why)] if item.override.why else []
    if item.earlier is not None:
        notes.append(" ".join(["decided before", plain(item.earlier.why)]).strip())
    return f"  ({'; '.join(notes)})" if notes else ""
