"""Drafts ownership rules from the places that the site keeps changing. Reads only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from seedgit import codes
from seedgit.files.rules_file import read_rules
from seedgit.formats.document import Document
from seedgit.git import settings
from seedgit.git.object_text import Commit
from seedgit.git.past import listing
from seedgit.operations.adoption.candidates import fork
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.suggest.draft import known_entry
from seedgit.operations.suggest.drift import Drift, DriftReader
from seedgit.operations.suggest.model import (
    NAMED,
    SuggestedEntry,
    Suggestion,
    Suggestions,
    Tokens,
    rank,
)
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import OVERLAY, SeedRule
from seedgit.rules.wildmatch import Wildmatch
from seedgit.values.pointer import format_pointer, format_selector
from seedgit.values.value import JOINS

OFTEN = 2  # a place with so many changes counts as one that keeps changing


class _Evidence:
    """The evidence for a place. `changes` has (file, commit) of each change."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, Commit]] = []
        self.structural = False
        self.sayable = True


def suggest(
    workspace: Workspace, ref: str | None = None, progress: Progress = quiet
) -> Suggestions:
    """Draft ownership rules from the drift of this branch.

    Raises UsageError where no upstream is known, RepositoryError for unrelated histories.
    """
    name, head, _ = fork(workspace, ref)
    asked = ("--topo-order", "--reverse", head, f"^{name}", "--")
    commits = listing(workspace.repository, *asked)
    found: dict[str, dict[Tokens, _Evidence]] = {}
    keys: dict[str, dict[Tokens, set[str | None]]] = {}
    for id, path, drift in DriftReader(workspace, name, commits).drift(progress):
        commit = workspace.repository.commit(id)
        _note(found.setdefault(path, {}), keys.setdefault(path, {}), path, commit, drift)
    groups = []
    text = Document.parse(read_rules(workspace.repository.worktree) or b"", RULES_FILE)
    for files, rule in _groups(workspace, found):
        paths = [path for path in found if _is_of(workspace, path, files, rule)]
        made = {path: found[path] for path in paths}
        group = _group(files, rule, made, [keys[path] for path in paths])
        if rule is not None and group.found:
            number = _number(workspace, paths[0])
            known = None if number is None else known_entry(text, number)
            group = group._replace(known=known)
        if group.found:
            groups.append(group)
    groups.sort(key=lambda group: (-max(i.changes for i in group.found), group.files))
    in_place = bool(workspace.rules.seeds)
    return Suggestions(name, _origin(workspace, ref), len(commits), tuple(groups), in_place)


def _number(workspace: Workspace, path: str) -> int | None:
    """The entry of the package's rules that matches a file; None if only a layer's do."""
    package = workspace.package_rules
    rule = package.match(path)
    return None if rule is None else package.seeds.index(rule)


def _origin(workspace: Workspace, ref: str | None) -> str:
    """Who named the upstream."""
    chosen = None if ref else settings.upstream(workspace.repository)
    return chosen.origin if chosen else NAMED


def _note(
    found: dict[Tokens, _Evidence],
    keys: dict[Tokens, set[str | None]],
    path: str,
    commit: Commit,
    drift: list[Drift],
) -> None:
    """Note the drift of a commit. It counts once for a place of a file, however many list items
    it changed there."""
    for general in dict.fromkeys(d.general for d in drift):
        evidence = found.setdefault(general, _Evidence())
        evidence.changes.append((path, commit))
        evidence.structural |= any(d.structural for d in drift if d.general == general)
        evidence.sayable &= all(d.sayable for d in drift if d.general == general)
    for d in drift:
        for at, key in d.keys:
            keys.setdefault(at, set()).add(key)


