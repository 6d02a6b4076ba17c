"""What every operation starts from: the repository, the rules, the seeds and the active overlays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seedgit.core.overlay import Record
from seedgit.core.ownership import Rules, SeedRule
from seedgit.errors import InputError, UsageError
from seedgit.formats.document import Document
from seedgit.formats.rules import parse as parse_rules
from seedgit.git.overlays import Overlay, Store
from seedgit.git.repository import Repository
from seedgit.git.settings import Settings

RULES_FILE = ".seedgit.yaml"


@dataclass(frozen=True)
class Stored:
    """A record of one overlay, and the seed it belongs to now (None: the seed is gone)."""

    overlay: str
    record: Record
    path: str | None


class Workspace:
    """One worktree and its overlays. Read-only; operations that write go through `store`."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.store = Store(repository)
        self.settings = Settings(repository)

    @classmethod
    def open(cls, directory: str) -> Workspace:
        """The workspace a directory is in. Raises RepositoryError."""
        return cls(Repository.discover(Path(directory)))

    # -- rules and seeds -------------------------------------------------------------------------

    @cached_property
    def rules(self) -> Rules:
        """The rules in the working tree; in a clone without them, nothing is a seed."""
        data = self.repository.read_worktree(RULES_FILE)
        return parse_rules(data, RULES_FILE) if data is not None else Rules()

    def rule(self, path: str) -> SeedRule:
        """The rule that makes `path` a seed. Raises UsageError where none does."""
        rule = self.rules.match(path)
        if rule is None:
            raise UsageError(
                "not a seed: no rule matches it",
                where=path,
                hint=f"add it under `seeds:` in {RULES_FILE}",
            )
        return rule

    @cached_property
    def tracked(self) -> dict[str, str]:
        """Every seed git tracks: path -> id of its blob in the index."""
        return {
            path: blob
            for path, blob in self.repository.index_blobs().items()
            if self.rules.match(path)
        }

    def seed_path(self, name: str, directory: str = ".") -> str:
        """The repository's name for a path as a user gives it; it has to be a tracked seed."""
        path = self.repository.relative(name)
        self.rule(path)
        if path not in self.tracked:
            raise UsageError("git does not track this file", where=path, hint=f"git add {path}")
        return path

    def seed(self, path: str, revision: str | None = None) -> Document:
        """The seed as the working tree, or a revision, has it."""
        if revision is None:
            data = self.repository.read_worktree(path)
        else:
            data = self.repository.read_path(revision, path)
        if data is None:
            place = revision or "the working tree"
            raise InputError(f"is not in {place}", where=path, hint="git restore it, or name another")
        return Document.parse(data, path)

    def blob(self, blob: str, path: str) -> Document:
        """A document from the object store."""
        return Document.parse(self.repository.read_blob(blob), path)

    # -- overlays ----------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The active overlays, lowest first: a later one is laid over an earlier one."""
        return self.settings.overlays

    @property
    def target(self) -> str:
        """The overlay that `set` writes to: the topmost."""
        return self.names[-1]

    def overlay(self, name: str) -> Overlay:
        return self.store.read(name)

    def stored(self, name: str) -> list[Stored]:
        """The records of an overlay with the seeds they belong to, renames followed."""
        records = {
            path: Record.from_body(stored.body) for path, stored in self.overlay(name).records.items()
        }
        missing = {path: r.base for path, r in records.items() if path not in self.tracked}
        free = {path: blob for path, blob in self.tracked.items() if path not in records}
        moved = self.repository.renames(missing, free) if missing and free else {}
        return [
            Stored(name, record, path if path in self.tracked else moved.get(path))
            for path, record in records.items()
        ]

    def stored_for(self, path: str) -> Iterator[Stored]:
        """The records that lie over one seed, lowest overlay first."""
        for name in self.names:
            yield from (item for item in self.stored(name) if item.path == path)
