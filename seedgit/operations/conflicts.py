"""The conflicts of files git left unmerged: listed by pointer, resolved one by one.

The merge is computed again from the index's three stages, with the rules and the engine that the
driver used. Only the file in the working tree is written, by rename, and the index only if asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from seedgit import codes
from seedgit.errors import InputError, Refused, UsageError
from seedgit.files.rules_file import read_rules
from seedgit.formats.merge import merge_texts
from seedgit.formats.read_markers import SIZE
from seedgit.formats.registry import format_of
from seedgit.formats.resolve import Choice, Draft, MarkedConflict, Merges, no_merges
from seedgit.git.line_merge import line_merge
from seedgit.git.repository import (
    FILE_MODES,
    STAGE_BASE,
    STAGE_OURS,
    STAGE_THEIRS,
    GitEntry,
    Repository,
)
from seedgit.git.unmerged import MARKER_SIZE, unmerged
from seedgit.merge.engine import Result
from seedgit.merge.policy import NO_RULES, MergeRules
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.named_tuple import NamedTuple
from seedgit.operations.secrets.conflict_masks import ConflictMasks
from seedgit.operations.workspace import Workspace
from seedgit.values.diff import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The size of markers as an attribute gives it; git's own are 7 characters.
_SIZE = re.compile(r"[1-9][0-9]{0,3}")


class Note(NamedTuple):
    """Something about a file: a stable code, what it is, what to do."""

    code: str
    text: str
    line: int | None = None
    hint: str = ""


class Versions(NamedTuple):
    """The three versions of a file; `base` is None if both sides added it."""

    base: bytes | None
    ours: bytes
    theirs: bytes


class Opened(NamedTuple):
    """A file with marker blocks.

    notes     why its conflicts are text and not values, if they are
    versions  what it was merged from
    """

    draft: Draft
    notes: list[Note]
    versions: Versions


class File(NamedTuple):
    """An unmerged file, with its conflicts that are still marked, as they may be told.

    whole  the sides differ about the file itself: there are no markers, git add or git rm decides
    """

    path: str
    conflicts: tuple[MarkedConflict, ...] = ()
    notes: tuple[Note, ...] = ()
    whole: bool = False

    @property
    def resolved(self) -> bool:
        """Whether only `git add` is missing."""
        return any(note.code == codes.NO_BLOCK for note in self.notes)

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "resolved": self.resolved,
            "conflicts": [_conflict_data(self.path, conflict) for conflict in self.conflicts],
            "notes": [
                {"code": note.code, "line": note.line, "text": note.text, "hint": note.hint}
                for note in self.notes
            ],
        }


def _conflict_data(path: str, conflict: MarkedConflict) -> dict[str, Any]:
    return {
        "number": conflict.number,
        "path": path,
        "line": conflict.line,
        "pointer": conflict.pointer,
        "reason": conflict.reason,
        **{side: value for side, value in conflict.values.items() if value is not ABSENT},
        "labels": conflict.labels,
        "text": conflict.text,
    }


class ResolvedFile(NamedTuple):
    """What was done to one file: `numbers` were resolved, `file` has what is left."""

    numbers: tuple[int, ...]
    file: File
    staged: bool


def find(workspace: Workspace, names: Sequence[str] = ()) -> tuple[File, ...]:
    """The unmerged files; if names are given, only those, and those below these directories.

    Raises UsageError for a name that git does not know.
    """
    there = unmerged(workspace.repository)
    paths = list(there)
    if names:
        wanted = [_known(workspace, name, there) for name in names]
        paths = [p for p in paths if any(w in (p, ".") or p.startswith(w + "/") for w in wanted)]
    return tuple(_file(workspace, path, there[path]) for path in paths)


def resolve(
    workspace: Workspace, name: str, choices: Mapping[int | None, Choice], add: bool = False
) -> ResolvedFile:
    """Resolve conflicts of one file by number; None stands for all others.

    `add` stages the file if nothing is left. Raises UsageError, Refused; then nothing is written.
    """
    there = unmerged(workspace.repository)
    path = _known(workspace, name, there)
    if path not in there:
        raise UsageError("is not unmerged", where=path, hint="git status says what is")
    opened = _opened(workspace, path, there[path])
    if isinstance(opened, Note):
        raise Refused(opened.text, where=path, hint=opened.hint)
    chosen = spread(opened.draft, choices)
    after = opened.draft.resolve(chosen)
    file = described(workspace, opened._replace(draft=after))
    save(workspace, opened.draft, after)
    staged = add and not after.open
    if staged:
        workspace.repository.writer.stage(path)
    return ResolvedFile(tuple(sorted(chosen)), file, staged)


def save(workspace: Workspace, before: Draft, after: Draft) -> None:
    """Write a draft over its file. Raises Refused if the file has changed meanwhile."""
    if after.text != before.text:
        workspace.repository.writer.replace_file(before.path, before.data, after.data)


def spread(draft: Draft, choices: Mapping[int | None, Choice]) -> dict[int, Choice]:
    """Choices by number, with "all" spread over the numbers without their own choice."""
    chosen = {number: choice for number, choice in choices.items() if number is not None}
    if None in choices:
        chosen = {**dict.fromkeys(draft.numbers, choices[None]), **chosen}
        if not draft.numbers:
            raise UsageError("no marker block is left", where=draft.path)
    return chosen


def opened_file(workspace: Workspace, path: str, data: bytes, versions: Versions) -> Opened:
    """A file with marker blocks, from its three versions; the rules know it by its name."""
    size = _size(workspace.repository, path)
    merges, notes = _merges(workspace, path, versions)
    return Opened(Draft(path, data, size, merges), notes, versions)


def described(workspace: Workspace, opened: Opened) -> File:
    """What is left in a draft, with notes."""
    draft, found = opened.draft, list(opened.notes)
    if draft.structured and draft.edited:
        some = "some blocks are" if draft.known else "the blocks are"
        found.append(
            Note(
                codes.OTHER_BLOCKS,
                f"{some} not the structural merge's: the file was edited, or git merged it by "
                "lines; they are shown as text",
            )
        )
    for line in draft.marked.stray:
        text = "a conflict marker without the rest of its block"
        found.append(Note(codes.STRAY_MARKER, text, line + 1, "edit the file by hand"))
    if not draft.open:
        hint = f"git add {workspace.pasted(draft.path)}"
        found.append(Note(codes.NO_BLOCK, "no marker block is left in it", hint=hint))
    masks = ConflictMasks(workspace, draft.path, opened.versions)
    return File(draft.path, tuple(map(masks.told, draft.conflicts)), tuple(found))


# -- one file ------------------------------------------------------------------------------------


def _known(workspace: Workspace, name: str, there: Mapping[str, object]) -> str:
    path = workspace.path(name)
    inside = path == "." or path in there or any(p.startswith(path + "/") for p in there)
    if not inside and not workspace.repository.git("ls-files", "-z", "--", f":(literal){path}"):
        raise UsageError("git does not track this file", where=path)
    return path


def _file(workspace: Workspace, path: str, stages: Mapping[int, GitEntry]) -> File:
    opened = _opened(workspace, path, stages)
    if isinstance(opened, Note):
        return File(path, notes=(opened,), whole=True)
    return described(workspace, opened)


def _opened(workspace: Workspace, path: str, stages: Mapping[int, GitEntry]) -> Opened | Note:
    """The file; a note for a conflict about the file itself."""
    repository = workspace.repository
    name = workspace.pasted(path)
    keep = f"git add {name} keeps what is there, git rm {name} removes it"
    if STAGE_OURS not in stages or STAGE_THEIRS not in stages:
        gone = [
            who
            for number, who in ((STAGE_OURS, "ours"), (STAGE_THEIRS, "theirs"))
            if number not in stages
        ]
        text = f"(absent) in {' and '.join(gone)}: one side deleted the file"
        return Note(codes.MODIFY_DELETE, text, hint=keep)
    data = repository.read_file(path)
    if data is None or any(entry.mode not in FILE_MODES for entry in stages.values()):
        return Note(codes.NOT_TEXT, "is not a regular file, here or on one side", hint=keep)
    base, ours, theirs = (
        repository.blob(stages[number].id) if number in stages else None
        for number in (STAGE_BASE, STAGE_OURS, STAGE_THEIRS)
    )
    if b"\0" in data:
        hint = f"git checkout --ours {name} or --theirs, then git add {name}"
        return Note(codes.NOT_TEXT, "is not text", hint=hint)
    return opened_file(workspace, path, data, Versions(base, ours or b"", theirs or b""))


def _size(repository: Repository, path: str) -> int | None:
    value = repository.attributes([path], MARKER_SIZE)[path].get(MARKER_SIZE)
    return int(value) if isinstance(value, str) and _SIZE.fullmatch(value) else None


def _merges(workspace: Workspace, path: str, versions: Versions) -> tuple[Merges, list[Note]]:
    """The merges that the driver may have made of a file."""
    format = format_of(path)
    try:
        rules = _rules(workspace, path) if format else []
    except InputError as error:
        text = f"the rules cannot be read, its conflicts are text: {error}"
        return no_merges, [Note(codes.BAD_RULES, text, hint=error.hint)]
    if not rules or format is None:
        return no_merges, [Note(codes.NOT_A_SEED, "is not a seed: its conflicts are text")]
    base, ours, theirs = versions.base or None, versions.ours, versions.theirs
    by_lines = line_merge(base or b"", ours, theirs)

    problems: list[NotMergeable] = []

    @cache
    def merged(size: int, style: str) -> list[Result]:
        found = []
        for each in rules:
            try:
                markers = Markers(size, style)
                found.append(
                    merge_texts(format, path, (base, ours, theirs), by_lines, markers, each)
                )
            except NotMergeable as problem:
                problems.append(problem)
        return found

    if not merged(SIZE, "merge"):
        why = f"{problems[0].reason.removeprefix('git: ')}: {problems[0].detail}"
        text = f"git's own merge was used ({why}): its conflicts are text"
        return no_merges, [Note(codes.NOT_MERGEABLE, text)]
    return lambda markers: merged(markers.size, markers.style), []


def _rules(workspace: Workspace, path: str) -> list[MergeRules]:
    """What the rules say about a file, as the driver asks them; empty if it is not a seed.

    In `git merge`, and only there, the driver keeps the site's value in overlay-owned conflicts.
    """
    repository = workspace.repository
    rule = workspace.rules.match(path)
    if rule is None and read_rules(repository.worktree) is None:
        driver = repository.attributes([path], "merge")[path].get("merge")
        return [NO_RULES] if driver == "seedgit" else []
    if rule is None:
        return []
    merging = repository.resolve("MERGE_HEAD") is not None
    return [
        PolicyOfRules(rule, local)
        for local in ((merging, not merging) if rule.overlay else (merging,))
    ]
