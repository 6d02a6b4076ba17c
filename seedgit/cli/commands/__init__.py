"""One module a command; this table is the whole dispatch."""

from __future__ import annotations

from types import ModuleType

from seedgit.cli.commands import (
    capture,
    completion,
    conflicts,
    diff,
    divergences,
    doctor,
    hook,
    init,
    journal,
    log,
    mergetool,
    mode,
    pull,
    push,
    rebase,
    render,
    replay,
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
    "diff": diff,
    "render": render,
    "conflicts": conflicts,
    "mergetool": mergetool,
    "rebase": rebase,
    "log": log,
    "undo": undo,
    "push": push,
    "pull": pull,
    "doctor": doctor,
    "mode": mode,
    "divergences": divergences,
    "replay": replay,
    "journal": journal,
    "hook": hook,
    "completion": completion,
}
