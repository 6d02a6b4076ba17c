"""List the layers over the seeds, lowest first; add, remove or reorder them."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import OK, UsageError
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.layer import LayerState
    from seedgit.operations.workspace import Workspace

ADD, REMOVE, ORDER = "add", "remove", "order"

EXAMPLES = """examples:
  seedgit layer                             the layers, lowest first, with what each has
  seedgit layer add berlin                  on top of the others
  seedgit layer add fleet --from origin     read-only: what origin has; seedgit pull renews it
  seedgit layer add berlin --above fleet --when host='berlin-*'
  seedgit layer order fleet berlin          lowest first
  seedgit layer remove berlin               the overlay stays; it lies over nothing here

A layer is an overlay that is used here. Each lies over those before it, and the topmost one that is
not a remote's is the one that commands write to. --overlay NAME writes to another one.

CONDITION is host=PATTERN, branch=PATTERN, env=NAME (it is set) or env=NAME=PATTERN. If one does not
hold, the layer does not count.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=(ADD, REMOVE, ORDER), metavar="ACTION")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--above", default="", metavar="OTHER", help="the layer it lies over")
    parser.add_argument(
        "--from", dest="remote", default="", metavar="REMOTE", help="read-only: what REMOTE has"
    )
    parser.add_argument(
        "--when",
        action="append",
        default=[],
        metavar="CONDITION",
        help="use it only where it holds",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.layer import layers, odd_layers
    from seedgit.operations.workspace import Workspace

    workspace = args.session.workspace(rehearse=args.action is not None)
    if args.action is not None:
        _change(args, workspace)
        workspace = Workspace(workspace.repository, workspace.directory)  # of the new layers
    found = layers(workspace)
    terminal.table([_row(state) for state in found])
    for text in odd_layers(workspace):
        terminal.remark(f"warning: {text}")
    terminal.data([state.data() for state in found])
    return OK


def _change(args: argparse.Namespace, workspace: Workspace) -> None:
    from seedgit.operations import layer

    if args.action == ORDER:
        layer.order(workspace, args.names)
        return
    if len(args.names) != 1:
        raise UsageError(f"layer {args.action} takes one NAME", hint="seedgit help layer")
    (name,) = args.names
    if args.action == ADD:
        layer.add(workspace, name, above=args.above, remote=args.remote, when=args.when)
    else:
        layer.remove(workspace, name)


def _row(state: LayerState) -> tuple[str, ...]:
    notes = []
    if state.written:
        notes.append("written to")
    if state.settings.remote:
        notes.append(f"read-only, from {state.settings.remote}")
    if state.settings.when:
        notes.append(f"when {' and '.join(state.settings.when)}")
    if state.unmet:
        notes.append(f"not here: {state.unmet} does not hold")
    parked = f", {state.parked} parked" if state.parked else ""
    return (state.name, number_of(state.active, "override") + parked, "; ".join(notes))
