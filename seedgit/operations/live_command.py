"""The command of a live tree, which tells a program that its files have changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from seedgit.git.live_tree import LiveTree
from seedgit.operations.workspace import Workspace

STDERR = 2  # the descriptor


def run_command(workspace: Workspace, tree: LiveTree, places: Sequence[str]) -> int | None:
    """Run the tree's command with the changed files' names on its standard input.

    It runs at the top of the working tree. What it prints goes to standard error: standard output
    may be JSON. Returns its exit status, or None where it was not run.
    """
    if not (tree.command and places):
        return None
    names = "".join(f"{name}\n" for name in places)
    done = subprocess.run(
        tree.command,
        shell=True,
        cwd=workspace.repository.worktree,
        input=os.fsencode(names),
        stdout=STDERR,
        check=False,
    )
    return done.returncode
