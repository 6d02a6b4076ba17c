"""Checks the clone itself: remotes, locks, submodules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seedgit import codes
from seedgit.git.lock_owners import doubt, holder
from seedgit.git.locks import STALE_AFTER, age_of, places_of
from seedgit.git.names import pasted
from seedgit.git.remotes import Remotes
from seedgit.git.repository import MODE_SUBMODULE
from seedgit.operations.audit.findings import FIX, Finding, note, wrong
from seedgit.operations.workspace import Workspace

REFS = "refs/seedgit"
ABANDONED = 3600.0  # seconds; git holds a ref's lock for milliseconds


def audit_clone(workspace: Workspace) -> list[Finding]:
    return [*_remotes(workspace), *_locks(workspace), *_submodules(workspace)]


def _remotes(workspace: Workspace) -> list[Finding]:
    findings = []
    for risk in Remotes(workspace.repository, workspace.store).risks():
        code = codes.REMOTE_MIRROR if risk.key.endswith(".mirror") else codes.REMOTE_FETCH
        detail = f"{risk.origin}: {risk.key} = {risk.value}: {risk.what}"
        findings.append(wrong(code, detail, f"git config --unset {pasted(risk.key)}, or narrow it"))
    return findings


def _submodules(workspace: Workspace) -> list[Finding]:
    paths = [entry.path for entry in workspace.repository.index() if entry.mode == MODE_SUBMODULE]
    detail = "a submodule: seeds inside it are not covered from here"
    return [
        note(codes.SUBMODULE, f"{path}: {detail}", f"seedgit -C {workspace.pasted(path)} init")
        for path in sorted(paths)
    ]


# -- locks -----------------------------------------------------------------------------------------


def ref_locks(workspace: Workspace) -> Iterator[tuple[Path, float]]:
    """The locks of seedgit's refs, and how old each is in seconds."""
    for place in sorted((workspace.repository.common_dir / REFS).rglob("*.lock")):
        age = age_of(place)
        if age is not None:  # None: the lock has just been released
            yield place, age


def abandoned(workspace: Workspace, lock: Path, age: float) -> str:
    """The reason why a lock may not be removed; "" where it may.

    It may be removed if its process is certainly gone, or if it is old and no process is seen.
    """
    places = places_of(workspace.repository)
    reason = doubt(lock, places)
    if not reason and age > STALE_AFTER:
        return ""
    if age < ABANDONED:
        young = f"it is younger than {ABANDONED / 60:.0f} minutes"
        return f"{young}, and {reason}" if reason else young
    return holder(lock, places)


def _locks(workspace: Workspace) -> list[Finding]:
    findings = []
    for lock, age in ref_locks(workspace):
        if age < STALE_AFTER:
            continue
        held = abandoned(workspace, lock, age)
        detail = f"{lock}: there for {age:.0f} seconds; a process that died may have left it"
        remedy = f"if no git runs here, delete it ({held})" if held else FIX
        findings.append(wrong(codes.REF_LOCK, detail, remedy))
    lock = workspace.repository.git_dir / "index.lock"
    if lock.exists():
        detail = f"{lock}: git's own, not seedgit's: a git that is running, or died"
        findings.append(note(codes.INDEX_LOCK, detail, "if no git runs here, delete it"))
    return findings
