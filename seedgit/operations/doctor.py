"""What is installed here, looked at as git sees it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from seedgit.git.remotes import Remotes
from seedgit.operations.setup import HOOK_SIGN, HOOKS, driver_command
from seedgit.operations.workspace import RULES_FILE, Workspace


@dataclass(frozen=True)
class Finding:
    """One look at one thing. `code` is stable; `remedy` says what to do where it is not ok."""

    code: str
    ok: bool
    detail: str
    remedy: str = ""


def examine(workspace: Workspace) -> list[Finding]:
    """Everything that has to be right for merges and commits to go through seedgit."""
    return [
        _rules(workspace),
        *_driver(workspace),
        _attributes(workspace),
        *_hooks(workspace),
        *_overlays(workspace),
        *_remotes(workspace),
    ]


def _rules(workspace: Workspace) -> Finding:
    if workspace.repository.read_file(RULES_FILE) is None:
        return Finding("rules", False, f"there is no {RULES_FILE}", "run: seedgit init")
    count = len(workspace.tracked)
    if not count:
        return Finding("rules", False, "no tracked file is a seed", f"see `seeds:` in {RULES_FILE}")
    return Finding("rules", True, f"{count} seeds, policy {workspace.rules.policy}")


def _driver(workspace: Workspace) -> list[Finding]:
    config = workspace.repository.config
    command = config.get("merge.seedgit.driver")
    if command is None:
        return [Finding("driver", False, "git knows no merge driver", "run: seedgit init")]
    findings = [
        Finding("driver", True, "as this seedgit installs it")
        if command == driver_command()
        else Finding("driver", False, "another one than this seedgit's", "run: seedgit init")
    ]
    named = [word for word in shlex.split(command.replace(";", " ")) if word.startswith("/")]
    missing = [word for word in named if not Path(word).exists()]
    if missing:
        findings.append(
            Finding("driver-program", False, f"{missing[0]} is gone", "run: seedgit init")
        )
    if config.get("merge.seedgit.recursive") != "binary":
        findings.append(
            Finding("driver-recursive", False, "criss-cross merges", "run: seedgit init")
        )
    return findings


def _attributes(workspace: Workspace) -> Finding:
    paths = list(workspace.tracked)
    found = workspace.repository.attributes(paths, "merge") if paths else {}
    without = [path for path in paths if found[path].get("merge") != "seedgit"]
    if without:
        return Finding(
            "attributes",
            False,
            f"{len(without)} seeds are not merged by seedgit, {without[0]} first",
            "run: seedgit init; if it stays, a later line of .gitattributes shadows it",
        )
    return Finding("attributes", True, "every seed names the driver")


def _hooks(workspace: Workspace) -> list[Finding]:
    findings = []
    for name in HOOKS:
        path = workspace.repository.hooks_dir / name
        there = path.exists() and HOOK_SIGN in path.read_text(errors="replace")
        remedy = f"seedgit init, or let the hook there call: seedgit hook {name}"
        detail = "installed" if there else "does not call seedgit"
        findings.append(Finding(f"hook-{name}", there, detail, "" if there else remedy))
    return findings


def _overlays(workspace: Workspace) -> list[Finding]:
    problems = workspace.problems()
    if not problems:
        return [Finding("overlays", True, f"active: {', '.join(workspace.names)}")]
    return [
        Finding("overlay-record", False, f"{p.seed}: {p.error.message}", p.error.hint)
        for p in problems
    ]


def _remotes(workspace: Workspace) -> list[Finding]:
    risks = Remotes(workspace.repository, workspace.store).risks()
    return [Finding("remote", False, str(risk), "change that setting") for risk in risks]
