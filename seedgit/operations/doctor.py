"""What is installed here, as git sees it, and tried out; and mending what can be mended."""

from __future__ import annotations

import time

from seedgit import codes
from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git import libgit2  # noqa: F401 (whether it can be loaded)
from seedgit.git.live_tree import live_trees
from seedgit.git.settings import DRIVER_KEY
from seedgit.journal_file import FILE
from seedgit.operations.audit.attributes import audit_attributes
from seedgit.operations.audit.clone import abandoned, audit_clone, ref_locks
from seedgit.operations.audit.entries import audit_entries
from seedgit.operations.audit.findings import Finding, wrong
from seedgit.operations.audit.in_place import mend_filter
from seedgit.operations.audit.live import audit_live
from seedgit.operations.audit.objects import audit_objects
from seedgit.operations.audit.programs import Programs, find_call
from seedgit.operations.audit.state import (
    audit_journal,
    audit_mode,
    audit_overlays,
    audit_rules,
    audit_upstream,
)
from seedgit.operations.audit.trial import try_out
from seedgit.operations.init import install_attributes, install_config
from seedgit.operations.install.framework import configured_or_none
from seedgit.operations.install.hook_install import hook_file, install_hook, take_hooks_out
from seedgit.operations.install.hook_scripts import HOOKS, is_ours
from seedgit.operations.install.hooks import hook_place, hook_text
from seedgit.operations.install.steps import Step
from seedgit.operations.install.worktree_modes import all_off
from seedgit.operations.live import keep_in_step
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.workspace import Workspace
from seedgit.values.escapes import number_of

# What may be wrong with an entry point's own program; the detail says with whose.
_PROGRAM = {
    codes.INTERPRETER_MISSING,
    codes.INTERPRETER_SHIM,
    codes.NOT_IMPORTABLE,
    codes.OTHER_VERSION,
    codes.IN_TREE,
}
_DRIVER = {codes.DRIVER_MISSING, codes.DRIVER_OUTDATED, codes.DRIVER_RECURSIVE, codes.PROBE_DRIVER}
_HOOK = {codes.HOOK_MISSING, codes.HOOK_OUTDATED, codes.HOOK_NOT_EXECUTABLE, codes.PROBE_HOOK}
_ATTRIBUTES = {codes.ATTRIBUTES_OUTDATED}
_FILTER = {codes.FILTER_MISSING, codes.FILTER_UNUSED}
_SYNC = {codes.SPOOL_WAITING, codes.LIVE_MISSING, codes.LIVE_OUT_OF_STEP, codes.LIVE_LEDGER_DAMAGED}


def examine(workspace: Workspace, *, trial: bool = True) -> list[Finding]:
    """Everything that has to be right for merges and commits to go through seedgit.

    `trial` runs the entry points too, in a repository of their own.
    """
    programs = Programs(workspace.repository)
    found: list[Finding] = []
    for look in (
        audit_rules,
        audit_mode,
        lambda at: audit_entries(at, programs),
        audit_attributes,
        audit_upstream,
        audit_overlays,
        audit_objects,
        audit_clone,
        audit_live,
        audit_journal,
        *([try_out] if trial else []),
    ):
        unreadable = any(finding.code == codes.RULES_INVALID for finding in found)
        if look in (audit_attributes, audit_live) and unreadable:
            continue
        try:
            found += look(workspace)
        except RepositoryError as error:  # damage must not hide the rest
            unread = wrong(codes.UNREADABLE, str(error), error.hint or "git fsck")
            found += [unread] if unread not in found else []
    return found


