"""What jobs have in common where they are worked on: records, documents and rebases.

A record is decoded once, a document parsed once per (blob, format), a rebase made once per (base
blob, seed blob, record, rule), as far as there is room.
"""

from __future__ import annotations

from collections.abc import Iterable

from seedgit.errors import InputError, RepositoryError
from seedgit.formats.document import Document
from seedgit.formats.registry import format_name
from seedgit.git.fleet import raw_records
from seedgit.git.record_tree import RawRecord
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.fleet.job import Case, Chunk, Common, Entry
from seedgit.operations.secrets.stored_plain import concealed
from seedgit.overlay.rebase import Rebased, rebase
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.value import has_secret

MOST_DOCUMENTS, MOST_RECORDS, MOST_REBASED = 1_000, 20_000, 2_000  # that are kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    K = TypeVar("K")
    V = TypeVar("V")


class Loaded(NamedTuple):
    """A decoded record, as it may be shown under the rules of a case.

    key  its entry, and what is concealed of it
    """

    key: tuple[str, ...]
    record: Record


class Shared:
    """Parsed documents and rebased records, by content.

    texts  plain values that are secrets by the rules, as they were met
    """

    def __init__(self, common: Common, repository: Repository | None = None) -> None:
        self.common = common
        self.texts: set[str] = set()
        self._given = repository
        self._opened: Repository | None = None
        self._chunk = Chunk((), {})
        self._records: dict[Entry, Record | InputError] = {}
        self._documents: dict[tuple[str, str | None], Document | InputError] = {}
        self._rebased: dict[tuple[str, tuple[str, ...], SeedRule | None], Rebased] = {}

    def take(self, chunk: Chunk) -> None:
        """Decode the records of a chunk."""
        self._chunk = chunk
        wanted = dict.fromkeys(part.entry for job in chunk.jobs for part in job.parts)
        new = [entry for entry in wanted if entry not in self._records]
        if len(self._records) + len(new) > MOST_RECORDS:
            self._records.clear()
            new = list(wanted)
        if chunk.records is not None:
            found: Iterable[tuple[Entry, RawRecord]] = (
                (entry, chunk.records[entry]) for entry in new
            )
        else:
            found = zip(new, raw_records(self.repository, new), strict=True)
        for entry, raw in found:
            try:
                self._records[entry] = raw.decoded().record
            except InputError as error:
                self._records[entry] = error

    @property
    def repository(self) -> Repository:
        """Where records are read: the one at hand, or one that is opened."""
        if self._given is not None:
            return self._given
        if self._opened is None:
            self._opened = Repository.discover(self.common.directory)
        return self._opened

    def close(self) -> None:
        """End the git that reads."""
        if self._opened is not None:
            self._opened.close()

    def record(self, entry: Entry, case: Case) -> Loaded:
        """A record as it may be shown. Raises InputError."""
        found = self._records[entry]
        if isinstance(found, InputError):
            raise found
        shown = found
        for rule in case.secrets:
            shown = concealed(shown, rule, self.base, self.texts)
        if shown is found:
            return Loaded(entry, found)
        return Loaded((*entry, *(o.pointer for o in shown.held if has_secret(o.value))), shown)

    def base(self, record: Record) -> Document:
        """The document a record's overrides were made over. Raises InputError."""
        return self.document(record.base, record.path)

    def document(self, id: str, path: str) -> Document:
        """Raises InputError, RepositoryError."""
        key = (id, format_name(path))
        found = self._documents.get(key)
        if found is None:
            try:
                found = Document.parse(self._blob(id), path)
            except InputError as error:
                found = error
            _keep(self._documents, key, found, MOST_DOCUMENTS)
        if isinstance(found, InputError):
            raise found
        return found

    def _blob(self, id: str) -> bytes:
        for known in (self.common.documents, self._chunk.documents):
            data = known.get(id)
            if isinstance(data, str):
                raise RepositoryError(data)
            if data is not None:
                return data
        return self.repository.blob(id)

    def rebased(self, loaded: Loaded, seed: Document, id: str, rule: SeedRule | None) -> Rebased:
        """A record rebased onto a version of its seed, whose blob is `id`. Raises InputError."""
        key = (id, loaded.key, rule)
        found = self._rebased.get(key)
        if found is None:
            record = loaded.record
            base = self.base(record)
            found = rebase(record.overrides, base.value, seed.value, rule, parked=record.parked)
            _keep(self._rebased, key, found, MOST_REBASED)
        return found


def _keep(known: dict[K, V], key: K, value: V, most: int) -> None:
    if len(known) >= most:
        known.clear()
    known[key] = value