def _groups(
    workspace: Workspace, found: Iterable[str]
) -> list[tuple[tuple[str, ...], SeedRule | None]]:
    """The entries of `seeds` for some files: the rule that matches them, or a new one."""
    rules = workspace.rules.seeds
    groups: dict[tuple[str, ...], SeedRule | None] = {}
    for path in sorted(found):
        rule = workspace.rules.match(path)
        if rule or _is_pattern(_glob(path, found)):
            groups[rule.files if rule else (_glob(path, found),)] = rule
    order = {rule.files: number for number, rule in enumerate(rules)}
    return sorted(groups.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


def _is_of(workspace: Workspace, path: str, files: tuple[str, ...], rule: SeedRule | None) -> bool:
    if rule is not None:
        return workspace.rules.match(path) is rule
    return workspace.rules.match(path) is None and SeedRule(files).matches(path)


def _glob(path: str, others: Iterable[str]) -> str:
    """A pattern: the file, or all files of its directory and suffix if others changed there too."""
    place = PurePosixPath(path)
    beside = [o for o in others if PurePosixPath(o).parent == place.parent]
    alike = [o for o in beside if PurePosixPath(o).suffix == place.suffix]
    if len(alike) > 1 and len(place.parts) > 1:
        return f"{_escaped(str(place.parent))}/*{_escaped(place.suffix)}"
    return _escaped(path)


def _escaped(text: str) -> str:
    return re.sub(r"(^!|[*?\[\\])", r"\\\1", text)


def _is_pattern(glob: str) -> bool:
    """Whether the rules accept the pattern. Some names are too long for them."""
    try:
        Wildmatch(glob)
    except ValueError:
        return False
    return True


def _group(
    files: tuple[str, ...],
    rule: SeedRule | None,
    found: dict[str, dict[Tokens, _Evidence]],
    keys: list[dict[Tokens, set[str | None]]],
) -> SuggestedEntry:
    merged: dict[Tokens, _Evidence] = {}
    for places in found.values():
        for general, evidence in places.items():
            whole = merged.setdefault(general, _Evidence())
            whole.changes += evidence.changes
            whole.structural |= evidence.structural
            whole.sayable &= evidence.sayable
    made = [_suggestion(general, evidence) for general, evidence in merged.items() if general]
    made = [item for item in made if not (rule and _owned(rule, item[0]))]
    items = [item for _, item in made]
    items.sort(key=rank)
    return SuggestedEntry(files, _keys(rule, keys, items), tuple(items))


def _suggestion(general: Tokens, evidence: _Evidence) -> tuple[Tokens, Suggestion]:
    commits = {commit.id: commit for _, commit in evidence.changes}
    last = evidence.changes[-1][1]
    for _, commit in evidence.changes:
        if commit.committer.time > last.committer.time:
            last = commit
    reason = ""
    if not evidence.sayable:
        reason = codes.NOT_SAYABLE
    elif evidence.structural:
        reason = codes.ITEMS_COME_AND_GO
    elif len(evidence.changes) < OFTEN:
        reason = codes.ONCE
    files = tuple(sorted({path for path, _ in evidence.changes}))
    return general, Suggestion(
        format_pointer(general),
        len(evidence.changes),
        files,
        len(commits),
        last.id,
        last.committer.time,
        reason,
    )


def _owned(rule: SeedRule, general: Tokens) -> bool:
    """Whether the rules already give every such place to the site."""
    return rule.owner(general, None) == OVERLAY


def _keys(
    rule: SeedRule | None, found: list[dict[Tokens, set[str | None]]], items: list[Suggestion]
) -> tuple[tuple[str, str], ...]:
    """The identity keys, declared or inferred, of the lists on the way to the suggestions."""
    if rule is not None and rule.keys:
        plain = ((pattern, key) for pattern, key in rule.keys if JOINS not in key)
        return tuple((format_selector(pattern), key) for pattern, key in plain)
    seen: dict[Tokens, set[str | None]] = {}
    for keys in found:
        for at, names in keys.items():
            seen.setdefault(at, set()).update(names)
    made = []
    for at, names in sorted(seen.items()):
        (name, *more) = names
        path = format_pointer(at)
        if name and not more and any(i.path.startswith(f"{path}/*/") for i in items):
            made.append((path, name))
    return tuple(made)
