"""Checks what seedgit's work depends on: rules, mode, environment, journal."""

from __future__ import annotations

import os

from seedgit import codes
from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.formats.idle_rules import Idle
from seedgit.git import settings
from seedgit.journal import Journal
from seedgit.journal_file import Damaged
from seedgit.layers import OVERLAY_KEY
from seedgit.mode import KEY, MODES, VARIABLE
from seedgit.operations.audit.findings import FIX, NOTE, WRONG, Finding, fine, note, wrong
from seedgit.operations.audit.idle import first_of, idle, where
from seedgit.operations.audit.unmatched import unmatched
from seedgit.operations.layer import odd_layers
from seedgit.operations.stack.effective import effective
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE, SITE_RULES
from seedgit.values.escapes import number_of

PREFIX = "SEEDGIT_"


def audit_rules(workspace: Workspace) -> list[Finding]:
    if not os.path.lexists(workspace.repository.worktree / RULES_FILE):
        return [wrong(codes.RULES_MISSING, f"there is no {RULES_FILE}", "seedgit init")]
    try:
        count = len(workspace.tracked) + sum(
            workspace.rules.match(path) is not None for path in workspace.unmerged
        )
    except InputError as error:
        return [wrong(codes.RULES_INVALID, str(error), error.hint or f"correct {RULES_FILE}")]
    never = [*_of_layers(workspace), *_idle(workspace)]
    if not count:
        remedy = f"see `seeds:` in {RULES_FILE}"
        return [wrong(codes.NO_SEEDS, "no tracked file is a seed", remedy), *never]
    return [
        fine(codes.RULES, f"{number_of(count, 'seed')}, policy {workspace.rules.policy}"),
        *never,
    ]


def _idle(workspace: Workspace) -> list[Finding]:
    """The rules that never apply. They may be meant for another version of the package."""
    return [
        note(each.kind, f"{where(each)}: {each.text}", _remedy(each))
        for each in first_of([*idle(workspace), *unmatched(workspace)])
    ]


def _remedy(each: Idle) -> str:
    if each.file != RULES_FILE:
        return "seedgit rules --edit"
    if each.kind == codes.RULE_CONTRADICTED and f":{SITE_RULES}:" in each.text:
        return "nothing, if this site means it so; else seedgit rules --edit"
    return f"correct it in {RULES_FILE}, or take it out; then seedgit init"


def _of_layers(workspace: Workspace) -> list[Finding]:
    """The rules of layers that do not count at all."""
    remedy = "seedgit rules --edit; seedgit undo takes a change back"
    return [wrong(codes.LAYER_RULES_UNUSABLE, text, remedy) for text in workspace.told_rules()]


def audit_mode(workspace: Workspace) -> list[Finding]:
    mode = workspace.mode
    findings = [fine(codes.MODE, f"{mode.value}, from {mode.origin}")]
    values = [setting.value for setting in workspace.repository.config.all(KEY)]
    values.append(os.environ.get(VARIABLE) or mode.value)
    level = NOTE if all(value in MODES for value in values) else WRONG
    remedy = (
        f"seedgit mode {'|'.join(MODES)}, and git config --unset {KEY} where it should not be set"
    )
    findings += [Finding(codes.MODE_WARNING, level, warning, remedy) for warning in mode.warnings]
    for name in sorted(os.environ):
        if name.startswith(PREFIX):
            detail = f"{name}={os.environ[name]} is in effect"
            findings.append(note(codes.ENVIRONMENT, detail, f"unset {name}, if it is not meant"))
    return findings


def audit_journal(workspace: Workspace) -> list[Finding]:
    journal = Journal(workspace.repository.common_dir)
    try:
        count = journal.check()
    except Damaged as error:
        return [wrong(codes.JOURNAL_DAMAGED, str(error), FIX)]
    except SeedgitError as error:
        return [wrong(codes.JOURNAL_UNUSABLE, str(error), error.hint)]
    return [fine(codes.JOURNAL, f"{number_of(count, 'row')} in {journal.path}")]


def audit_upstream(workspace: Workspace) -> list[Finding]:
    """Check the upstream. If the configured one is missing, no seed can be committed."""
    try:
        settings.upstream(workspace.repository)
    except RepositoryError as error:
        return [wrong(codes.UPSTREAM_MISSING, str(error), error.hint)]
    return []


def audit_overlays(workspace: Workspace) -> list[Finding]:
    """Check the records of the active overlays, and that their base documents are here."""
    try:
        names = workspace.names
    except InputError as error:
        key = OVERLAY_KEY
        return [wrong(codes.OVERLAY_SETTING, str(error), error.hint or f"git config {key}")]
    findings = []
    missing: list[str] = []
    whole = True
    objects = workspace.repository.objects
    for name in names:
        try:
            overlay = workspace.store.read(name)
        except SeedgitError as error:
            findings.append(wrong(codes.OVERLAY_RECORD, str(error), error.hint or "git fsck"))
            whole = False
            continue
        for problem in overlay.problems:
            detail = f"{problem.seed}: {problem.error}" if problem.entry else str(problem.error)
            remedy = problem.error.hint or "seedgit log; seedgit undo"
            findings.append(wrong(codes.OVERLAY_RECORD, detail, remedy))
        records = overlay.records.items()
        missing += [path for path, record in records if not objects.has(record.base)]
    if missing:
        detail = f"{missing[0]}: the version that its overrides were made over is not here"
        detail += f" ({len(missing)} such)" if len(missing) > 1 else ""
        remedy = "seedgit pull, or git fetch from where it is; git fsck"
        findings.append(wrong(codes.BASE_MISSING, detail, remedy))
    odd = odd_layers(workspace)
    findings += [wrong(codes.OVERLAY_SETTING, text, "seedgit layer") for text in odd]
    if not missing and whole:
        findings += _unusable(workspace)
    if not findings:
        findings.append(fine(codes.OVERLAYS, f"active: {', '.join(names)}"))
    filters = _promisors(workspace)
    if filters:
        base = "some of the overlays' are missing" if missing else "the overlays' own are here"
        detail = f"{', '.join(filters)}: objects are fetched when needed; {base}"
        findings.append(note(codes.PARTIAL_CLONE, detail))
    return findings


def _unusable(workspace: Workspace) -> list[Finding]:
    """The seeds whose effective file cannot be made."""
    try:
        workspace.rules  # noqa: B018
    except InputError:
        return []  # another check reports the rules
    findings = []
    try:
        stored = [item for name in workspace.names for item in workspace.stored(name)]
    except InputError as error:
        return [wrong(codes.OVERLAY_RECORD, str(error), error.hint or "seedgit log; seedgit undo")]
    for path in dict.fromkeys(item.path for item in stored if item.path is not None):
        try:
            effective(workspace, path)
        except (InputError, RepositoryError) as error:
            remedy = error.hint or "correct the file; seedgit status says what lies over it"
            findings.append(wrong(codes.OVERLAY_UNUSABLE, str(error), remedy))
    return findings


def _promisors(workspace: Workspace) -> list[str]:
    config = workspace.repository.config
    return [
        key
        for key in sorted(config.keys())
        if key.startswith("remote.")
        and key.endswith(".promisor")
        and config.boolean(key, default=False)
    ]
