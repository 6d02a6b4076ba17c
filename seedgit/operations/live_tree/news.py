"""What a sync has to say that the one before has not said, for a log that somebody reads."""

from __future__ import annotations

from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.live_tree.live_file import Synced


class News:
    """Remembers what was told of each live file. What is over, and comes back, is told again."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, set[str]]] = {}

    def of(self, done: TreeSync) -> TreeSync:
        """A sync without what the last one of its tree has told.

        Run-time drift is told once for each place, whatever its value becomes.
        """
        tree = str(done.tree.directory)
        before = self._told.get(tree, {})
        self._told[tree] = {file.path: _said(file) for file in done.files}
        files = (_without(file, before.get(file.path, set())) for file in done.files)
        return done._replace(files=tuple(f for f in files if f.moved or f.waits or f.drift))


def _said(file: Synced) -> set[str]:
    drift, clashes = (f"drift {d.pointer}" for d in file.drift), map(repr, file.clashes)
    return {*drift, *clashes, file.problem}


def _without(file: Synced, told: set[str]) -> Synced:
    return file._replace(
        drift=tuple(d for d in file.drift if f"drift {d.pointer}" not in told),
        clashes=tuple(c for c in file.clashes if repr(c) not in told),
        problem="" if file.problem in told else file.problem,
    )
