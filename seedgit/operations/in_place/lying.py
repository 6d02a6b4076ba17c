"""Names what a live form is made of, by the ids of the records: none of them has to be read."""

from __future__ import annotations

from seedgit import __version__
from seedgit.git.stored_record import says_all
from seedgit.operations.live_tree.made_of import MadeOf
from seedgit.operations.workspace import Workspace


class Lying:
    """What lies over each seed, as long as no overlay moves."""

    def __init__(self, workspace: Workspace) -> None:
        rules = workspace.rules_id
        self._common = f"{rules} {__version__}"
        self._records: dict[str, list[str]] = {}
        self._read: MadeOf | None = None
        for name in workspace.names:
            overlay = workspace.overlay(name)
            homes, held = workspace.moved(overlay), overlay.records.held
            for path, entries in overlay.records.named.items():
                if not all(map(says_all, entries)):
                    self._read = MadeOf(workspace)  # only the record says whose it is
                    return
                here = homes[path].path if path in homes else path
                ids = [f"{name} {held[entry].id}" for entry in entries]
                self._records.setdefault(here or path, []).extend(ids)

    def over(self, path: str) -> bool:
        """Whether a record lies over a seed."""
        return self._read.has_records(path) if self._read else path in self._records

    def key(self, path: str, seed: str) -> str:
        """While it is the same, so is what lies over a version of a seed, by its blob."""
        if self._read:
            return self._read.key(path, seed)
        return " ".join((seed, self._common, *self._records.get(path, ())))
