"""What every operation starts from: the repository, the rules, the seeds, the active overlays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seedgit.core.overlay import Record
from seedgit.core.ownership import Rules, SeedRule
from seedgit.core.record_body import body_of, record_from
from seedgit.errors import InputError, UsageError
from seedgit.formats.document import Document
from seedgit.formats.rules import parse_rules
from seedgit.git import settings
from seedgit.git.changes import follow_blobs
from seedgit.git.names import pasted, to_text
from seedgit.git.overlays import Overlay, Store
from seedgit.git.record_tree import Problem
from seedgit.git.repository import FILE_MODES, STAGE_MERGED, Entry, Repository
from seedgit.git.stored_record import StoredRecord, record_name
from seedgit.mode import Mode
from seedgit.rules_file import RULES_FILE, read_rules


@dataclass(frozen=True)
class Stored:
    """A record of one overlay, and the seed it belongs to now (None: the seed is gone)."""

    overlay: str
    record: Record
    path: str | None


class Workspace:
    """One worktree and its overlays.

    patience  seconds for git to look where seeds have moved to; None: as long as that takes
    """

    patience: float | None = None

    def __init__(self, repository: Repository, directory: Path) -> None:
        self.repository = repository
        self.directory = directory
        self.store = Store(repository)

    @classmethod
    def open(cls, directory: str, *, rehearse: bool = True) -> Workspace:
        """The workspace a directory is in. Raises RepositoryError.

        In dry-run nothing is written through it, once seedgit is installed there at all: what
        would be is recorded (`Repository.intent`). `rehearse=False` writes all the same.
        """
        start = Path(directory).absolute()
        repository = Repository.discover(start)
        workspace = cls(repository, start)
        if rehearse and workspace.mode.dry_run and repository.config.get(settings.DRIVER_KEY):
            repository.rehearse()
        return workspace

    @cached_property
    def mode(self) -> Mode:
        """off, dry-run or live, as it is set for this worktree and this process."""
        return settings.mode(self.repository)

    # -- rules and seeds -------------------------------------------------------------------------

    @cached_property
    def rules(self) -> Rules:
        """The rules in the working tree; in a clone without them, nothing is a seed."""
        data = read_rules(self.repository.worktree)
        return Rules() if data is None else parse_rules(data, RULES_FILE)

    def rule(self, path: str) -> SeedRule:
        """The rule that makes `path` a seed. Raises UsageError where none does."""
        rule = self.rules.match(path)
        if rule is None:
            raise UsageError(
                "not a seed: no rule matches it",
                where=path,
                hint=f"name it under `seeds:` in {RULES_FILE}",
            )
        return rule

    @cached_property
    def tracked(self) -> dict[str, Entry]:
        """Every seed git tracks, as the index has it."""
        return {
            entry.path: entry
            for entry in self.repository.index()
            if entry.stage == STAGE_MERGED
            and entry.mode in FILE_MODES
            and entry.path != RULES_FILE
            and self.rules.match(entry.path)
        }

    @cached_property
    def unmerged(self) -> frozenset[str]:
        """The paths that a merge has left in conflict."""
        index = self.repository.index()
        return frozenset(entry.path for entry in index if entry.stage != STAGE_MERGED)

    def path(self, name: str) -> str:
        """The repository's name for a file as a user gives it. Raises UsageError."""
        place = os.path.normpath(self.directory / name)
        try:
            path = Path(place).relative_to(self.repository.worktree).as_posix()
        except ValueError:
            raise UsageError("is outside the working tree", where=name) from None
        return to_text(os.fsencode(path))

    def seed_path(self, name: str) -> str:
        """As `path`, of a seed that git tracks. Raises UsageError."""
        path = self.path(name)
        self.rule(path)
        if path not in self.tracked:
            raise UsageError(
                "git does not track this file", where=path, hint=f"git add {pasted(path)}"
            )
        return path

    def seed(self, path: str) -> Document:
        """The seed as the working tree has it. Raises InputError, InvalidDocument."""
        data = self.repository.read_file(path)
        if data is None:
            raise InputError(
                "is not in the working tree", where=path, hint=f"git restore {pasted(path)}"
            )
        return Document.parse(data, path)

    def staged(self, path: str) -> tuple[str, Document]:
        """The id and the content of a seed in the index: what overrides are made over."""
        entry = self.tracked[path]
        return entry.id, Document.parse(self.repository.blob(entry.id), path)

    def base(self, record: Record) -> Document:
        """The document a record's overrides were made over."""
        return Document.parse(self.repository.blob(record.base), record.path)

    # -- overlays ----------------------------------------------------------------------------------

    @cached_property
    def names(self) -> list[str]:
        """The active overlays, lowest first: a later one lies over an earlier one."""
        return [chosen.value for chosen in settings.overlays(self.repository)]

    @property
    def target(self) -> str:
        """The overlay that is written to: the topmost."""
        return self.names[-1]

    @cached_property
    def upstream(self) -> str | None:
        """The ref the package's versions come from, if one is known."""
        chosen = settings.upstream(self.repository)
        return chosen.value if chosen else None

    def revision(self, ref: str | None) -> tuple[str, str]:
        """A ref and its commit: the one a person named, or upstream's. Raises UsageError."""
        name = ref or self.upstream
        if name is None:
            raise UsageError(
                "no ref was named, and no upstream is known",
                hint="name one, or git config seedgit.upstream <remote>/<branch>",
            )
        commit = None if name.startswith("-") else self.repository.resolve(name)
        if commit is None:
            raise UsageError(
                f"no such commit: {name!r}",
                hint="git fetch brings a remote's branches; git branch --all lists what is here",
            )
        return name, commit

    def stored(self, name: str) -> list[Stored]:
        """The records of an overlay with the seeds they belong to, renames followed."""
        return self._state(name)[1]

    def _state(self, name: str) -> tuple[Overlay, list[Stored]]:
        overlay = self.store.read(name)
        return overlay, self.placed(overlay)

    def placed(self, overlay: Overlay) -> list[Stored]:
        """As `stored`, of a state of an overlay that is at hand. Raises TimeoutError."""
        if not overlay.records:
            return []
        records = {}
        for path, stored in overlay.records.items():
            records[path] = record_from(path, stored.base, stored.body)
        missing = {
            path: r.base
            for path, r in records.items()
            if path not in self.tracked and path not in self.unmerged
        }
        free = {path: e.id for path, e in self.tracked.items() if path not in records}
        moved: dict[str, str] = {}
        if missing and free:
            moved = follow_blobs(self.repository, missing, free, timeout=self.patience)
        return [
            Stored(overlay.name, record, path if path in self.tracked else moved.get(path))
            for path, record in records.items()
        ]

    def stored_for(self, path: str) -> Iterator[Stored]:
        """The records that lie over one seed, lowest overlay first.

        Raises InputError where one of them cannot be used: without it the seed is not what the
        site made of it.
        """
        for name in self.names:
            overlay, stored = self._state(name)
            for problem in overlay.problems:
                # The entry of a long name does not say all of it.
                if problem.seed in ("", path) or problem.entry == record_name(path):
                    raise problem.error
            yield from (item for item in stored if item.path == path)

    def problems(self) -> list[Problem]:
        """Records of the active overlays that cannot be used."""
        return [problem for name in self.names for problem in self.store.read(name).problems]


