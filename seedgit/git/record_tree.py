"""The tree of one overlay state: records read from it, and the tree after a change.

The tree may come from anywhere, so nothing in it is believed: every name, mode and id is checked,
and what does not fit is one record's problem, never the others'.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pygit2

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.git.names import refused_name, to_text
from seedgit.git.repository import FILE_MODES, MODE_FILE, MODE_TREE
from seedgit.git.stored_record import (
    BASE,
    BASE_LIMIT,
    LIMIT,
    RECORD,
    RECORDS,
    StoredRecord,
    decode,
    encode,
    is_record_name,
    record_name,
    seed_of,
)
from seedgit.overlay.record_json import HINT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seedgit.git.repository import Repository

Kind = TypeVar("Kind", pygit2.Tree, pygit2.Blob)


class Held(NamedTuple):
    """What a tree has at a name."""

    mode: int
    id: str


class Problem(NamedTuple):
    """A record that cannot be used. `seed` is what its name says, `entry` the name in the tree.

    Both are "" where there is something else than a folder of records.
    """

    seed: str
    entry: str
    error: InputError

    @property
    def told(self) -> str:
        """What is wrong, in a line that begins with the seed."""
        return f"{self.seed}: {self.error.message}" if self.entry else str(self.error)


def read_records(
    repository: Repository, tree: str, where: str
) -> tuple[dict[str, StoredRecord], tuple[Problem, ...]]:
    """The records of a tree by seed path, and those that cannot be used; `where` names the tree."""
    records: dict[str, StoredRecord] = {}
    problems: list[Problem] = []
    for name, held in held_records(repository, tree).items():
        try:
            if held.mode != MODE_TREE:
                raise InputError("unusable overlay record: it is no folder")
            record = read_record(repository, name, held.id)
            records[record.path] = record
        except InputError as error:
            error.where = f"{where}:{RECORDS}/{name}"
            problems.append(Problem(seed_of(name), name, error))
    found = _records(repository, tree)
    if found is not None and found.mode != MODE_TREE:
        unusable = InputError(f"unusable overlay: its {RECORDS} are no folder", where=where)
        problems.append(Problem("", "", unusable))
    return records, tuple(problems)


def record_ids(repository: Repository, tree: str | None) -> dict[str, str]:
    """The entries of a tree's records by name, whatever they are; {} for None."""
    return {name: held.id for name, held in held_records(repository, tree).items()}


def held_records(repository: Repository, tree: str | None) -> dict[str, Held]:
    """As `record_ids`, with the mode of each entry."""
    found = _records(repository, tree)
    if found is None or found.mode != MODE_TREE:
        return {}
    return {
        _name(record): Held(int(record.filemode), str(record.id))
        for record in _read(repository, found.id, pygit2.Tree)
    }


def _records(repository: Repository, tree: str | None) -> Held | None:
    if tree is None:
        return None
    for entry in _read(repository, tree, pygit2.Tree):
        if _name(entry) == RECORDS:
            return Held(int(entry.filemode), str(entry.id))
    return None


def write_records(
    repository: Repository,
    tree: str | None,
    records: Iterable[StoredRecord],
    others: Mapping[str, Held | None],
) -> str:
    """The id of `tree` with these records put in, and `others`: entries by name, None to drop.

    Everything else stays, read or not. Raises Refused where the tree has a name that must not be
    written again, RepositoryError for a base that is nowhere to be had.
    """
    root = _builder(repository, tree)
    old = root.get(RECORDS)
    builder = _builder(repository, str(old.id) if old and old.filemode == MODE_TREE else None)
    there = held_records(repository, tree)
    for name, held in others.items():
        if held == there.get(name):
            continue
        if held is not None:
            builder.insert(name, pygit2.Oid(hex=held.id), held.mode)
        else:
            builder.remove(name)
    for record in records:
        name = record_name(record.path)
        builder.insert(name, _write_record(repository, record, there.get(name)), MODE_TREE)
    if len(builder):
        root.insert(RECORDS, builder.write(), MODE_TREE)
    elif old is not None:
        root.remove(RECORDS)
    return str(root.write())


