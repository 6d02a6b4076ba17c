"""Repeats earlier merges: those of this repository's history, or one run of the journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from seedgit import __version__, codes, journal
from seedgit.errors import SeedgitError, UsageError
from seedgit.formats.registry import format_name
from seedgit.git.line_merge import line_merge
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.journal import Journal
from seedgit.merge.engine import Result
from seedgit.merge.version import NotMergeable
from seedgit.operations.agreement import Agreement
from seedgit.operations.merge_again import merge_again
from seedgit.operations.workspace import Workspace
from seedgit.shadow import compared, listed

ENTRY = "remerge"


@dataclass(frozen=True)
class Replayed:
    """The result of a replay.

    with_people    how many clean results seedgit has; `as_people` of them equal what was committed
    git_conflicts  how many files are not clean in git; `solved` of them are in `as_people`
    """

    merges: int
    agreement: Agreement
    as_people: int
    with_people: int
    solved: int
    git_conflicts: int

    def data(self) -> dict[str, Any]:
        return {
            "merges": self.merges,
            **self.agreement.data(),
            "as-committed": self.as_people,
            "clean": self.with_people,
            "git-conflicts": self.git_conflicts,
            "solved-as-committed": self.solved,
        }


def replay(
    workspace: Workspace,
    revisions: str = "HEAD",
    last: int | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Replayed:
    """Merge again, with both engines, each file that both sides of a merge commit changed.

    Without rules, every file of a known format counts. The journal has the merges that this version
    of seedgit has replayed before, so an interrupted replay continues where it stopped.
    """
    repository = workspace.repository
    if repository.resolve(revisions.split("..")[-1] or "HEAD") is None:
        raise UsageError(f"no such revision: {revisions}", hint="a commit, a branch, or A..B")
    limit = () if last is None else (f"--max-count={last}",)
    asked = ("rev-list", "--min-parents=2", "--max-parents=2", *limit, revisions, "--")
    commits = repository.git(*asked).decode().split()
    kept = Journal(repository.common_dir)
    rows: list[dict[str, Any]] = []
    known: dict[str, list[dict[str, Any]]] = {}
    for row in kept.rows(entry=ENTRY):
        if row["seedgit"] == __version__ and row["arguments"]:
            known.setdefault(row["arguments"]["commit"], []).append(row)
    for number, commit in enumerate(commits):
        progress(number, len(commits))
        mark = f"replayed {__version__} {commit}"
        if kept.marked(mark) is None:
            known[commit] = list(_replay_commit(workspace, commit, kept))
            kept.mark(mark, time.time())
        rows += known.get(commit, [])
    progress(len(commits), len(commits))
    return _summed(len(commits), rows)


def _replay_commit(workspace: Workspace, commit: str, kept: Journal) -> Iterator[dict[str, Any]]:
    repository = workspace.repository
    parents = repository.commit(commit).parents
    common = repository.merge_base(*parents)
    if common is None:
        return
    base, ours, theirs, result = (repository.tree(tree) for tree in (common, *parents, commit))
    for path in sorted(ours.keys() & theirs.keys()):
        entries = [base.get(path), ours[path], theirs[path]]
        if not _both_changed(entries) or not _counts(workspace, path):
            continue
        ids = [entry.id if entry else None for entry in entries]
        data = [repository.blob(id) if id else b"" for id in ids]
        committed = result[path].id if path in result else None
        row = remerge(workspace, path, data)
        row |= dict(zip(("base", "ours", "theirs"), ids, strict=True))
        row["arguments"] = {"commit": commit, "committed": committed}
        row["merge"] = " ".join(parents)
        kept.add(ENTRY, codes.DONE, path=path, mode=workspace.mode.value, **row)
        yield row


def _both_changed(entries: list[GitEntry | None]) -> bool:
    base, ours, theirs = entries
    found = [entry for entry in entries if entry]
    ids = (base.id if base else None, ours and ours.id, theirs and theirs.id)
    return all(entry.mode in FILE_MODES for entry in found) and len(set(ids)) == len(ids)


def _counts(workspace: Workspace, path: str) -> bool:
    if workspace.rules.seeds:
        return workspace.rules.match(path) is not None
    return format_name(path) is not None


def remerge(workspace: Workspace, path: str, data: list[bytes]) -> dict[str, Any]:
    """Merge one file with both engines. Returns the columns of a journal row."""
    start = time.monotonic()
    by_lines = line_merge(*data)
    result: Result | None = None
    row: dict[str, Any] = {}
    try:
        result = merge_again(path, workspace.rules.match(path), data, by_lines)
    except NotMergeable as problem:
        row["reason"] = problem.reason
    if result is not None:
        row["decisions"] = listed(result.decisions)
    row |= compared(by_lines, result, path, data)
    return row | {"ms": round((time.monotonic() - start) * 1000, 3)}


def _summed(merges: int, rows: list[dict[str, Any]]) -> Replayed:
    counts = [row["verdict"] for row in rows]
    clean = [row for row in rows if row.get("seedgit_result")]
    right = [row for row in clean if row["seedgit_result"] == row["arguments"]["committed"]]
    return Replayed(
        merges,
        Agreement({name: counts.count(name) for name in journal.VERDICTS}),
        len(right),
        len(clean),
        sum(not row.get("git_result") for row in right),
        sum(not row.get("git_result") for row in rows),
    )


@dataclass(frozen=True)
class Rerun:
    """One repeated merge. `before` and `now` hold the columns that can differ."""

    before: dict[str, Any]
    now: dict[str, Any]
    fails: bool
    error: str = ""


def rerun(workspace: Workspace, row: dict[str, Any]) -> Rerun:
    """Merge a recorded run's three blobs again. Raises UsageError where that cannot be done."""
    data = versions_of(workspace, row)
    names = ("verdict", "git_result", "seedgit_result", "reason")
    before = {name: row[name] for name in names}
    try:
        now = remerge(workspace, row["path"], data)
    except Exception as error:
        return Rerun(before, {}, True, f"{type(error).__name__}: {error}")
    return Rerun(before, {name: now.get(name) for name in names}, False)


EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # git's id of an empty blob: an absent base


def versions_of(workspace: Workspace, row: dict[str, Any]) -> list[bytes]:
    """Base, ours and theirs of a recorded merge. Raises UsageError where they are not there."""
    if row["reason"] == codes.NOOP_TRIVIAL_MERGE:
        raise UsageError(
            f"row {row['id']} keeps no versions: the lines alone merged it, and no file was parsed",
            hint="seedgit replay on the merge commit merges its files again",
        )
    if not row["path"] or not row["ours"]:
        raise UsageError(
            f"row {row['id']} is not a merge, but a run of {row['entry']}",
            hint="seedgit journal lists the runs; merge-driver and replay rows can be run again",
        )
    try:
        return [
            workspace.repository.blob(row[name]) if row[name] and row[name] != EMPTY else b""
            for name in ("base", "ours", "theirs")
        ]
    except SeedgitError as error:
        raise UsageError(
            f"its versions are no longer in this repository: {error.message}",
            hint="git gc may have dropped them; an open merge keeps them",
        ) from None
