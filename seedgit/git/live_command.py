"""The command of a live tree, which tells a program that its files have changed."""

from __future__ import annotations

import os
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.git.repository import Repository

STDERR = 2  # the descriptor


def run_command(repository: Repository, command: str, names: Sequence[str]) -> int:
    """Run a command with the changed files' names on its standard input.

    It runs at the top of the working tree. What it prints goes to standard error: standard output
    may be JSON. Returns its exit status.
    """
    import subprocess  # late: it takes a while to load

    done = subprocess.run(
        command,
        shell=True,
        cwd=repository.worktree,
        input=os.fsencode("".join(f"{name}\n" for name in names)),
        stdout=STDERR,
        check=False,
    )
    return done.returncode
