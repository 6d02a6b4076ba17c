"""One module for each command, loaded when it is run. This table is the whole dispatch."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Final


class _Commands(Mapping[str, ModuleType]):
    """The commands in the order of the help, with their modules."""

    def __init__(self, *names: str) -> None:
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> ModuleType:
        if name not in self._names:
            raise KeyError(name)
        return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


# fmt: off
COMMANDS: Final = _Commands(
    "init",
    "set",
    "unset",
    "capture",
    "adopt",
    "suggest",
    "promote",
    "demote",
    "status",
    "plan",
    "fleet",
    "why",
    "blame",
    "diff",
    "pending",
    "resolve",
    "approve",
    "render",
    "conflicts",
    "mergetool",
    "rebase",
    "move",
    "prune",
    "log",
    "undo",
    "push",
    "pull",
    "verify",
    "doctor",
    "mode",
    "divergences",
    "replay",
    "journal",
    "bug-report",
    "hook",
    "completion",
)
# fmt: on
