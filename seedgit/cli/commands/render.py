"""Print the effective file, for the runtime to read. Parked overrides are not in it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK

if TYPE_CHECKING:
    from seedgit.operations.effective import Effective

EXAMPLES = """examples:
  seedgit render flows/wiki.yaml > /run/flows/wiki.yaml
  seedgit render --strict flows/wiki.yaml > new && mv new /run/flows/wiki.yaml

An override is parked if the seed has no place for it, or if it yielded. What is parked is listed on
standard error. With --strict the exit status is then 1.
"""

TOLD = 10  # parked overrides that are named one by one


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 if an override is parked"
    )


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.effective import effective

    workspace = args.session.workspace()
    found = effective(workspace, workspace.seed_path(args.file))
    terminal.raw(found.document.data)
    _tell_parked(found, terminal)
    return ATTENTION if args.strict and found.parked else OK


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
