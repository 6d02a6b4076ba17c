"""Sync as it happens: whenever a live file changes, or a seed or an overlay moves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import ModuleType

from seedgit import codes
from seedgit.errors import SeedgitError, UsageError
from seedgit.git.live_tree import live_trees
from seedgit.git.locks import TABLES
from seedgit.operations.live import keep_in_step
from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.live_tree.news import News
from seedgit.operations.workspace import Workspace

DEBOUNCE = 100  # milliseconds; a program may write a file in several steps
AGAIN = 1_000  # milliseconds until a file that was being written is looked at again


def watch(
    workspace: Workspace, stop: Event | None = None
) -> Iterator[tuple[list[TreeSync], list[str]]]:
    """Sync now, and after each change, until `stop` is set. Raises UsageError.

    Yields what each round did that the one before has not told, and what failed in it. A stop
    finishes the round that has begun, and makes a last one, for what a program wrote last.
    """
    watchfiles = _library()
    if not live_trees(workspace.repository):
        raise UsageError("there is no live tree", hint="seedgit live DIR makes one")
    directory = str(workspace.directory)
    news = News()
    done, failed = keep_in_step(workspace)
    yield [news.of(one) for one in done], failed
    while stop is None or not stop.is_set():
        places = _places(workspace)
        watched = False
        for changed in watchfiles.watch(
            *places,
            watch_filter=None,
            debounce=DEBOUNCE,
            step=50,
            rust_timeout=AGAIN,
            yield_on_timeout=True,
            raise_interrupt=True,
            stop_event=stop,
        ):
            if watched and not _matters(changed, done):
                continue
            watched = True  # the first round makes up for what came before the watcher did
            workspace.close()
            try:
                workspace = Workspace.open(directory)
                done, failed = keep_in_step(workspace)
            except SeedgitError as error:  # git may be at work just now
                done, failed = [], [str(error)]
            yield [news.of(one) for one in done], failed
            gone = any(Path(name) in places for _, name in changed)
            if gone or _places(workspace) != places:
                break  # a watcher sees nothing of a folder that was made anew
    done, failed = keep_in_step(Workspace.open(directory))
    yield [news.of(one) for one in done], failed


def _library() -> ModuleType:
    try:
        import watchfiles
    except ImportError:
        raise UsageError(
            "--watch needs the library watchfiles, which is not installed",
            hint="install it with seedgit: pip install 'seedgit[watch]'; or run seedgit sync from "
            "a timer",
        ) from None
    return watchfiles


def _places(workspace: Workspace) -> list[Path]:
    """The folders in which a change matters."""
    repository = workspace.repository
    found = {repository.git_dir, repository.common_dir / "refs"}
    found.add((repository.common_dir / TABLES).parent)
    with suppress(SeedgitError):
        for tree in live_trees(repository):
            found.add(Path(tree.directory))
            found |= {Path(place).parent for _, place in tree.maps}
    return [place for place in sorted(found) if place.is_dir()]


def _matters(changed: Iterable[tuple[object, str]], done: list[TreeSync]) -> bool:
    if not changed:
        return _waits(done)
    return not all(_passing(name) for _, name in changed)


def _waits(done: list[TreeSync]) -> bool:
    return any(file.reason == codes.LIVE_BUSY for one in done for file in one.files)


def _passing(name: str) -> bool:
    """Whether a change says nothing: of git's locks and objects, and of seedgit's own files."""
    parts = name.split(os.sep)
    own = ".git" in parts and {"objects", "seedgit", "logs"} & set(parts)
    return bool(own) or name.endswith(".lock") or ".seedgit-" in parts[-1]