def read_record(repository: Repository, name: str, id: str) -> StoredRecord:
    """The record of one entry. Raises InputError for all that may be there instead."""
    if not is_record_name(name):
        reason = refused_name(name) or "not a name that seedgit writes"
        raise InputError(f"refused overlay record: {reason}")
    try:
        parts = {_name(entry): entry for entry in _read(repository, id, pygit2.Tree)}
        record = _file(repository, parts, RECORD, LIMIT)
        # A newer seedgit may keep its base in another way: it is asked for after the version.
        found = decode(name, repository.blob(record))
        base = _file(repository, parts, BASE, BASE_LIMIT)
        if found.base != base:
            raise InputError(f"{BASE} is not the blob that {RECORD} names")
    except InputError as error:
        error.message = f"unusable overlay record: {error.message}"
        raise
    except RepositoryError as error:
        message = f"damaged overlay record: {error.message}"
        raise InputError(message, hint=error.hint or "try git fsck") from None
    return found


def _write_record(repository: Repository, record: StoredRecord, before: Held | None) -> pygit2.Oid:
    data = encode(record)
    # Fetched now if this clone is partial: the record must not depend on a remote later.
    base = _read(repository, record.base, pygit2.Blob)
    if base.size > BASE_LIMIT:
        raise InputError(f"a seed of over {BASE_LIMIT} bytes has no overlay", where=record.path)
    if not _has_base(repository, before, record.base):
        repository.objects.need(record.base)  # the index may be all that keeps it
    builder = repository.store.TreeBuilder()
    builder.insert(RECORD, pygit2.Oid(hex=repository.write_blob(data)), MODE_FILE)
    builder.insert(BASE, base.id, MODE_FILE)
    return builder.write()


def _has_base(repository: Repository, before: Held | None, base: str) -> bool:
    """Whether a record that an overlay has had before keeps a base."""
    if before is None or before.mode != MODE_TREE:
        return False
    with suppress(RepositoryError):
        return any(str(part.id) == base for part in _read(repository, before.id, pygit2.Tree))
    return False


def _builder(repository: Repository, tree: str | None) -> pygit2.TreeBuilder:
    if tree is None:
        return repository.store.TreeBuilder()
    found = _read(repository, tree, pygit2.Tree)
    for entry in found:
        reason = refused_name(_name(entry))
        if reason:
            raise Refused(
                f"the overlay holds a refused name: {reason}",
                hint="seedgit log and undo show and take back the change that brought it",
            )
    return repository.store.TreeBuilder(found)


def _file(repository: Repository, parts: Mapping[str, pygit2.Object], name: str, limit: int) -> str:
    """The id of a part of a record, a file that is not over its limit. Raises InputError."""
    part = parts.get(name)
    if part is None or part.filemode not in FILE_MODES:
        raise InputError(f"it lacks {RECORD} or {BASE}")
    if _size(repository, str(part.id)) > limit:
        raise InputError(f"{name} is over {limit} bytes (object {part.id})", hint=HINT)
    return str(part.id)


def _size(repository: Repository, id: str) -> int:
    """How long an object is, before it is read; 0 where it is not here, or damaged."""
    try:
        return repository.objects.size(id)
    except (KeyError, RepositoryError):
        return 0


def _name(entry: pygit2.Object) -> str:
    return to_text(entry.raw_name or b"")


def _read(repository: Repository, id: str, kind: type[Kind]) -> Kind:
    try:
        found = repository.object(id)
    except (pygit2.GitError, ValueError) as error:
        raise RepositoryError(f"object {id} cannot be read: {error}") from None
    if not isinstance(found, kind):
        raise RepositoryError(f"object {id} is not a {kind.__name__.lower()}")
    return found
