"""Options that several commands have."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


WRITES = "the layer to write to; without it, the topmost of your own (seedgit layer)"
CONCERNS = "only what this layer has (seedgit layer)"


def add_overlay(parser: argparse.ArgumentParser, what: str = WRITES) -> None:
    """--overlay NAME: the one layer that a command is about (`Session.workspace`)."""
    parser.add_argument("--overlay", dest="target", metavar="NAME", help=what)
