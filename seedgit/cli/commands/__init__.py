"""One module a command; this table is the whole dispatch."""

from __future__ import annotations

from types import ModuleType

from seedgit.cli.commands import (
    blame,
    capture,
    completion,
    diff,
    doctor,
    hook,
    init,
    log,
    prune,
    pull,
    push,
    rebase,
    render,
    set,
    status,
    undo,
    unset,
    why,
)

COMMANDS: dict[str, ModuleType] = {
    "init": init,
    "set": set,
    "unset": unset,
    "capture": capture,
    "status": status,
    "why": why,
    "blame": blame,
    "diff": diff,
    "render": render,
    "rebase": rebase,
    "prune": prune,
    "log": log,
    "undo": undo,
    "push": push,
    "pull": pull,
    "doctor": doctor,
    "hook": hook,
    "completion": completion,
}
