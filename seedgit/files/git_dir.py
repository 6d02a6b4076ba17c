"""Where git keeps a clone's own files, found without starting git (gitrepository-layout(5))."""

from __future__ import annotations

import os


def find_git_dir(start: str = ".") -> str | None:
    """The git directory around `start`, found without git; None where there is none.

    Looks where git looks (gitrepository-layout(5)): in the environment, at `.git`, and in the file
    that a linked worktree has in its place. Raises OSError.
    """
    git_dir = os.environ.get("GIT_DIR")
    if not git_dir:
        place = os.path.abspath(start)
        while True:
            git_dir = os.path.join(place, ".git")
            if os.path.exists(git_dir):
                break
            if os.path.dirname(place) == place:
                return None
            place = os.path.dirname(place)
    if os.path.isfile(git_dir):
        named = _first_line(git_dir).removeprefix("gitdir: ")
        git_dir = os.path.join(os.path.dirname(git_dir), named)
    return git_dir


def find_common_dir(start: str = ".") -> str | None:
    """The git directory that all worktrees share; None where there is none or it is broken."""
    try:
        git_dir = find_git_dir(start)
        if git_dir is None:
            return None
        common = os.environ.get("GIT_COMMON_DIR")
        if not common:
            pointer = os.path.join(git_dir, "commondir")
            common = git_dir
            if os.path.isfile(pointer):
                common = os.path.join(git_dir, _first_line(pointer))
    except (OSError, UnicodeDecodeError):
        return None
    return os.path.normpath(common) if os.path.isdir(common) else None


def id_size(common_dir: str) -> int:
    """The size of an object's id in a repository, in bytes: 32 for SHA-256, otherwise 20.

    git takes extensions.objectFormat from the repository's own configuration alone (git-config(1)).
    """
    with open(os.path.join(common_dir, "config"), "rb") as file:
        lines = {b"".join(line.lower().split()) for line in file}
    return 32 if {b"objectformat=sha256", b'objectformat="sha256"'} & lines else 20


def _first_line(name: str) -> str:
    with open(name, encoding="utf-8", errors="surrogateescape") as file:
        return file.readline().rstrip("\n")
