"""The one way to change an overlay: follow renames, rebase, compare and swap, and try again.

A change is a pure function. If another writer was faster, it is called again, with what that writer
has written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property

from seedgit.errors import PatchError, Refused, SeedgitError, UsageError
from seedgit.formats.document import Document
from seedgit.git.layer_settings import refuse_read_only
from seedgit.git.store import Overlay
from seedgit.git.stored_record import StoredRecord, to_store
from seedgit.named_tuple import Generic, NamedTuple
from seedgit.operations.stack.effective import layer_on, tried, would_be
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.record import Record
from seedgit.rules.ownership import names_secret
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")
else:
    T = None


class Edit(NamedTuple, Generic[T]):
    """A change of the record of one seed.

    blob, seed  the version of the seed that the new record is made over: its id and content
    change      gets the record over that version, the version, and the record as it is stored
                (None: there is none yet); returns the new record, and anything else to report
    mends       it only removes overrides: allowed even if the effective file cannot be written,
                before and after
    found       its values come from a file, where nobody could say which of them are secrets: a
                key's usual name tells
    """

    path: str
    blob: str
    seed: Document
    change: Callable[[Record, Document, Record | None], tuple[Record, T]]
    mends: bool = False
    found: bool = False


class OverlayEdit:
    """One try at changing an overlay; see `overlay_edits`.

    placed   the overlay's records as they are now, each with its seed
    message  to be set: the commit's message
    before   to be set: called with the commit, before the overlay moves there
    files    to be set: what the overlay is to have beside its records; None drops a file
    usual    the seeds whose values come from a file, where a key's usual name tells a secret
    bases    values of versions of seeds that are at hand, by blob
    commit   after the loop: the commit that was made; None if nothing changed
    """

    def __init__(self, workspace: Workspace, overlay: Overlay) -> None:
        self.workspace = workspace
        self.overlay = overlay
        self.records: dict[str, StoredRecord | None] = {}
        self.message = ""
        self.before: Callable[[str], None] | None = None
        self.files: dict[str, bytes | None] = {}
        self.usual: set[str] = set()
        self.bases: dict[str, Value] = {}
        self.commit: str | None = None

    @cached_property
    def placed(self) -> list[Stored]:
        return self.workspace.placed(self.overlay)

    def put(self, record: Record, *old: Stored | None) -> None:
        """Write a record in place of the old ones, wherever those were. An empty one is dropped."""
        gone = [item.record.path for item in old if item is not None]
        if not record.empty:
            olds = [item.record for item in old if item is not None]
            self.records[record.path] = to_store(self._sealed(record, olds))
        for path in gone:
            self.records.setdefault(path, None)

    def _sealed(self, record: Record, olds: list[Record]) -> Record:
        """The record with its secrets encrypted, those that it has got since too."""
        workspace = self.workspace
        rule = workspace.rules.match(record.path)
        usual = record.path in self.usual
        some = rule is not None and rule.has_secrets
        known = some or any(each.has_secrets for each in (record, *olds))
        if not (known or (usual and _may_be_secret(record, workspace))):
            return record
        from seedgit.overlay.concealed import Concealing, new_secrets  # late: few records have any

        base: Value = ABSENT
        with suppress(SeedgitError):  # without it, a selector of the rules finds no items
            base = self.bases.get(record.base) or workspace.base(record).value
        concealing = Concealing(rule, base, usual)
        opener = workspace.opener if workspace.reveals else None
        if opener is not None:
            concealing = concealing._replace(plain=opener.plain, known=opener.knows)
        record = concealing.record(record, olds)
        if not new_secrets(record):
            return record
        if workspace.staged_in_place(record.path):
            raise _in_place(record.path)
        from seedgit.operations.secrets.sealing import Sealer

        name = self.overlay.name
        key = opener.digest_keys.get(name) if opener else None
        return Sealer(workspace, self.overlay, key).record(record, olds)

    def make(self, edit: Edit[T]) -> T:
        """Make one edit; returns what its change reports. Raises PatchError, UsageError."""
        path = edit.path
        old = self.workspace.lying(self.overlay, path)
        before = Record(path, edit.blob)
        if old is not None:
            before = layer_on(self.workspace, old, edit.seed).kept(path, edit.blob)
        try:
            record, told = edit.change(before, edit.seed, old.record if old else None)
            self._check(edit, record, before)
            record = self._over_layers(edit, record, before)
        except (PatchError, UsageError) as error:
            error.where = error.where or path
            raise
        self.bases[edit.blob] = edit.seed.value
        if edit.found:
            self.usual.add(record.path)
        self.put(record, old)
        return told

    def _over_layers(self, edit: Edit[T], record: Record, before: Record) -> Record:
        """As `over_layers`."""
        name = self.overlay.name
        if name not in self.workspace.names[1:]:
            return record
        from seedgit.operations.stack.under_layers import over_layers  # late: many have one layer

        return over_layers(self.workspace, edit.seed, name, record, before)

    def _check(self, edit: Edit[T], record: Record, before: Record) -> None:
        """Raises PatchError if a record cannot be written, but the one before could."""
        place = self.workspace, edit.path, edit.seed, self.overlay.name
        try:
            check(*place, record)
        except PatchError:
            if not edit.mends:
                raise
            try:
                check(*place, before)
            except PatchError:
                return
            raise


def _may_be_secret(record: Record, workspace: Workspace) -> bool:
    """Whether a key's usual name, or a value that was decrypted, may tell a secret in a record."""
    if workspace.opener is not None or record.rivals or record.decisions:
        return True
    return any(names_secret(override.value, override.tokens) for override in record.held)


def _in_place(path: str) -> Refused:
    return Refused(
        "is live in place, and a secret in a tracked file is one slip away from a commit",
        where=path,
        hint="keep its effective file in a folder: seedgit live --help; or override it by --plain",
    )


def overlay_edits(workspace: Workspace, name: str) -> Iterator[OverlayEdit]:
    """Tries at changing an overlay: loop over them; the last one succeeded.

    What a round puts is committed after it. If you leave the loop, or raise in it, nothing changes.
    Raises as `Store.updates`, and Refused for a layer that is a remote's.
    """
    refuse_read_only(workspace.repository, name)
    for update in workspace.store.updates(name):
        edit = OverlayEdit(workspace, update.overlay)
        yield edit
        update.write(edit.records, edit.message)
        update.before = edit.before
        update.beside.update(edit.files)
    edit.commit = update.commit


def edit_records(
    workspace: Workspace,
    edits: Sequence[Edit[T]],
    message: str,
    before: Callable[[str], None] | None = None,
) -> tuple[str | None, list[T]]:
    """Make edits of the overlay that commands write to, all or none, in one commit.

    before  called with the commit, before the overlay moves there: at each try, if there are more

    Returns the commit, if anything changed, and what each change reports. Raises what a change
    raises, and PatchError where an effective file could not be written.
    """
    for made in overlay_edits(workspace, workspace.target):
        told = [made.make(edit) for edit in edits]
        made.message, made.before = message, before
    return made.commit, told


def try_edit(workspace: Workspace, edit: Edit[T]) -> T:
    """What an edit would report; nothing is stored. Raises as `edit_records`."""
    return OverlayEdit(workspace, workspace.store.read(workspace.target)).make(edit)


def check(workspace: Workspace, path: str, seed: Document, overlay: str, record: Record) -> None:
    """Raises PatchError if the effective file could not be written with this record."""
    try:
        tried(would_be(workspace, path, seed, overlay, record))
    except PatchError as error:
        error.hint = error.hint or "nothing was changed; give a value that the file can hold"
        raise
