"""Checks that the refs and objects of the overlays, HEAD and the seeds can be read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from seedgit import codes
from seedgit.errors import InputError, RepositoryError
from seedgit.git.names import pasted
from seedgit.git.object_text import Commit, Tree
from seedgit.git.objects import DamagedObject
from seedgit.git.overlay_names import COPIES, overlay_ref
from seedgit.git.refs import read_ref, recorded
from seedgit.git.remotes import Remotes
from seedgit.git.repository import FILE_MODES, MODE_SUBMODULE, Repository
from seedgit.operations.audit.findings import Finding, wrong
from seedgit.operations.workspace import Workspace

SHOWN = 5  # of the damaged objects; a broken disk has thousands


def audit_objects(workspace: Workspace) -> list[Finding]:
    """Check the whole history of the active overlays, the current commit, and the seeds.

    Everything is read, so this takes as long as `git log -p` of the overlays. Nothing is fetched:
    objects that a partial clone lacks are not checked.
    """
    findings: list[Finding] = []
    damaged: dict[str, tuple[str, RepositoryError]] = {}
    for name in _names(workspace):
        tip = None
        ref = overlay_ref(name)
        try:
            tip = read_ref(workspace.repository, ref)
            if tip is not None:
                workspace.repository.commit(tip)
        except DamagedObject:
            pass  # reported with the objects: their remedy may restore it
        except RepositoryError as error:
            findings.append(_ref(workspace, name, error))
            tip = None
        for id, failed in _unreadable(workspace.repository, [tip] if tip else []):
            damaged.setdefault(id, (name, failed))
    for id, failed in _unreadable(workspace.repository, _checked_out(workspace), history=False):
        damaged.setdefault(id, ("", failed))
    for id, (name, failed) in list(damaged.items())[:SHOWN]:
        more = f" ({len(damaged)} such)" if len(damaged) > SHOWN else ""
        detail = f"{name or 'HEAD'}: {failed}{more}"
        findings.append(wrong(codes.OBJECT_DAMAGED, detail, _remedy(workspace, id, name)))
    return findings


def _names(workspace: Workspace) -> list[str]:
    try:
        return workspace.names
    except InputError:
        return []  # another check reports it


def _checked_out(workspace: Workspace) -> list[str]:
    head = workspace.repository.named("HEAD")
    try:
        seeds = [entry.id for entry in workspace.tracked.values()]
    except InputError:  # the rules are invalid: another check reports it
        seeds = []
    return [*([head] if head else []), *seeds]


def _unreadable(
    repository: Repository, ids: list[str], *, history: bool = True
) -> Iterator[tuple[str, RepositoryError]]:
    """The damaged or missing objects among some objects and all that they refer to."""
    partial = any(key.endswith(".promisor") for key in sorted(repository.config.keys()))
    seen = set(ids)
    waiting = list(ids)
    while waiting:
        id = waiting.pop()
        if partial and not repository.objects.has(id):
            continue
        try:
            found = repository.object(id)
        except RepositoryError as error:
            yield id, error
            continue
        named = _named(repository, found, history=history)
        waiting += [other for other in named if other not in seen]
        seen.update(named)


def _named(repository: Repository, found: Commit | Tree | bytes, *, history: bool) -> list[str]:
    if isinstance(found, Commit):
        cut = not history or found.id in repository.cut_off()
        # The tree comes last, so it is read first: it shows whether this state is complete.
        return [*([] if cut else found.parents), found.tree]
    if isinstance(found, Tree):
        # Of the checked-out files, only the seeds concern seedgit.
        skipped = {MODE_SUBMODULE} | (set() if history else set(FILE_MODES))
        return [held.id for held in found.entries.values() if held.mode not in skipped]
    return []


def _ref(workspace: Workspace, name: str, error: RepositoryError) -> Finding:
    """The finding about a broken ref, with the newest complete state from its reflog."""
    ref = overlay_ref(name)
    text = f"{ref}: {error.message}"
    file = workspace.repository.common_dir / ref
    away = f"rm -f {shlex.quote(str(file))}; " if workspace.repository.refs_in_files else ""
    id = _last_whole(workspace.repository, ref)
    if id is not None:
        remedy = away + _back(ref, id)
        return wrong(codes.REF_DAMAGED, f"{text}; its last whole state is {id}", remedy)
    remote = _remote(workspace, name)
    remedy = f"{away}seedgit pull {pasted(remote) if remote else '<remote>'}"
    return wrong(codes.REF_DAMAGED, f"{text}; its reflog has no state that is whole", remedy)


def _last_whole(repository: Repository, ref: str) -> str | None:
    """The newest state in a ref's reflog that can be read with all its history, or None."""
    states = dict.fromkeys(recorded(repository, ref))
    return next((id for id in states if not any(_unreadable(repository, [id]))), None)


def _back(ref: str, id: str) -> str:
    return f"git update-ref --create-reflog {pasted(ref)} {id}"


def _remedy(workspace: Workspace, id: str, name: str) -> str:
    repository = workspace.repository
    file = repository.object_dir / id[:2] / id[2:]
    aside = f"mv {shlex.quote(str(file))} {shlex.quote(f'{file}.damaged')}; " * file.exists()
    remote = _remote(workspace, name)
    elsewhere = "bring it from another clone (docs/doctor.md)"
    whole = _last_whole(repository, overlay_ref(name)) if name else None
    if whole is not None:
        lost = "or go back to the last whole state, without the changes since"
        elsewhere += f"; {lost}: {_back(overlay_ref(name), whole)}"
    if remote is None:
        return f"{aside}{elsewhere}"
    refspec = f" {shlex.quote(f'+refs/seedgit/overlays/*:{COPIES}{remote}/*')}" if name else ""
    fetch = f"git -c fetch.unpackLimit=1 fetch --refetch {shlex.quote(remote)}{refspec}"
    return f"{aside}{fetch}; or {elsewhere}"


def _remote(workspace: Workspace, name: str) -> str | None:
    """A remote that may have the overlay or the seeds."""
    remotes = Remotes(workspace.repository, workspace.store)
    names = remotes.names()
    for remote in names if name else ():
        if remotes.copy(name, remote):
            return remote
    return "origin" if "origin" in names else next(iter(names), None)
