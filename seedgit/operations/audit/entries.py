"""Checks the installed entry points: the driver in git's configuration, the hooks, the CLI."""

from __future__ import annotations

import os
import shutil

from seedgit import codes
from seedgit.driver.untold_options import UNTOLD, content_options
from seedgit.errors import InputError
from seedgit.git.names import pasted
from seedgit.git.settings import DRIVER_KEY, has_live_trees
from seedgit.operations.audit.findings import FIX, Finding, fine, note, wrong
from seedgit.operations.audit.programs import Call, Programs, find_call
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.framework import (
    FRAMEWORK_FILE,
    OFFERED,
    configured,
    configured_or_none,
)
from seedgit.operations.install.hook_install import hook_file
from seedgit.operations.install.hook_scripts import HOOK_SIGN, HOOKS, PROGRAM, hook_script, is_ours
from seedgit.operations.install.hooks import OWN, SHARED, TRACKED, HookPlace, hook_place, hook_text
from seedgit.operations.install.worktree_modes import all_off
from seedgit.operations.workspace import Workspace

_OPTIONS = ".mergeoptions"  # of a branch, as git lists keys


def audit_entries(workspace: Workspace, programs: Programs) -> list[Finding]:
    """Check the driver, each hook, and the `seedgit` that a shell finds."""
    findings: list[Finding] = []
    place = hook_place(workspace.repository)
    driver = workspace.repository.config.get(DRIVER_KEY)
    texts = {name: hook_text(hook_file(place, name)) for name in HOOKS}
    calls = any(text is not None and HOOK_SIGN in text for text in texts.values())
    if driver is None and not calls and not workspace.mode.switched_off:
        detail = "this clone has no seedgit configuration, and git takes none from a remote"
        findings.append(wrong(codes.NOT_INSTALLED, detail, FIX))
    findings += _driver(workspace, programs)
    if all_off(workspace):
        findings += _hooks_when_off(place)
    else:
        for name in HOOKS:
            findings += _hook(workspace, programs, place, name)
        findings += _hooks_path(place, list(texts.values()))
    findings += _command_line(programs)
    return findings


def _driver(workspace: Workspace, programs: Programs) -> list[Finding]:
    config = workspace.repository.config
    command = config.get(DRIVER_KEY)
    if command is None:
        if workspace.mode.switched_off:
            return [fine(codes.DRIVER, "none, and none is needed: the mode is off")]
        return [wrong(codes.DRIVER_MISSING, "git knows no merge driver: seeds merge by lines", FIX)]
    findings: list[Finding] = []
    origin = config.all(DRIVER_KEY)[-1].where
    call = find_call(command)
    if call is None:
        detail = f"{origin}: {DRIVER_KEY} does not run seedgit: {command}"
        return [
            wrong(codes.DRIVER_FOREIGN, detail, f"git config --unset {DRIVER_KEY}; seedgit init")
        ]
    about, odd = programs.examine("driver", call)
    findings += odd
    if call.file is None or command != driver_command(call.program, call.file):
        detail = f"{origin}: another command line than this seedgit writes: {command}"
        findings.append(wrong(codes.DRIVER_OUTDATED, detail, FIX))
    findings += _untold(workspace)
    if config.get("merge.seedgit.recursive") != "binary":
        detail = "merge.seedgit.recursive is not binary: criss-cross merges get nested markers"
        findings.append(wrong(codes.DRIVER_RECURSIVE, detail, FIX))
    if about is not None:
        findings.insert(0, fine(codes.DRIVER, f"{_line(call)} ({about})"))
    return findings


def _untold(workspace: Workspace) -> list[Finding]:
    """The merge options that git passes to no driver, and the branches that configure them."""
    config = workspace.repository.config
    detail = f"git does not tell a driver of {UNTOLD}: in live they do not count for seeds"
    keys = sorted(config.keys())
    options = [key for key in keys if key.startswith("branch.") and key.endswith(_OPTIONS)]
    used = [key for key in options if content_options(config.get(key) or "")]
    if not used:
        return [fine(codes.DRIVER_UNTOLD, f"{detail} (docs/merging.md)")]
    where = [f"{key} is {config.get(key)!r}" for key in used]
    remedy = "SEEDGIT_MODE=off git merge ... has git's own merge, with them (docs/merging.md)"
    return [note(codes.DRIVER_UNTOLD, f"{', '.join(where)}; {detail}", remedy)]


def _line(call: Call) -> str:
    return " ".join(call.words)


# -- hooks -----------------------------------------------------------------------------------------


def _hooks_when_off(place: HookPlace) -> list[Finding]:
    left = [name for name in HOOKS if is_ours(hook_text(hook_file(place, name)) or "")]
    if not left:
        return [fine(codes.HOOK, "none, and none is needed: the mode is off")]
    detail = f"{', '.join(left)}: in {place.directory}, and quiet: the mode is off"
    return [
        note(codes.HOOK, detail, "" if place.kind == SHARED else "seedgit mode off takes them out")
    ]


