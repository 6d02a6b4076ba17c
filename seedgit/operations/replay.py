"""Repeats earlier merges: those of this repository's history, or one run of the journal."""

from __future__ import annotations

import time

from seedgit import __version__, codes, journal
from seedgit.errors import SeedgitError, UsageError
from seedgit.git.past import Listed
from seedgit.journal import Journal
from seedgit.named_tuple import NamedTuple
from seedgit.operations.past_merges.agreement import Agreement
from seedgit.operations.past_merges.both_changed import BothChanged, both_changed, two_sided
from seedgit.operations.past_merges.merge_again import both_engines
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import SeedRule
from seedgit.shadow import compared, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENTRY = "remerge"
MARK = f"replayed {__version__} "  # and the id of a merge commit all of whose files have rows
SUMMED = ("path", "seedgit", "arguments", "verdict", "git_result", "seedgit_result")


class Replayed(NamedTuple):
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
    progress: Progress = quiet,
) -> Replayed:
    """Merge again, with both engines, each file that both sides of a merge commit changed.

    Without rules, every file of a known format counts. The journal has the merges that this version
    of seedgit has replayed before, so an interrupted replay continues where it stopped.
    """
    repository = workspace.repository
    if repository.resolve(revisions.split("..")[-1] or "HEAD") is None:
        raise UsageError(f"no such revision: {revisions}", hint="a commit, a branch, or A..B")
    limit = () if last is None else (f"--max-count={last}",)
    merges = two_sided(repository, *limit, revisions)
    kept = Journal(repository.common_dir)
    known = _replayed(kept) if merges else {}
    missing = [merge for merge in merges if merge.id not in known]
    before = len(merges) - len(missing)
    for number, (merge, files) in enumerate(both_changed(workspace, missing), before):
        progress(number, len(merges))
        if files:
            known[merge.id] = [_replay_file(workspace, merge, file, kept) for file in files]
            kept.mark(MARK + merge.id, time.time())
    progress(len(merges), len(merges))
    return _summed(len(merges), [row for merge in merges for row in known.get(merge.id, ())])


def _replayed(kept: Journal) -> dict[str, list[dict[str, Any]]]:
    """The rows of each merge commit that this version of seedgit has replayed to its end."""
    found: dict[str, dict[str, dict[str, Any]]] = {id: {} for id in kept.marks(MARK)}
    if found:
        for row in kept.rows(only=SUMMED, entry=ENTRY):
            about = row["arguments"]
            if row["seedgit"] == __version__ and about and about["commit"] in found:
                # A file has two rows if a replay was interrupted between the files of a merge.
                found[about["commit"]].setdefault(row["path"], row)
    return {id: list(rows.values()) for id, rows in found.items()}


def _replay_file(
    workspace: Workspace, merge: Listed, file: BothChanged, kept: Journal
) -> dict[str, Any]:
    ids = (file.base, file.ours, file.theirs)
    data = [workspace.repository.blob(id) if id else b"" for id in ids]
    row = remerge(workspace, file.path, workspace.rules.match(file.path), data)
    row |= dict(zip(("base", "ours", "theirs"), ids, strict=True))
    row["arguments"] = {"commit": merge.id, "committed": file.committed}
    row["merge"] = " ".join(merge.parents)
    kept.add(ENTRY, codes.DONE, path=file.path, mode=workspace.mode.value, **row)
    return row


def remerge(
    workspace: Workspace, path: str, rule: SeedRule | None, data: list[bytes]
) -> dict[str, Any]:
    """Merge one file with both engines, under a rule. Returns the columns of a journal row."""
    start = time.monotonic()
    row: dict[str, Any] = {}
    by_lines, result, reason = both_engines(path, rule, data)
    if reason:
        row["reason"] = reason
    if result is not None:
        row["decisions"] = listed(result.decisions)
    row |= compared(by_lines, result, path, data, workspace.repository.blob_id)
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


class Rerun(NamedTuple):
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
        now = remerge(workspace, row["path"], workspace.rules.match(row["path"]), data)
    except Exception as error:
        return Rerun(before, {}, True, f"{type(error).__name__}: {error}")
    return Rerun(before, {name: now.get(name) for name in names}, False)


def versions_of(workspace: Workspace, row: dict[str, Any]) -> list[bytes]:
    """Base, ours and theirs of a recorded merge. Raises UsageError where they are not there."""
    if not row["path"] or not row["ours"]:
        raise UsageError(
            f"row {row['id']} is not a merge, but a run of {row['entry']}",
            hint="seedgit journal lists the runs; merge-driver and replay rows can be run again",
        )
    empty = workspace.repository.blob_id(b"")  # what the driver notes for an absent base
    try:
        return [
            workspace.repository.blob(row[name]) if row[name] and row[name] != empty else b""
            for name in ("base", "ours", "theirs")
        ]
    except SeedgitError as error:
        raise UsageError(
            f"its versions are no longer in this repository: {error.message}",
            hint="git gc may have dropped them; an open merge keeps them",
        ) from None
