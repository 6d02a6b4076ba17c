"""Commits of one changed file, and new branches, made beside the working tree and its index."""

from __future__ import annotations

import os
import tempfile

from seedgit.errors import Refused, UsageError
from seedgit.git.names import is_ref_name, to_bytes
from seedgit.git.refs import DURABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from seedgit.git.repository import GitEntry, Repository

BRANCHES: Final = "refs/heads/"


def branch_ref(name: str) -> str:
    """The ref of a branch. Raises UsageError if git does not take the name for a branch."""
    ref = BRANCHES + name
    if not name.isprintable() or name.startswith("-") or name == "HEAD" or not is_ref_name(ref):
        raise UsageError(f"not a name for a branch: {name!r}")
    return ref


def new_branch(repository: Repository, name: str, commit: str, why: str) -> None:
    """Make a branch. Raises Refused if there is one of that name."""

    for attempt in repository.writer.attempts(branch_ref(name)):
        if attempt.old is not None:
            raise Refused(
                f"there is a branch {name} already; nothing was changed",
                hint="name another with --branch",
            )
        attempt.new, attempt.why = commit, why


def commit_file(repository: Repository, parent: str | None, entry: GitEntry, message: str) -> str:
    """A commit on `parent` that changes one file, and its id; no ref moves.

    parent  None: the commit has no other file, and begins a history
    """
    with tempfile.TemporaryDirectory(prefix="seedgit-") as place:
        env = {"GIT_INDEX_FILE": os.path.join(place, "index")}
        if parent is not None:
            repository.git("read-tree", parent, env=env)
        line = f"{entry.mode:o} {entry.id}\t".encode() + to_bytes(entry.path) + b"\0"
        repository.git("update-index", "-z", "--index-info", stdin=line, env=env)
        tree = repository.git("write-tree", "--missing-ok", env=env).decode().strip()
    return commit_tree(repository, tree, [parent] if parent else [], message)


def commit_tree(repository: Repository, tree: str, parents: Sequence[str], message: str) -> str:
    """A commit of a tree, and its id; no ref moves."""
    stdin = message.encode("utf-8", "backslashreplace")
    words = [word for parent in parents for word in ("-p", parent)]
    made = repository.git(*DURABLE, "commit-tree", *words, "-F", "-", tree, stdin=stdin)
    return made.decode().strip()
