"""What an entry point reports about itself (`seedgit hook NAME --probe`)."""

from __future__ import annotations

import sys
from pathlib import Path

import seedgit
from seedgit import __version__
from seedgit.operations.workspace import Workspace


def identity(workspace: Workspace) -> dict[str, str | None]:
    """Which seedgit this is, and which store it reads and writes."""
    return {
        "version": __version__,
        "package": str(Path(str(seedgit.__file__)).parent),
        "python": sys.executable,
        "common_dir": str(workspace.repository.common_dir.resolve()),
        "overlay": workspace.target,
        "tip": workspace.store.tip(workspace.target),
    }
