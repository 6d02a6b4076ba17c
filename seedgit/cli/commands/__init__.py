"""One module a command; this table is the whole dispatch."""

from __future__ import annotations

from types import ModuleType

from seedgit.cli.commands import (
    approve,
    capture,
    completion,
    diff,
    doctor,
    hook,
    init,
    log,
    pending,
    plan,
    pull,
    push,
    rebase,
    render,
    resolve,
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
    "pending": pending,
    "resolve": resolve,
    "approve": approve,
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
