"""Decide what `seedgit pending` lists."""

from __future__ import annotations

from seedgit.cli.commands.set import parse_value
from seedgit.cli.options import CONCERNS, add_overlay
from seedgit.cli.terminal import Terminal, shown
from seedgit.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.pending import Numbered
    from seedgit.operations.resolve import Approved, ResolvedItem, Wanted
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit resolve                             on a terminal: asks about each, by single keys
  seedgit resolve 1 --keep-local              the site's value holds over the new seed's
  seedgit resolve 2 --take-seed               the override goes; the seed's value holds
  seedgit resolve 3 --value 10 --why "agreed with ops"
  seedgit resolve 1 a3f9c2 --keep-local       only if 1 still is a3f9c2
  seedgit resolve 4 --keep-here               an orphan holds at its pointer, seed or no seed
  seedgit resolve 4 --keep-local              it stays parked: not in the effective file
  seedgit resolve 4 --keep-local --at '/steps/[id=fetch]/mode'     an orphan gets a new place
  seedgit resolve 5 --take-other              two people set it: the other value holds
  seedgit resolve clashes --keep-local        of all values that two people set, those here hold
  seedgit resolve 6 --take-other              two people changed the rules: the other ones hold

A decision is refused (status 5) if the seed, its base or the overlay record has changed since the
item was listed.
"""


CHOICES = "--keep-local | --keep-here | --take-other | --take-seed | --value V"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "item",
        metavar="N",
        nargs="?",
        default="",
        help="a number or an id from the last listing, or: clashes; without it each is asked about",
    )
    parser.add_argument("id", metavar="ID", nargs="?", default="", help="the id that N must have")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--keep-local", action="store_true", help="take the site's value")
    choice.add_argument(
        "--keep-here",
        action="store_true",
        help="keep an orphan in the file, although the seed lacks it",
    )
    choice.add_argument(
        "--take-other", action="store_true", help="take the other value that somebody set"
    )
    choice.add_argument("--take-seed", action="store_true", help="take the package's value")
    choice.add_argument("--value", metavar="V", help="take another value: JSON, or plain text")
    parser.add_argument("--at", default="", metavar="POINTER", help="a new place for an orphan")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the decision")
    add_overlay(parser, CONCERNS)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.resolve import Wanted
    from seedgit.overlay.decisions import KEEP_HERE, KEEP_LOCAL, TAKE_OTHER, TAKE_SEED, VALUE

    flags = {KEEP_LOCAL: args.keep_local, KEEP_HERE: args.keep_here, TAKE_SEED: args.take_seed}
    flags |= {TAKE_OTHER: args.take_other, VALUE: args.value is not None}
    choice = next((name for name, given in flags.items() if given), "")
    if not choice or not args.item:
        return _walk(args, terminal, choice)
    value = None if args.value is None else parse_value(args.value)
    want = Wanted(args.item, args.id, choice, value, args.at)
    return _decide(args, terminal, want)


def _walk(args: argparse.Namespace, terminal: Terminal, choice: str) -> int:
    """Asks about each, where a person can answer. Raises UsageError, and changes nothing."""
    type_this = f"seedgit pending lists what waits; then: seedgit resolve N {CHOICES}"
    if args.item:
        raise UsageError(f"what is to hold for {args.item}?", hint=type_this)
    if choice or args.at:
        raise UsageError("which item is to be decided?", hint=type_this)
    if args.json or not terminal.interactive:
        raise UsageError("there is no terminal to ask at: which item?", hint=type_this)
    from seedgit.cli.walk import walk
    from seedgit.operations.resolve import Approved

    if args.session.workspace().mode.dry_run:
        raise UsageError("in dry-run each would go on waiting", hint=type_this)

    def told(workspace: Workspace, done: list[ResolvedItem]) -> None:
        tell(workspace, Approved(tuple(done)), terminal)

    return walk(args.session.reopened, told, terminal, args.why)


def _decide(args: argparse.Namespace, terminal: Terminal, want: Wanted) -> int:
    from seedgit.operations.resolve import Approved, decide
    from seedgit.operations.waiting.rules_clash import decide_rules

    workspace = args.session.workspace()
    rules = decide_rules(workspace, want, args.why)
    if rules is not None:
        words = want.choice.replace("-", " ")
        terminal.line(f"{rules.clash.number}  {rules.clash.place}  {words}")
        terminal.line(f"overlay {rules.clash.overlay}: {(rules.commit or 'nothing changed')[:12]}")
        terminal.data([rules.data()])
        return 0
    done = decide(workspace, [want], args.why)
    tell(workspace, Approved(tuple(done)), terminal)
    return 0


def tell(workspace: Workspace, approved: Approved, terminal: Terminal) -> None:
    """What was decided, and what was left to a person."""
    terminal.data(approved.data())
    for one in approved.done:
        place = one.decision.at or one.item.name
        number = one.number or one.item.id
        terminal.line(f"{number}  {one.item.path}{place}  {_became(one)}")
    for overlay, commit in dict.fromkeys((one.overlay, one.commit) for one in approved.done):
        terminal.line(f"overlay {overlay}: {commit[:12] if commit else 'nothing changed'}")
    _tell_edited(workspace, approved.done, terminal)
    if approved.left:
        _tell_left(approved.left, terminal)
    elif not approved.done:
        terminal.line("nothing waits")


def _tell_edited(workspace: Workspace, done: tuple[ResolvedItem, ...], terminal: Terminal) -> None:
    edited = dict.fromkeys(one.item.path for one in done if one.edited)
    if edited:
        names = "-- " + workspace.pasted(*edited).removeprefix("-- ")
        terminal.line("edited; to look at it and commit it:")
        terminal.line(f"  git diff {names}")
        terminal.line(f"  git commit -m 'decided after the merge' {names}")


def _tell_left(left: tuple[Numbered, ...], terminal: Terminal) -> None:
    elsewhere = [one for one in left if one.item.remote]
    clashes = [one for one in left if one.item.between and not one.item.remote]
    parks = [one for one in left if not (one.item.between or one.item.remote)]
    if parks:
        terminal.line(f"left {len(parks)} that this would park:")
        terminal.lines(_places(parks), indent="  ")
        terminal.line("decide each: seedgit resolve N --keep-here | --keep-local | --take-seed")
    if clashes:
        terminal.line(f"left {len(clashes)} that two people set:")
        terminal.lines(_places(clashes), indent="  ")
        terminal.line("decide each: seedgit resolve N --keep-local | --take-other")
    if elsewhere:
        terminal.line(f"left {len(elsewhere)} of layers that are read-only here:")
        terminal.lines(_places(elsewhere), indent="  ")


def _places(left: list[Numbered]) -> list[str]:
    return [f"{one.number}  {one.item.path}{one.item.name}" for one in left]


def _became(one: ResolvedItem) -> str:
    """What a decision does to an override, in words."""
    from seedgit.overlay.decisions import KEEP_HERE, VALUE

    choice = one.decision.choice
    if choice == VALUE:
        return f"= {shown(one.decision.value)}"
    if choice == KEEP_HERE:
        return "kept here: in the effective file, although the seed has no such place"
    if one.item.parked_by(choice, one.decision.at):
        return "parked: not in the effective file"
    return choice.replace("-", " ")
