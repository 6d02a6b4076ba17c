"""Adopt: what the site has committed into seeds, and owns, becomes overrides."""

from __future__ import annotations

from collections.abc import Iterable

from seedgit import codes
from seedgit.operations.adoption.model import Adoption
from seedgit.operations.adoption.split import Asked, is_owned
from seedgit.operations.adoption.take import take
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace


def adopt(
    workspace: Workspace,
    names: Iterable[str] = (),
    ref: str | None = None,
    why: str = "",
    *,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> Adoption:
    """Move what the site owns from committed seeds into the overlay that commands write to.

    `names` are files; without any, every seed that differs from upstream's. Raises Refused if one
    of them has uncommitted changes.
    """
    paths = [workspace.seed_path(name) for name in names]
    asked = Asked(is_owned, codes.SEED_OWNED, "adopt", ref, why, dry_run, progress)
    return take(workspace, paths, asked)
