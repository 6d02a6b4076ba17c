"""Say who can decrypt an overlay's secrets, change that, or encrypt them anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seedgit.cli.options import add_overlay
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, UsageError
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.secrets.manage import OverlaySecrets

RECIPIENTS, ROTATE, FORGET = "recipients", "rotate", "forget"
ADD, REMOVE = "add", "remove"
TOLD = 20  # places that are named one by one

EXAMPLES = """examples:
  seedgit secret recipients                              who can decrypt, and what
  seedgit secret recipients add age1ql3z... --name anna
  seedgit secret recipients add ~/.ssh/id_ed25519.pub
  seedgit secret recipients add --own                    your own key; without any, one is made
  seedgit secret recipients remove anna
  seedgit secret rotate                                  encrypt all secrets anew
  seedgit secret forget                                  take plain ones out of the history

A recipient is a public key of age's (age1..., from age-keygen) or of SSH's (ssh-ed25519, ssh-rsa).
A change of the recipients counts for what is set from then on; rotate brings the rest into step,
and needs a private key: SEEDGIT_IDENTITY=FILE, git config seedgit.identity FILE, or the usual
files. What a removed recipient could read stays in the overlay's history: change those values.
forget writes the part of the history anew that no remote has.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        default=RECIPIENTS,
        choices=(RECIPIENTS, ROTATE, FORGET),
        metavar="ACTION",
        help="recipients, if none is given; rotate; or forget",
    )
    parser.add_argument(
        "change", nargs="?", choices=(ADD, REMOVE), metavar="CHANGE", help="add or remove"
    )
    parser.add_argument("keys", nargs="*", metavar="KEY", help="a key, or a file of public keys")
    parser.add_argument("--name", default="", metavar="NAME", help="what to call the key")
    parser.add_argument(
        "--own", action="store_true", help="add your own key; without any, one is made"
    )
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.secrets import manage

    changes = args.what != RECIPIENTS or args.change is not None
    workspace = args.session.workspace(rehearse=changes)
    if args.what != RECIPIENTS:
        if args.change:
            raise UsageError(f"{args.what} takes no arguments", hint="seedgit help secret")
        return (_rotate if args.what == ROTATE else _forget)(args, terminal)
    if args.change is None:
        found = [manage.overlay_secrets(workspace, name) for name in workspace.asked]
        for state in found:
            _tell(state, terminal)
        terminal.data([state.data() for state in found])
        return OK
    if args.own and args.change != ADD:
        raise UsageError("--own goes with recipients add")
    if not args.keys and not args.own:
        raise UsageError(f"recipients {args.change} needs a KEY", hint="seedgit help secret")
    before = manage.overlay_secrets(workspace, workspace.target)
    if args.change == ADD:
        state = manage.add_recipients(workspace, args.keys, args.name, own=args.own)
    else:
        state = manage.remove_recipients(workspace, args.keys)
        for gone in (each for each in before.recipients if each not in state.recipients):
            reads = before.readable_by(gone.id)
            _tell_exposed((e.path + e.pointer for e in reads), gone.label, terminal)
    _tell(state, terminal)
    terminal.data(state.data())
    return OK


def _rotate(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.secrets.manage import rotate

    done = rotate(args.session.workspace())
    for each in done:
        terminal.line(
            f"overlay {each.overlay}: {number_of(each.encrypted, 'secret')} encrypted anew"
        )
        for place in each.sealed[:TOLD]:
            terminal.line(f"  {place} was plain until now")
        if len(each.sealed) > TOLD:
            terminal.line(f"  and {len(each.sealed) - TOLD} more were plain until now")
        if each.sealed:
            terminal.remark("note: the plain values are still in the overlay's history")
        _tell_exposed(each.exposed, "somebody who is a recipient no more", terminal)
        for problem in each.left:
            terminal.remark(f"warning: left as it was: {problem}")
    terminal.data([each.data() for each in done])
    return ATTENTION if any(each.left for each in done) else OK


def _forget(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.secrets.plain_values import forget

    done = forget(args.session.workspace())
    terminal.line(
        f"overlay {done.overlay}: {number_of(done.commits, 'commit')} written anew, without the "
        f"plain values of {number_of(len(done.places), 'place')}"
    )
    for place in done.places[:TOLD]:
        terminal.line(f"  {place}")
    if done.commits:
        terminal.remark("note: git drops the old commits with: git gc --prune=now")
    for remote in done.sent:
        terminal.remark(
            f"warning: {remote} was sent plain values, and others may have them: change those"
        )
    terminal.data(done.data())
    return OK


def _tell(state: OverlaySecrets, terminal: Terminal) -> None:
    secrets = number_of(len(state.secrets), "secret")
    terminal.line(f"overlay {state.overlay}: {secrets}")
    rows = [
        (each.id, each.label, f"decrypts {len(state.readable_by(each.id))}")
        for each in state.recipients
    ]
    terminal.table(rows)
    if not state.recipients:
        terminal.line("  no recipients: nothing can be encrypted")
    if state.stale:
        terminal.remark(
            f"note: {number_of(len(state.stale), 'secret')} encrypted to others than these: "
            "seedgit secret rotate"
        )


def _tell_exposed(places: Iterable[str], who: str, terminal: Terminal) -> None:
    found: Sequence[str] = list(places)
    if not found:
        return
    terminal.remark(f"warning: {who} could read these, and may have kept them: change them")
    for place in found[:TOLD]:
        terminal.remark(f"  {place}")
    if len(found) > TOLD:
        terminal.remark(f"  and {len(found) - TOLD} more")
