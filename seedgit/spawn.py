"""Starts git without `subprocess`, which takes as long to load as Python itself.

For what must answer at once: the merge driver, and an answer that is printed again.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# We read git's messages and print them in ours, so they have to be in one language. No read may
# take index.lock away from a running merge. Hooks inherit these variables, so nothing that changes
# what hooks do belongs here.
ALWAYS = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}

# git-config(1): every value, as `Config.told` reads it.
CONFIG = ("config", "--list", "-z", "--show-scope", "--show-origin")

# Upstream can track everything that makes a bare repository, with a configuration that says what
# git runs. A setting from the command line overrides all others (git-config(1),
# safe.bareRepository), and this variable is how git hands it on.
_PARAMETERS = "GIT_CONFIG_PARAMETERS"
_NOT_BARE = "'safe.bareRepository=explicit'"


def not_bare() -> dict[str, str]:
    """The environment in which git takes no folder inside a working tree for a bare repository."""
    return {_PARAMETERS: f"{os.environ.get(_PARAMETERS, '')} {_NOT_BARE}".lstrip()}


def start_git(
    *arguments: str, stdin: int | None = None, env: Mapping[str, str] | None = None
) -> tuple[int, int]:
    """Start git. `output_bytes` and `answer` read what it prints later, when it is needed.

    stdin  a descriptor that it reads; env  its environment; None for both: this process's own
    """
    read, write = os.pipe()
    silent = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    actions: list[tuple[Any, ...]] = [(os.POSIX_SPAWN_DUP2, write, 1), silent]
    if stdin is not None:
        actions.append((os.POSIX_SPAWN_DUP2, stdin, 0))
    try:
        pid = os.posix_spawnp("git", ["git", *arguments], env or os.environ, file_actions=actions)
    except OSError:
        pid = 0
    os.close(write)
    return pid, read


def output_bytes(started: tuple[int, int], most: int = -1) -> bytes:
    """What a git has printed, however it ended."""
    return answer(started, most)[1]


def answer(started: tuple[int, int], most: int = -1) -> tuple[int, bytes]:
    """The exit status of a git, and what it has printed. Not started: a status over 0."""
    pid, read = started
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read(most)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if pid else 127, data
