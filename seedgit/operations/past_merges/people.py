"""Whose merge people committed: git's, seedgit's, or one of their own.

The journal has both engines' results for a file, and which commits were merged. The commit of the
merge is found in the history afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from seedgit import codes
from seedgit.errors import InvalidDocument, RepositoryError
from seedgit.formats.document import Document
from seedgit.git.repository import GitEntry, Repository
from seedgit.operations.workspace import Workspace
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import child, exists, parse_pointer
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GIT, SEEDGIT = "git", "seedgit"


def mark_people(
    workspace: Workspace,
    rows: list[dict[str, Any]],
    difference: Callable[[dict[str, Any]], Any] = lambda row: row["difference"],
) -> None:
    """Give each row of a merge `commit` and `people`; None if no such commit is here.

    difference  what a row says about it, for rows that do not have it at hand
    """
    repository = workspace.repository
    asked = {row["merge"] for row in rows if row.get("merge") and _replayed(row) is None}
    made = _commits(repository, asked) if asked else {}
    committed: dict[str, dict[str, GitEntry]] = {}
    for commit, paths in _of_commits(rows, made).items():
        with suppress(RepositoryError):  # a part of it is no longer in this clone
            committed[commit] = repository.entries(commit, *paths)
    for row in rows:
        row["commit"] = row["people"] = None
        with suppress(RepositoryError):
            _mark(repository, row, (made, committed), difference)


def _replayed(row: dict[str, Any]) -> dict[str, Any] | None:
    """The merge commit whose files were merged again, and its file, if a row is about that."""
    arguments = row["arguments"]
    return arguments if isinstance(arguments, dict) and "commit" in arguments else None


def _commits(repository: Repository, merges: set[str]) -> dict[str, str]:
    """The commits that have these parents: HEAD alone, or HEAD and what was merged into it."""
    wanted = merges | {merge.partition(" ")[0] for merge in merges}
    found = {}
    out = repository.git("rev-list", "--parents", "--branches", "HEAD", "--").decode()
    for line in out.splitlines():
        commit, _, parents = line.partition(" ")
        if parents in wanted:
            found[parents] = commit
    return found


def _commit_of(row: dict[str, Any], made: dict[str, str]) -> str | None:
    merge = row.get("merge") or ""
    return made.get(merge) or made.get(merge.partition(" ")[0])


def _of_commits(rows: list[dict[str, Any]], made: dict[str, str]) -> dict[str, set[str]]:
    """The files of each commit that rows are about."""
    found: dict[str, set[str]] = {}
    for row in rows:
        commit = None if _replayed(row) else _commit_of(row, made)
        if commit:
            found.setdefault(commit, set()).add(row["path"])
    return found


def _mark(
    repository: Repository,
    row: dict[str, Any],
    known: tuple[dict[str, str], dict[str, dict[str, GitEntry]]],
    difference: Callable[[dict[str, Any]], Any],
) -> None:
    made, committed = known
    replayed, merge = _replayed(row), row.get("merge") or ""
    if replayed:
        commit, id = replayed["commit"], replayed["committed"]
    else:
        commit = _commit_of(row, made)
        if commit not in committed:
            return
        entry = committed[commit].get(row["path"])
        id = entry.id if entry else None
    side = _side(repository, row, id, difference) if id else codes.NEITHER
    # With one parent it may be any commit on top of HEAD, unless it brings what an engine made.
    brings = side != codes.NEITHER and id != row["ours"]
    if brings or replayed or (" " in merge and merge in made):
        row["commit"], row["people"] = commit, side


def _side(
    repository: Repository,
    row: dict[str, Any],
    id: str,
    difference: Callable[[dict[str, Any]], Any],
) -> str:
    for name in (GIT, SEEDGIT):
        if row[f"{name}_result"] == id:
            return name
    found = difference(row) or []
    if not found or any("pointer" not in item or "conflict" in item for item in found):
        return codes.NEITHER
    try:
        value = Document.parse(repository.blob(id), row["path"]).value
    except InvalidDocument:
        return codes.NEITHER
    for name in (GIT, SEEDGIT):
        if all(_is(value, item["pointer"], item.get(name, ABSENT)) for item in found):
            return name
    return codes.NEITHER


def _is(value: Any, pointer: str, wanted: Any) -> bool:
    here = value
    for token in parse_pointer(pointer):
        if not exists(here, (token,)):
            return wanted is ABSENT
        here = child(here, token)
    return wanted is not ABSENT and same(here, wanted)
