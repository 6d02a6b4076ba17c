"""What changed between two trees, renames found; and where a file of long ago is today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seedgit.git.names import to_text
from seedgit.git.preview import quarantine
from seedgit.git.process import LITERAL
from seedgit.git.repository import MODE_FILE, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedgit.git.repository import Repository

RENAMED: Final = "R"

SIMILAR: Final = 50  # per cent; git's own default, from which a delete and an add are a rename

_NOTHING: Final = "0" * 6


class Change(NamedTuple):
    """One file's change. `old` is None for an addition, `new` for a deletion; `status` is git's
    letter for it (git-diff(1), "--diff-filter").

    `similarity` is 0 to 100, and 100 for a rename that changed no byte; 0 for what is no rename.
    """

    status: str
    old: Entry | None
    new: Entry | None
    similarity: int = 0


def diff(
    repository: Repository,
    old: str,
    new: str,
    *,
    similar: int = SIMILAR,
    timeout: float | None = None,
) -> list[Change]:
    """What turns the tree of one revision into another's. Raises TimeoutError."""
    asked = ("diff-tree", "-r", *_options(similar), old, new, "--")
    return _parse(repository.git(*asked, timeout=timeout))


def staged(
    repository: Repository, revision: str = "HEAD", *, similar: int = SIMILAR
) -> list[Change]:
    """What the index changes of a revision; of nothing at all, on a branch without commits."""
    tree = repository.resolve(revision, "tree")
    if tree is None:
        tree = str(repository.store.TreeBuilder().write())
    return _parse(repository.git("diff-index", "--cached", *_options(similar), tree, "--"))


def follow(
    repository: Repository, path: str, revision: str, *, similar: int = SIMILAR
) -> str | None:
    """The path at `revision` of the file that once was `path`; None if it was deleted for good.

    Goes back to the commit that last took the path away and looks what git would call it there,
    and on from there. A path that never was has no answer either.
    """
    seen: set[str] = set()
    while path not in seen:
        seen.add(path)
        if repository.entry(revision, path) is not None:
            return path
        gone = _removal(repository, path, revision)
        if gone is None:
            return None
        commit = repository.commit(gone)
        before = commit.parents[0] if commit.parents else None
        moved = diff(repository, before, gone, similar=similar) if before else []
        for change in moved:
            if change.status == RENAMED and change.old and change.old.path == path and change.new:
                path = change.new.path
                break
        else:
            return None
    return None


def uncommitted(repository: Repository, paths: list[str]) -> list[str]:
    """Those of some paths whose index entry or file is not as HEAD has it."""
    if not paths:
        return []
    options = ("--porcelain", "-z", "--untracked-files=no", "--no-renames")
    out = to_text(repository.git(LITERAL, "status", *options, "--", *paths))
    return sorted({line[3:] for line in out.split("\0") if line})


def _removal(repository: Repository, path: str, revision: str) -> str | None:
    """The newest commit that removed a path, as its first parent sees it."""
    options = ("-1", "--format=%H", "--no-renames", "--diff-filter=D", "--diff-merges=first-parent")
    out = repository.git(LITERAL, "log", *options, "--no-patch", revision, "--", path)
    return out.decode().strip() or None


def _options(similar: int) -> tuple[str, ...]:
    # -l0: an upgrade that moves a thousand files must not stop git looking.
    return ("--raw", "-z", "--no-abbrev", "--no-ext-diff", f"-M{similar}%", "-l0")


def _parse(out: bytes) -> list[Change]:
    """git-diff(1), "RAW OUTPUT FORMAT"."""
    fields = iter(to_text(out).split("\0"))
    changes = []
    for about in fields:
        if not about:
            continue
        old_mode, new_mode, old_id, new_id, status = about.removeprefix(":").split(" ")
        old_path = next(fields)
        new_path = next(fields) if status[0] in "RC" else old_path
        old = None if old_mode == _NOTHING else Entry(old_path, int(old_mode, 8), old_id)
        new = None if new_mode == _NOTHING else Entry(new_path, int(new_mode, 8), new_id)
        changes.append(Change(status[0], old, new, int(status[1:] or 0)))
    return changes


def follow_blobs(
    repository: Repository,
    gone: dict[str, str],
    free: dict[str, str],
    *,
    similar: int = SIMILAR,
    timeout: float | None = None,
) -> dict[str, str]:
    """Which of the files `free` (path -> blob id) the files `gone` have become, by content alone.

    No history is asked, so it answers alike in a shallow clone and before a commit. git compares
    each with each: after `timeout` seconds that ends in a TimeoutError.
    """
    old, new = list(gone), list(free)
    moved = {}
    with quarantine(repository) as (aside, _):  # in the clone any gc may take what no ref names
        trees = [_tree_of(aside, files.values()) for files in (gone, free)]
        for change in diff(aside, trees[0], trees[1], similar=similar, timeout=timeout):
            if change.status == RENAMED and change.old and change.new:
                moved[old[_number(change.old)]] = new[_number(change.new)]
    # The same blob under the same number is no rename to git: it did not move.
    for number, path in enumerate(old):
        if path not in moved and number < len(new) and gone[path] == free[new[number]]:
            moved[path] = new[number]
    return moved


def _tree_of(repository: Repository, blobs: Iterable[str]) -> str:
    builder = repository.store.TreeBuilder()
    for number, id in enumerate(blobs):
        builder.insert(f"{number}-{id}", id, MODE_FILE)
    return str(builder.write())


def _number(entry: Entry) -> int:
    return int(entry.path.partition("-")[0])
