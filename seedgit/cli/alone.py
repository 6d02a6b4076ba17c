"""A command without arguments, such as `seedgit sync`, as argparse would read it.

That is most of what programs and timers run. To load argparse and to make a parser takes them
longer than all that git does for them.
"""

from __future__ import annotations

from types import SimpleNamespace

from seedgit.cli.commands import COMMANDS, common

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

# What actions leave that are not given. Others may do more.
_UNGIVEN = {"store": None, "append": None, "store_true": False, "store_false": True}


class MoreWanted(Exception):
    """A command takes more than its name, or only argparse knows what it takes."""


class Unasked:
    """Takes the place of a parser in `configure`: what each argument is if it is not given."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def add_argument(self, *names: str, **options: Any) -> None:
        """As of argparse. Raises MoreWanted if it has to be given, or if argparse knows better."""
        action, nargs = options.get("action", "store"), options.get("nargs")
        option = names[0].startswith("-")
        if options.get("required") or action not in _UNGIVEN or not (option or nargs in ("?", "*")):
            raise MoreWanted
        default = options.get("default", _UNGIVEN[action])
        if isinstance(default, str) and "type" in options:
            raise MoreWanted  # argparse would convert it
        if default is None and nargs == "*" and not option:
            default = []
        long = next((name for name in names if name.startswith("--")), names[0])
        self.found[options.get("dest", long.lstrip("-").replace("-", "_"))] = default

    def add_mutually_exclusive_group(self, required: bool = False) -> Unasked:
        if required:
            raise MoreWanted
        return self

    def add_subparsers(self, **options: Any) -> None:
        raise MoreWanted


def alone(name: str) -> argparse.Namespace | None:
    """What a command line asks for that is this word; None if only argparse can tell."""
    if name not in COMMANDS.summaries:
        return None
    module = COMMANDS[name]
    parser: Any = Unasked()
    try:
        module.configure(parser)
    except MoreWanted:
        return None
    made: Any = SimpleNamespace(**{**common(name), **parser.found}, run=module.run)
    found: argparse.Namespace = made  # as far as commands use it
    return found
