"""What a shell is told when somebody presses the tab key, and the script that makes it ask."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any


def library() -> Any:
    """argcomplete, for a process that starts no other.

    It imports `subprocess`, for completers that ask a shell, which takes longer to load than the
    rest of it. None of ours asks one.
    """
    name = "subprocess"
    empty = sys.modules.setdefault(name, ModuleType(name))
    try:
        import argcomplete
    finally:
        if not vars(empty).get("run"):
            del sys.modules[name]
    return argcomplete


def complete(parser: Any) -> None:
    """Answer the shell, and end the process. `parser` is that of the whole command line."""
    known = parser.subcommands
    for word in os.environ.get("COMP_LINE", "").split():
        if word in known:  # argcomplete replaces the class of each parser that it comes through
            known[word] = known[word].parser
    library().autocomplete(parser, default_completer=_files)


def _files(prefix: str, **_: Any) -> list[str]:
    folder, start = os.path.split(prefix)
    with suppress(OSError), os.scandir(folder or ".") as found:
        there = [each for each in found if each.name.startswith(start)]
        return [os.path.join(folder, each.name) + "/" * each.is_dir() for each in there]
    return []