def mend(workspace: Workspace, findings: list[Finding]) -> list[Step]:
    """Mend what is safe to mend, and nothing that a person set; returns what was done.

    In dry-run, and in a clone without seedgit, that is only what would be done.

    A step that failed is LEFT, with the reason, and does not stop the others.
    """
    if workspace.mode.dry_run:
        workspace.repository.rehearse()
    found = {finding.code for finding in findings if not finding.ok}
    program = bool(found & _PROGRAM)
    steps: list[Step] = []
    for wanted, act in (
        (program or bool(found & _DRIVER), _mend_driver),
        (bool(found & _ATTRIBUTES), _mend_attributes),
        (program or bool(found & _HOOK), _mend_hooks),
        (codes.JOURNAL_DAMAGED in found, _move_journal),
        (codes.REF_LOCK in found, _remove_locks),
        (codes.LIVE_LEDGER_DAMAGED in found, _mend_ledgers),
        (bool(found & _FILTER), mend_filter),
        (bool(found & _SYNC), _sync_live),
    ):
        if wanted:
            try:
                steps += act(workspace)
            except (SeedgitError, OSError) as error:
                steps.append(
                    Step(act.__name__.strip("_").replace("_", " "), codes.LEFT, str(error))
                )
    return [step for step in steps if step.outcome != codes.KEPT]


def _mend_driver(workspace: Workspace) -> list[Step]:
    command = workspace.repository.config.get(DRIVER_KEY)
    if all_off(workspace):
        return []
    if command is not None and find_call(command) is None:
        return [Step(DRIVER_KEY, codes.LEFT, "somebody else's command")]
    return install_config(workspace.repository)


def _mend_attributes(workspace: Workspace) -> list[Step]:
    return [install_attributes(workspace)]


def _mend_hooks(workspace: Workspace) -> list[Step]:
    place = hook_place(workspace.repository)
    if all_off(workspace):
        return take_hooks_out(workspace.repository, shared=False)
    if not place.writable:
        return [Step("hooks", codes.LEFT, place.obstacle or place.about)]
    covered = configured_or_none(workspace.repository)
    steps = []
    for name in HOOKS:
        file = hook_file(place, name)
        text = hook_text(file)
        if (text is None and (file.name == name or name not in covered)) or is_ours(text or ""):
            steps.append(install_hook(workspace.repository, file, name))
    return steps


def _move_journal(workspace: Workspace) -> list[Step]:
    """Move the damaged file aside, with its write-ahead log, which would spoil a fresh one."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    steps = []
    for suffix in ("", "-wal", "-shm"):
        place = workspace.repository.common_dir / (FILE + suffix)
        if place.exists():
            target = place.with_name(f"{place.name}.damaged-{stamp}")
            workspace.repository.writer.move_file(place, target)
            steps.append(Step(str(place), codes.MOVED, f"to {target.name}"))
    return steps


def _remove_locks(workspace: Workspace) -> list[Step]:
    steps = []
    for lock, age in ref_locks(workspace):
        reason = abandoned(workspace, lock, age)
        if reason:
            steps.append(Step(str(lock), codes.LEFT, reason))
        else:
            workspace.repository.writer.remove_file(lock)
            steps.append(Step(str(lock), codes.REMOVED, f"it was there for {age:.0f} seconds"))
    return steps


def _mend_ledgers(workspace: Workspace) -> list[Step]:
    """Keep what the ledgers still say. A sync has to follow, to learn the rest anew."""
    steps = []
    for tree in live_trees(workspace.repository):
        ledger = Ledger(workspace.repository, tree)
        if not ledger.load().damage():
            continue
        lost = 0
        if not workspace.mode.dry_run:
            with ledger.held():
                lost = ledger.mend()
        note = f"{number_of(lost, 'file')} forgotten" if lost else ""
        steps.append(Step(f"ledger of {tree.directory}", codes.UPDATED, note))
    return steps


def _sync_live(workspace: Workspace) -> list[Step]:
    done, failed = keep_in_step(workspace)
    steps = [Step("live tree", codes.LEFT, text) for text in failed]
    for one in done:
        moved, left = (sum(file.moved for file in one.files), sum(f.waits for f in one.files))
        name = f"live tree {one.tree.directory}"
        if moved:
            steps.append(Step(name, codes.UPDATED, f"{number_of(moved, 'file')} in step again"))
        if left:
            steps.append(Step(name, codes.LEFT, f"{number_of(left, 'file')}; see: seedgit live"))
    return steps
