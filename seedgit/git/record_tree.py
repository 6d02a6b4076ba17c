"""The tree of one overlay state: records read from it, and the tree after a change.

The tree may come from anywhere, so nothing in it is trusted. Every name, mode and id is checked.
What does not fit is a problem of one record, never of the others.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.git.names import refused_name
from seedgit.git.object_text import TreeItem, tree_text
from seedgit.git.objects import TREE
from seedgit.git.repository import FILE_MODES, MODE_FILE, MODE_SUBMODULE, MODE_TREE
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


class Problem(NamedTuple):
    """A record that cannot be used. `seed` is what its name says, `entry` the name in the tree.

    Both are "" if there is something else instead of a folder of records.
    """

    seed: str
    entry: str
    error: InputError

    @property
    def told(self) -> str:
        """What is wrong, as a line that begins with the seed."""
        return f"{self.seed}: {self.error.message}" if self.entry else str(self.error)


def read_records(
    repository: Repository, tree: str, where: str
) -> tuple[dict[str, StoredRecord], tuple[Problem, ...]]:
    """The records of a tree by seed path, and those that cannot be used. `where` names the tree."""
    records: dict[str, StoredRecord] = {}
    problems: list[Problem] = []
    for name, held in held_records(repository, tree).items():
        try:
            if held.mode != MODE_TREE:
                raise InputError("unusable overlay record: it is not a folder")
            record = read_record(repository, name, held.id)
            records[record.path] = record
        except InputError as error:
            error.where = f"{where}:{RECORDS}/{name}"
            problems.append(Problem(seed_of(name), name, error))
    found = _records(repository, tree)
    if found is not None and found.mode != MODE_TREE:
        unusable = InputError(f"unusable overlay: its {RECORDS} are not a folder", where=where)
        problems.append(Problem("", "", unusable))
    return records, tuple(problems)


def record_ids(repository: Repository, tree: str | None) -> dict[str, str]:
    """The entries of a tree's records by name, whatever they are; {} for None."""
    return {name: held.id for name, held in held_records(repository, tree).items()}


def held_records(repository: Repository, tree: str | None) -> dict[str, TreeItem]:
    """As `record_ids`, with the mode of each entry."""
    found = _records(repository, tree)
    if found is None or found.mode != MODE_TREE:
        return {}
    return repository.tree_of(found.id).entries


def _records(repository: Repository, tree: str | None) -> TreeItem | None:
    return repository.tree_of(tree).entries.get(RECORDS) if tree else None


def write_records(
    repository: Repository,
    tree: str | None,
    records: Iterable[StoredRecord],
    others: Mapping[str, TreeItem | None],
) -> str:
    """The id of `tree` with these records put in, and `others`: entries by name, None to drop.

    Everything else stays, readable or not. Raises Refused if the tree has a name that must not be
    written again, and RepositoryError for a base that cannot be found anywhere.
    """
    root = repository.tree_of(tree).entries if tree else {}
    there = held_records(repository, tree)
    made = there | {name: held for name, held in others.items() if held is not None}
    for name, held in others.items():
        if held is None:
            made.pop(name, None)
        elif held != there.get(name) and held.mode != MODE_SUBMODULE:
            repository.object(held.id)  # it must be here
    _refuse(root)
    _refuse(made)
    for record in records:
        name = record_name(record.path)
        made[name] = TreeItem(MODE_TREE, _write_record(repository, record, there.get(name)))
    root = {name: held for name, held in root.items() if name != RECORDS}
    if made:
        root[RECORDS] = TreeItem(MODE_TREE, _write(repository, made))
    return _write(repository, root)


def read_record(repository: Repository, name: str, id: str) -> StoredRecord:
    """The record of one entry. Raises InputError if it is anything else."""
    if not is_record_name(name):
        reason = refused_name(name) or "not a name that seedgit writes"
        raise InputError(f"refused overlay record: {reason}")
    try:
        parts = repository.tree_of(id).entries
        record = _file(repository, parts, RECORD, LIMIT)
        # A newer seedgit may keep its base in another way, so look for the base after the version.
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


def _write_record(repository: Repository, record: StoredRecord, before: TreeItem | None) -> str:
    data = encode(record)
    # Fetch it now if this clone is partial: the record must not depend on a remote later.
    if len(repository.blob(record.base)) > BASE_LIMIT:
        raise InputError(
            f"a seed of over {BASE_LIMIT} bytes cannot have an overlay", where=record.path
        )
    if not _has_base(repository, before, record.base):
        repository.objects.need(record.base)  # perhaps only the index keeps it
    ids = {RECORD: repository.write_blob(data), BASE: record.base}
    return _write(repository, {name: TreeItem(MODE_FILE, id) for name, id in ids.items()})


def _has_base(repository: Repository, before: TreeItem | None, base: str) -> bool:
    """Whether a record of an earlier state of the overlay keeps a base."""
    if before is None or before.mode != MODE_TREE:
        return False
    with suppress(RepositoryError):
        return any(part.id == base for part in repository.tree_of(before.id).entries.values())
    return False


def _write(repository: Repository, entries: Mapping[str, TreeItem]) -> str:
    return repository.objects.write(TREE, tree_text(entries.items()))


def _refuse(names: Iterable[str]) -> None:
    """Raises Refused if a tree has a name that must not be written again."""
    for name in names:
        reason = refused_name(name)
        if reason:
            raise Refused(
                f"the overlay holds a refused name: {reason}",
                hint="seedgit log and undo show and take back the change that brought it",
            )


def _file(repository: Repository, parts: Mapping[str, TreeItem], name: str, limit: int) -> str:
    """The id of a file of a record. Raises InputError if it is no file, or over its limit."""
    part = parts.get(name)
    if part is None or part.mode not in FILE_MODES:
        raise InputError(f"it lacks {RECORD} or {BASE}")
    if _size(repository, part.id) > limit:
        raise InputError(f"{name} is over {limit} bytes (object {part.id})", hint=HINT)
    return part.id


def _size(repository: Repository, id: str) -> int:
    """The size of an object, before it is read; 0 if it is not here, or damaged."""
    try:
        return repository.objects.size(id)
    except (KeyError, RepositoryError):
        return 0


def empty_tree(repository: Repository) -> str:
    """The id of a tree with nothing in it, which it writes."""
    return _write(repository, {})
