"""Caches what sites have in common: records, documents and rebases.

A record is decoded once per (name, tree id), a document parsed once per (blob, format), a rebase
made once per (base blob, seed blob, record, rule). A site that equals another costs a few look-ups.
"""

from __future__ import annotations

from collections.abc import Callable

from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.formats.registry import format_name
from seedgit.git.fleet import FleetRecords, Site
from seedgit.git.repository import Repository
from seedgit.git.stored_record import seed_of
from seedgit.named_tuple import NamedTuple
from seedgit.operations.seeds.homes import Home, homes
from seedgit.operations.workspace import Workspace
from seedgit.overlay.rebase import Rebased, rebase
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.value import has_secret

RecordKey = tuple[str, str]  # an entry's name and id; and what is concealed of it


class Loaded(NamedTuple):
    """A decoded record, shared by all sites that have it."""

    key: RecordKey
    record: Record


class ShownRecords:
    """Records as they may be shown: with secrets in place of what some rules call so."""

    def __init__(self, concealed: Callable[[Record], Record]) -> None:
        self._concealed = concealed
        self._known: dict[RecordKey, Loaded] = {}

    def of(self, records: dict[str, Loaded]) -> dict[str, Loaded]:
        """The records of a site, by seed path. One that changes has a key of its own."""
        return {
            path: self._known.get(each.key) or self._one(each) for path, each in records.items()
        }

    def _one(self, loaded: Loaded) -> Loaded:
        record = self._concealed(loaded.record)
        if record is not loaded.record:
            hidden = (o.pointer for o in record.held if has_secret(o.value))
            name, id = loaded.key
            made = Loaded((name, "\0".join((id, *hidden))), record)
        else:
            made = loaded
        self._known[loaded.key] = made
        return made


class Shared:
    """Parsed documents and rebased records, by content."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.reader = FleetRecords(repository)
        self._records: dict[RecordKey, Loaded | InputError] = {}
        self._documents: dict[tuple[str, str | None], Document | InputError] = {}
        self._rebased: dict[tuple[str, str, RecordKey, SeedRule | None], Rebased] = {}

    def records(self, site: Site) -> tuple[dict[str, Loaded], list[tuple[str, InputError]]]:
        """A site's records by seed path, and the problems. Raises RepositoryError."""
        found: dict[str, Loaded] = {}
        problems = []
        for key in self.reader.entries(site).items():
            loaded = self._records.get(key)
            if loaded is None:
                loaded = self._records[key] = self._load(key)
            if isinstance(loaded, InputError):
                problems.append((seed_of(key[0]), loaded))
            else:
                found[loaded.record.path] = loaded
        return found, problems

    def _load(self, key: RecordKey) -> Loaded | InputError:
        try:
            stored = self.reader.record(*key)
            return Loaded(key, stored.record)
        except InputError as error:
            return error

    def document(self, id: str, path: str) -> Document:
        """Raises InputError."""
        key = (id, format_name(path))
        found = self._documents.get(key)
        if found is None:
            try:
                found = Document.parse(self.repository.blob(id), path)
            except InputError as error:
                found = error
            self._documents[key] = found
        if isinstance(found, InputError):
            raise found
        return found

    def rebased(self, loaded: Loaded, seed: Document, id: str, rule: SeedRule | None) -> Rebased:
        """A record rebased onto a version of its seed, whose blob is `id`. Raises InputError."""
        record = loaded.record
        key = (record.base, id, loaded.key, rule)
        if key not in self._rebased:
            base = self.document(record.base, record.path)
            self._rebased[key] = rebase(
                record.overrides, base.value, seed.value, rule, parked=record.parked
            )
        return self._rebased[key]

    def places(self, records: dict[str, Loaded], workspace: Workspace) -> dict[str, Home]:
        """For each path of a site's records, where its seed is now. Renames are followed."""

        def record(path: str) -> Record | None:
            return records[path].record if path in records else None

        here = {path: Home(path if path in workspace.tracked else None) for path in records}
        return here | homes(records, record, workspace)
