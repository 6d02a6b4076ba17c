"""Decide what `seedgit pending` lists."""

from __future__ import annotations

import argparse

from seedgit.cli.commands.set import parse_value
from seedgit.cli.terminal import Terminal, plain, shown
from seedgit.core.decisions import KEEP_LOCAL, TAKE_SEED, VALUE
from seedgit.operations.resolve import Resolved, Wanted, decide

EXAMPLES = """examples:
  seedgit resolve 1 --keep-local              the site's value holds over the new seed
  seedgit resolve 2 --take-seed               the override goes; the seed's value holds
  seedgit resolve 3 --value 10 --why "agreed with ops"
  seedgit resolve 1 a3f9c2 --keep-local       only if 1 still is a3f9c2
  seedgit resolve 4 --keep-local              an orphan stays parked, and nobody is asked again
  seedgit resolve 4 --keep-local --at '/steps/[id=fetch]/mode'     an orphan gets a new place

It is refused (status 5) once the seed, its base or the overlay record moved since it was listed.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="N", help="a number, or an id, of the last listing")
    parser.add_argument("id", metavar="ID", nargs="?", default="", help="what N has to be")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--keep-local", action="store_true", help="the site's value")
    choice.add_argument("--take-seed", action="store_true", help="the package's value")
    choice.add_argument("--value", metavar="V", help="another value: JSON, or plain text")
    parser.add_argument("--at", default="", metavar="POINTER", help="a new place for an orphan")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the decision")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    choice = KEEP_LOCAL if args.keep_local else TAKE_SEED if args.take_seed else VALUE
    value = None if args.value is None else parse_value(args.value)
    want = Wanted(args.item, args.id, choice, value, args.at)
    tell(decide(args.session.workspace(), [want], args.why), terminal)
    return 0


def tell(done: list[Resolved], terminal: Terminal) -> None:
    terminal.data([one.data() for one in done])
    for one in done:
        decision = one.decision
        what = decision.choice.replace("-", " ")
        if decision.choice == VALUE:
            what = f"= {shown(decision.value)}"
        place = decision.at or decision.question.pointer
        terminal.line(f"{one.number or one.item.id}  {plain(one.item.path)}{plain(place)}  {what}")
    for overlay, commit in dict.fromkeys((one.item.overlay, one.commit) for one in done):
        terminal.line(f"overlay {overlay}: {commit[:12] if commit else 'nothing changed'}")
    if not done:
        terminal.line("nothing waits")