def _hook(workspace: Workspace, programs: Programs, place: HookPlace, name: str) -> list[Finding]:
    file = hook_file(place, name)
    if file.name != name:
        covered = _by_framework(workspace, place, name)
        if covered is not None:
            return [covered]
    text = hook_text(file)
    writable = place.writable and not file.is_symlink()
    fix = FIX if writable else f"let {file} call: seedgit hook {name}"
    if text is None:
        detail = f"{name}: there is no {file}"
        detail += _not_run(workspace, name) + _not_synced(workspace, name)
        return [wrong(codes.HOOK_MISSING, detail, fix)]
    call = find_call(text)
    if call is None:
        detail = f"{name}: {file} does not call seedgit"
        return [wrong(codes.HOOK_FOREIGN, detail, f"let it call: seedgit hook {name}")]
    if not os.access(file, os.X_OK):
        detail = f"{name}: {file} is not executable, so git skips it"
        mendable = writable and is_ours(text)
        return [
            wrong(
                codes.HOOK_NOT_EXECUTABLE,
                detail,
                FIX if mendable else f"chmod +x {pasted(str(file))}",
            )
        ]
    if not may_run(place, name, text):
        return [
            fine(
                codes.HOOK, f"{name}: {_line(call)} (in the working tree: it is read, but not run)"
            )
        ]
    about, findings = programs.examine(f"hook {name}", call)
    if is_ours(text) and text != hook_script(name, call.program, call.file or PROGRAM):
        detail = f"{name}: {file} is another script than this seedgit writes"
        findings.append(wrong(codes.HOOK_OUTDATED, detail, fix))
    if about is not None:
        findings.insert(0, fine(codes.HOOK, f"{name}: {_line(call)} ({about})"))
    return findings


def may_run(place: HookPlace, name: str, text: str) -> bool:
    """Whether a trial may run a hook. It may not run tracked files: upstream writes those."""
    return place.kind != TRACKED or text == hook_script(name)


def _by_framework(workspace: Workspace, place: HookPlace, name: str) -> Finding | None:
    """The finding about a hook that belongs to the pre-commit framework.

    None where the framework runs a script beside it: that script is checked instead.
    """
    repository = workspace.repository
    try:
        covered = name in configured(repository)
    except InputError as error:
        remedy = error.hint or f"correct {FRAMEWORK_FILE}"
        return wrong(codes.HOOK_FOREIGN, f"{name}: by the pre-commit framework: {error}", remedy)
    if covered:
        return fine(codes.HOOK, f"{name}: by the pre-commit framework ({FRAMEWORK_FILE})")
    if hook_text(hook_file(place, name)) is not None:
        return None
    detail = (
        f"{name}: the pre-commit framework runs {place.directory / name}, and {FRAMEWORK_FILE} "
        "names no hook of seedgit's for it"
    )
    offered = next((id for id, names in OFFERED.items() if name in names), None)
    named = f"name it there (`- id: {offered}`, docs/ci.md), or: " if offered else ""
    return wrong(codes.HOOK_FOREIGN, detail, f"{named}{FIX}")


def _not_run(workspace: Workspace, name: str) -> str:
    """A remark if the framework is to run seedgit's hook, but is not installed for it; else ""."""
    if name not in configured_or_none(workspace.repository):
        return ""
    return f"; {FRAMEWORK_FILE} names it: pre-commit install --hook-type {name}"


def _not_synced(workspace: Workspace, name: str) -> str:
    """A remark if live trees wait for the hook; else ""."""
    if not name.startswith("post-") or not has_live_trees(workspace.repository):
        return ""
    return "; until a sync, live trees do not follow what git changes"


def _hooks_path(place: HookPlace, hooks: list[str | None]) -> list[Finding]:
    if place.kind == OWN:
        return []
    if all(text is not None and find_call(text) for text in hooks):
        return [note(codes.HOOKS_PATH, place.about)]
    detail = f"{place.about}; {place.obstacle}" if place.obstacle else place.about
    return [wrong(codes.HOOKS_PATH, detail, FIX if place.writable else place.advice)]


# -- the command line ------------------------------------------------------------------------------


def _command_line(programs: Programs) -> list[Finding]:
    place = shutil.which("seedgit")
    if place is None:
        detail = "a shell finds no `seedgit` on PATH; the driver and the hooks need none"
        return [note(codes.CLI_MISSING, detail)]
    about, findings = programs.examine("cli", Call((place,), place))
    if about is not None:
        findings.insert(0, fine(codes.CLI, f"{place} ({about})"))
    return findings
