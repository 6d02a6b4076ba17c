"""One module a command; this table is the whole dispatch."""

from __future__ import annotations

from types import ModuleType

from seedgit.cli.commands import (
    capture,
    completion,
    diff,
    doctor,
    hook,
    init,
    log,
    plan,
    pull,
    push,
    rebase,
    render,
    set,
    status,
    undo,
    unset,
)

COMMANDS: dict[str, ModuleType] = {
    "init": init,
    "set": set,
    "unset": unset,
    "capture": capture,
    "status": status,
    "plan": plan,
    "diff": diff,
    "render": render,
    "rebase": rebase,
    "log": log,
    "undo": undo,
    "push": push,
    "pull": pull,
    "doctor": doctor,
    "hook": hook,
    "completion": completion,
}
