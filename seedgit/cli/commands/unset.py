"""Remove an override, so that the seed's value counts again."""

from __future__ import annotations

from seedgit.cli.commands.set import holding, tell
from seedgit.cli.options import add_overlay
from seedgit.cli.terminal import Terminal, side

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """example:
  seedgit unset flows/wiki.yaml '/steps/[id=fetch]/queue_mode'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a seed, or a pattern of seeds")
    parser.add_argument("pointer", metavar="POINTER", help="a pointer or a selector")
    parser.add_argument("--why", default="", metavar="REASON", help="kept in the overlay's log")
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.seeds.named_seeds import seed_paths
    from seedgit.operations.set import unset_overrides

    workspace = args.session.workspace()
    paths = seed_paths(workspace, [args.file])
    done = unset_overrides(workspace, paths, args.pointer, args.why)
    held = holding(workspace)

    def now(path: str, pointer: str) -> str:
        found = held.at(path, pointer) if held else None
        if found is None or not found.overlay:
            return "follows the seed again"
        return f"is {side(found.value)} now, from the layer {found.overlay}"

    data = tell(done, [now] * len(done), terminal)
    terminal.data(data | {"until": None})
    return 0
