"""Print the effective file, or write effective files into a folder."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.stack.effective import Effective
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit render flows/wiki.yaml > /run/flows/wiki.yaml
  seedgit render --strict flows/wiki.yaml > new && mv new /run/flows/wiki.yaml
  seedgit render --all --out build/config      every seed's, for a pipeline

An override is parked if the seed has no place for it, or if it yielded. What is parked is listed on
standard error. With --strict the exit status is then 1.

Secrets are decrypted, which needs a private key (docs/secrets.md). Without one nothing is written.

With --out only what changed is written, each file in one step. With --all, the files of seeds that
are gone are removed from DIR; one that somebody changed is left, and the exit status is 1. For a
folder that a program writes to as well: seedgit live.
"""

TOLD = 10  # parked overrides that are named one by one


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="one seed; several with --out")
    parser.add_argument("--all", action="store_true", help="every seed")
    parser.add_argument("--out", metavar="DIR", help="write the files into DIR, at their paths")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 if an override is parked"
    )
    parser.add_argument("--json", action="store_true", help="with --out: print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.stack.effective import effective

    workspace = args.session.workspace()
    workspace.reveals = True
    if args.out is not None:
        return _into(args, workspace, terminal)
    if args.all or len(args.files) != 1:
        raise UsageError("name one FILE, or a folder with --out DIR")
    found = effective(workspace, workspace.seed_path(args.files[0]))
    terminal.raw(found.document.data)
    _tell_parked(found, terminal)
    return ATTENTION if args.strict and found.parked else OK


def _into(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> int:
    if args.all == bool(args.files):
        raise UsageError("name the files, or give --all")
    from seedgit.operations.render import render_into  # late: it loads what one file does not need
    from seedgit.operations.seeds.named_seeds import seed_paths

    paths = None if args.all else seed_paths(workspace, args.files)
    done = render_into(workspace, args.out, paths)
    for file in done:
        if file.written or file.removed:
            terminal.line(f"{file.place} was {'written' if file.written else 'removed'}")
        for name in file.parked[:TOLD]:
            terminal.remark(f"warning: {file.path}: {name} is parked: not in this file")
        if file.problem:
            terminal.remark(f"error: {file.problem}")
    terminal.data([file.data() for file in done])
    if any(file.problem for file in done):
        return ATTENTION
    return ATTENTION if args.strict and any(file.parked for file in done) else OK


def _tell_parked(found: Effective, terminal: Terminal) -> None:
    for layer, parked in found.parked[:TOLD]:
        terminal.remark(
            f"warning: {found.path}: {parked.label} of overlay {layer.overlay} "
            f"is parked ({parked.reason}): not in this file"
        )
    if len(found.parked) > TOLD:
        terminal.remark(f"warning: and {len(found.parked) - TOLD} more")
    if found.parked:
        terminal.remark(
            "hint: seedgit pending lists what waits for you, seedgit status --overlay all"
        )
