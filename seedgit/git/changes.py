"""What changed between two trees, with renames; and where a file of long ago is today."""

from __future__ import annotations

from seedgit.git.names import is_id, to_text
from seedgit.git.objects import TREE
from seedgit.git.process import LITERAL
from seedgit.git.repository import GitEntry
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from seedgit.git.repository import Repository

RENAMED: Final = "R"
COPIED: Final = "C"
ADDED: Final = "A"
DELETED: Final = "D"

SIMILAR: Final = 50  # per cent; git's own default: alike enough to be a rename

_NOTHING: Final = "0" * 6
_RAW: Final = ("--raw", "-z", "--no-abbrev", "--no-ext-diff")


class FileChange(NamedTuple):
    """One file's change. `old` is None for an addition, `new` for a deletion; `status` is git's
    letter for it (git-diff(1), "--diff-filter").

    `similarity` is 0 to 100: 100 for a rename that changed no byte, 0 if it is not a rename.
    """

    status: str
    old: GitEntry | None
    new: GitEntry | None
    similarity: int = 0


def diff(
    repository: Repository,
    old: str,
    new: str,
    *,
    similar: int = SIMILAR,
    timeout: float | None = None,
) -> list[FileChange]:
    """What turns the tree of one revision into another's. Raises TimeoutError."""
    if old == new:
        return []
    asked = ("diff-tree", "-r", *raw_options(similar), old, new, "--")
    return raw_changes(repository.git(*asked, timeout=timeout))[0]


def staged(
    repository: Repository,
    revision: str = "HEAD",
    *,
    similar: int | None = SIMILAR,
    timeout: float | None = None,
) -> list[FileChange]:
    """What the index changes in a revision, or in an empty tree on a branch without commits.

    Raises TimeoutError.
    """
    tree = revision if is_id(revision) else repository.resolve(revision, "tree")
    if tree is None:
        tree = repository.objects.write(TREE, b"")
    asked = ("diff-index", "--cached", *raw_options(similar), tree, "--")
    return raw_changes(repository.git(*asked, timeout=timeout))[0]


def follow(repository: Repository, path: str, revision: str) -> str | None:
    """The path at `revision` of the file that once was `path`; None if it was deleted for good.

    Finds the commit that last removed the path, asks git what the file became there, and goes on
    from that. None also for a path that never existed.
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
        moved = diff(repository, before, gone) if before else []
        for change in moved:
            if change.status == RENAMED and change.old and change.old.path == path and change.new:
                path = change.new.path
                break
        else:
            return None
    return None


def uncommitted(repository: Repository, paths: list[str] | None = None) -> list[str]:
    """The paths, of these or of all (None), whose index entry or file differs from HEAD."""
    if paths is not None and not paths:
        return []
    if paths is None and repository.uncommitted is not None:
        return repository.uncommitted
    options = ("--porcelain", "-z", "--untracked-files=no", "--no-renames")
    out = to_text(repository.git(LITERAL, "status", *options, "--", *(paths or ())))
    return sorted({line[3:] for line in out.split("\0") if line})


def _removal(repository: Repository, path: str, revision: str) -> str | None:
    """The newest commit that removed a path, as its first parent sees it."""
    options = ("-1", "--format=%H", "--no-renames", "--diff-filter=D", "--diff-merges=first-parent")
    out = repository.git(LITERAL, "log", *options, "--no-patch", revision, "--", path)
    return out.decode().strip() or None


def raw_options(similar: int | None) -> tuple[str, ...]:
    """How git is asked for changes: with renames of so many per cent, or without any (None)."""
    # -l0: an upgrade that moves a thousand files must not stop git looking.
    return (*_RAW, *(("--no-renames",) if similar is None else (f"-M{similar}%", "-l0")))


def raw_changes(out: bytes) -> list[list[FileChange]]:
    """git-diff(1), "RAW OUTPUT FORMAT": a list for each commit that git names, after the changes
    that stand before the first.
    """
    fields = iter(to_text(out).split("\0"))
    found: list[list[FileChange]] = [[]]
    for about in (field.lstrip("\n") for field in fields):  # git log puts an empty line there
        if not about:
            continue
        if not about.startswith(":"):
            found.append([])
            continue
        old_mode, new_mode, old_id, new_id, status = about[1:].split(" ")
        old_path = next(fields)
        new_path = next(fields) if status[0] in "RC" else old_path
        old = None if old_mode == _NOTHING else GitEntry(old_path, int(old_mode, 8), old_id)
        new = None if new_mode == _NOTHING else GitEntry(new_path, int(new_mode, 8), new_id)
        found[-1].append(FileChange(status[0], old, new, int(status[1:] or 0)))
    return found


def alike(
    repository: Repository,
    gone: Mapping[str, str],
    new: Mapping[str, str],
    *,
    timeout: float | None = None,
) -> dict[str, str]:
    """Which of the `gone` files (path -> blob id) each of the `new` files looks like, by content.

    Several may look like one. git compares each with each. Raises TimeoutError after `timeout`
    seconds.
    """
    from seedgit.git.preview import quarantine  # late: mostly git names all renames

    old, made = list(gone), list(new)
    how = (*raw_options(SIMILAR), f"-C{SIMILAR}%")
    with quarantine(repository) as (aside, _):  # in the clone, any gc may remove what no ref names
        trees = [_flat_tree(aside, mark, files) for mark, files in (("o", gone), ("n", new))]
        out = aside.git("diff-tree", *how, *trees, "--", timeout=timeout)
    return {
        made[int(change.new.path[1:])]: old[int(change.old.path[1:])]
        for change in raw_changes(out)[0]
        if change.status in (RENAMED, COPIED) and change.old and change.new
    }


def _flat_tree(repository: Repository, mark: str, files: Mapping[str, str]) -> str:
    """A tree of blobs with numbers for names, so that no name suggests a rename."""
    lines = [f"100644 blob {id}\t{mark}{n}\0" for n, id in enumerate(files.values())]
    out = repository.git("mktree", "--missing", "-z", stdin="".join(lines).encode())
    return out.decode().strip()
