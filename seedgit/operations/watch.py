"""Sync as it happens: whenever a live file changes, or a seed or an overlay moves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from seedgit import codes
from seedgit.errors import SeedgitError, UsageError
from seedgit.git.live_tree import live_trees
from seedgit.operations.in_step import TreeSync
from seedgit.operations.live import keep_in_step
from seedgit.operations.workspace import Workspace

DEBOUNCE = 100  # milliseconds; a program may write a file in several steps
AGAIN = 1_000  # milliseconds until a file that was being written is looked at again


def watch(workspace: Workspace) -> Iterator[tuple[list[TreeSync], list[str]]]:
    """Sync now, and after each change, until the caller stops. Raises UsageError.

    Yields what each round did, and what failed in it.
    """
    try:
        import watchfiles
    except ImportError:
        raise UsageError(
            "--watch needs the library watchfiles, which is not installed",
            hint="install it with seedgit: pip install 'seedgit[watch]'; or run seedgit sync from "
            "a timer",
        ) from None
    if not live_trees(workspace.repository):
        raise UsageError("there is no live tree", hint="seedgit live DIR makes one")
    directory = str(workspace.directory)
    done, failed = keep_in_step(workspace)
    yield done, failed
    changes = watchfiles.watch(
        *_places(workspace),
        watch_filter=None,
        debounce=DEBOUNCE,
        step=50,
        rust_timeout=AGAIN,
        yield_on_timeout=True,
        raise_interrupt=True,
    )
    for changed in changes:
        if not changed and not _waits(done):
            continue
        if changed and all(_passing(name) for _, name in changed):
            continue
        try:
            done, failed = keep_in_step(Workspace.open(directory))
        except SeedgitError as error:  # git may be at work just now
            done, failed = [], [str(error)]
        yield done, failed


def _places(workspace: Workspace) -> list[Path]:
    """The folders in which a change matters."""
    repository = workspace.repository
    found = {repository.git_dir, repository.common_dir / "refs"}
    for tree in live_trees(repository):
        found.add(tree.directory)
        found |= {place.parent for _, place in tree.maps}
    return [place for place in sorted(found) if place.is_dir()]


def _waits(done: list[TreeSync]) -> bool:
    return any(file.reason == codes.LIVE_BUSY for one in done for file in one.files)


def _passing(name: str) -> bool:
    """Whether a change says nothing: of git's locks and objects, and of seedgit's own files."""
    parts = name.split(os.sep)
    own = ".git" in parts and {"objects", "seedgit", "logs"} & set(parts)
    return bool(own) or name.endswith(".lock") or ".seedgit-" in parts[-1]
