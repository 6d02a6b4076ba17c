"""What a sync of a live tree does whether the tree is a folder or the working tree itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from seedgit import codes
from seedgit.errors import RepositoryError, SeedgitError
from seedgit.git.live_tree import LiveTree, live_trees
from seedgit.git.messages import message
from seedgit.operations.edits.edit import Edit, edit_records
from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.live_tree.ledger import Ledger, Row
from seedgit.operations.live_tree.live_file import WHY, Synced
from seedgit.operations.live_tree.written_file import NO_CHANGES, Changes
from seedgit.operations.workspace import Workspace

ATTEMPTS = 5  # how often a file may change while it is synced
LONG = 600.0  # seconds after which an unreadable file needs a person


class SyncRun:
    """One sync of one tree.

    told     what became of each file about which there is something to say
    changes  what programs' changes made of the overlay, by file
    rows     what the ledger gets in the end; None drops a row
    commit   the overlay's new commit, if there is one
    """

    def __init__(
        self, workspace: Workspace, tree: LiveTree, ledger: Ledger, *, restore: bool
    ) -> None:
        self.workspace = workspace
        self.repository = workspace.repository
        self.tree = tree
        self.ledger = ledger
        self.restore = restore
        self.told: dict[str, Synced] = {}
        self.changes: dict[str, Changes] = {}
        self.rows: dict[str, Row | None] = {}
        self.commit: str | None = None
        self._known: dict[str, bool] = {}

    def apart(self, paths: list[str]) -> list[str]:
        """Those of some seeds that have a file of their own. Of each other one it is told.

        `live --map` gives no file to two seeds, but an upgrade can bring a seed whose place it is.
        """
        others = live_trees(self.repository)
        mapped = {place: seed for tree in others for seed, place in tree.maps}
        if not mapped:
            return paths
        own, alone = dict(self.tree.maps), []
        for path in paths:
            seed = mapped.get(self.tree.place(path)) if path not in own else None
            if seed is None:
                alone.append(path)
            else:
                text = f"--map gave this file to {seed}: give that seed another one"
                self.problem(path, codes.LIVE_SHARED, text)
        return alone

    def until_quiet(self, paths: Iterable[str], attempt: Callable[[list[str]], list[str]]) -> None:
        """Sync files again that change meanwhile, but not for ever.

        attempt  syncs some files; returns those that changed
        """
        left = list(paths)
        for _ in range(ATTEMPTS):
            left = attempt(left)
            if not left:
                break
        for path in left:
            self.problem(path, codes.LIVE_BUSY, "a program keeps writing it: it is left as it is")

    # -- into the overlay --------------------------------------------------------------------------

    def commit_edits(
        self, edits: Mapping[str, Edit[Changes]], before: Callable[[str], None]
    ) -> None:
        """Put what the site owns of some files into the overlay, in one commit.

        before  called with the commit, before the overlay moves there
        """
        subject = next(iter(edits)) if len(edits) == 1 else f"{len(edits)} live files"
        text = message(f"sync {subject}", f"{WHY}, in {self.tree.directory}")
        commit, told = edit_records(self.workspace, list(edits.values()), text, before)
        self.commit = commit or self.commit
        for path, changes in zip(edits, told, strict=True):
            self.add(path, changes)

    def add(self, path: str, changes: Changes) -> None:
        """Tell what else a program's changes made of the overlay."""
        before = self.changes.get(path, NO_CHANGES)
        both = {**before.taken, **changes.taken}, {**before.ended, **changes.ended}
        self.changes[path] = Changes(*both)

    def made(self, commit: str) -> bool:
        """Whether a commit that a sync was about to make is in an overlay."""
        if commit not in self._known:
            self._known[commit] = False
            with suppress(RepositoryError):  # then it is as if it had not been made
                tips = (tip for _, tip in self.workspace.tips() if tip is not None)
                found = any(self.repository.contains(tip, commit) for tip in tips)
                self._known[commit] = found
        return self._known[commit]

    # -- what is told ------------------------------------------------------------------------------

    def result(self) -> TreeSync:
        files = (f for _, f in sorted(self.told.items()) if f.moved or f.waits or f.drift)
        return TreeSync(self.tree, tuple(files), self.commit)

    def synced(self, path: str, **told: object) -> Synced:
        return Synced(path, str(self.tree.place(path)), **told)  # type: ignore[arg-type]

    def problem(self, path: str, reason: str, text: str) -> None:
        told = self.told.get(path) or self.synced(path)
        self.told[path] = told._replace(problem=text, reason=reason)

    def states(self) -> tuple[str, ...]:
        """The commits that the overlays are at: what is set from now on decides a clash."""
        return tuple(tip for _, tip in self.workspace.tips() if tip)

    def unreadable(self, path: str, error: SeedgitError) -> None:
        """Leave a file alone that cannot be read. After a while a person has to look at it."""
        last = self.ledger.rows.get(path) or Row(path)
        since = last.since or time.time()
        self.rows[path] = (self.rows.get(path) or last)._replace(since=since)
        text = str(error) if not error.where else error.message
        if error.line:
            text = f"line {error.line}: {text}"
        text += ": it is left as it is"
        if self.restore or time.time() - since > LONG:
            text += "; a person has to look at it: correct it, or move it away"
        self.problem(path, codes.LIVE_UNREADABLE, text)