class Snapshot(Workspace):
    """The workspace as it is where other files are checked out: what reads them, reads these."""

    def __init__(self, workspace: Workspace, repository: Repository, files: dict[str, Entry]):
        super().__init__(repository, workspace.directory)
        self.files = files
        self.__dict__["names"] = workspace.names
        self._states: dict[str, tuple[Overlay, list[Stored]]] = {}

    def _state(self, name: str) -> tuple[Overlay, list[Stored]]:
        if name not in self._states:
            self._states[name] = super()._state(name)
        return self._states[name]

    @property
    def unmerged(self) -> frozenset[str]:
        return frozenset()

    def content(self, path: str) -> bytes | None:
        """A regular file; None where there is none."""
        entry = self.files.get(path)
        if entry is None or entry.mode not in FILE_MODES:
            return None
        return self.repository.blob(entry.id)

    @cached_property
    def rules(self) -> Rules:
        entry = self.files.get(RULES_FILE)
        if entry is None:
            return Rules()
        data = self.content(RULES_FILE)
        if data is None:
            raise InputError(
                "no regular file: it is not read",
                where=RULES_FILE,
                hint=f"see who put it there: git log --all -- {RULES_FILE}",
            )
        return parse_rules(data, RULES_FILE)

    @cached_property
    def tracked(self) -> dict[str, Entry]:
        return {
            path: entry
            for path, entry in self.files.items()
            if entry.mode in FILE_MODES
            and entry.stage == STAGE_MERGED
            and path != RULES_FILE
            and self.rules.match(path)
        }

    def seed(self, path: str) -> Document:
        return Document.parse(self.repository.blob(self.tracked[path].id), path)


def to_store(record: Record) -> StoredRecord:
    """A record as the store keeps it."""
    return StoredRecord(record.path, record.base, body_of(record))
