"""What a shell is told when somebody presses the tab key, and the script that makes it ask."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.workspace import Workspace


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
    library().autocomplete(parser, default_completer=_offered)


# By the word that the help has for an argument.
_FILES = (
    "FILE", "PATH", "DIR", "BASE", "OURS", "THEIRS", "LOCAL", "MERGED", "RESULT", "OLD", "NEW",
    "CHANGES", "PATTERN", "SOURCE",
)  # fmt: skip


def _offered(prefix: str, action: Any, parsed_args: Any, **_: Any) -> list[str]:
    """What an argument may be that begins like this. A shell is told nothing of what goes wrong."""
    # Upstream gives files and keys their names. None may do anything to the line that is typed.
    return [each for each in _found(prefix, action, parsed_args) if each.isprintable()]


def _found(prefix: str, action: Any, parsed_args: Any) -> list[str]:
    find = _KNOWN.get(action.dest)
    if find is None:
        return _files(prefix) if action.metavar in _FILES else []
    from seedgit.errors import SeedgitError

    try:
        found = find(prefix, parsed_args)
    except (SeedgitError, OSError):
        return []
    return [each for each in found if each.startswith(prefix)]


def _workspace(args: Any) -> Workspace:
    from seedgit.operations.workspace import Workspace

    return Workspace.open(getattr(args, "directory", "."), rehearse=False)


def _pointers(prefix: str, args: Any) -> list[str]:
    file = getattr(args, "file", None)
    if not isinstance(file, str):
        return []
    from seedgit.operations.completing import pointers

    return pointers(_workspace(args), file, prefix)


def _overlays(_: str, args: Any) -> list[str]:
    from seedgit.operations.completing import overlays

    return overlays(_workspace(args))


def _sites(_: str, args: Any) -> list[str]:
    from seedgit.operations.completing import site_names

    return site_names(_workspace(args))


def _references(_: str, args: Any) -> list[str]:
    from seedgit.operations.completing import references

    return references(_workspace(args))


def _remotes(_: str, args: Any) -> list[str]:
    from seedgit.git.remotes import Remotes

    workspace = _workspace(args)
    return Remotes(workspace.repository, workspace.store).names()


# By the name of the argument in the program.
_KNOWN: dict[str, Callable[[str, Any], list[str]]] = {
    "pointer": _pointers,
    **dict.fromkeys(("above", "layer", "named", "names", "shown", "target"), _overlays),
    "sites": _sites,
    "ref": _references,
    "remote": _remotes,
}


def _files(prefix: str, **_: Any) -> list[str]:
    folder, start = os.path.split(prefix)
    with suppress(OSError), os.scandir(folder or ".") as found:
        there = [each for each in found if each.name.startswith(start)]
        return [os.path.join(folder, each.name) + "/" * each.is_dir() for each in there]
    return []
