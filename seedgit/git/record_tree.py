"""The tree of one overlay state: records read from it, and the tree after a change.

The tree may come from anywhere, so nothing in it is trusted. Every name, mode and id is checked.
What does not fit is a problem of one record, never of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.git.names import refused_name
from seedgit.git.object_text import TreeItem
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
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.record_json import HINT

AHEAD: Final = 1 << 18  # bytes of a record that is read before it is asked for, like all others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Set
    from typing import Final

    from seedgit.git.repository import Repository
    from seedgit.overlay.record import Record

FILE_LIMIT = 1_000_000  # bytes of a file beside the records


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


class Records(Mapping[str, "StoredRecord"]):
    """The records of a state of an overlay, by seed path. Each is read when it is asked for.

    Iterating reads all of them at once. One that cannot be used is not in the mapping,
    but among the `problems`.

    held   the entries by their names in the tree, whatever they are
    shown  makes of each record what readers get to see of it
    """

    def __init__(
        self,
        repository: Repository,
        tree: str | None,
        where: str = "",
        shown: Callable[[Record], Record] = lambda record: record,
    ) -> None:
        self._repository = repository
        self._shown = shown
        self._where = where
        self._tree = tree
        self._read: dict[str, StoredRecord | Problem] = {}
        self._usable: Set[str] = frozenset()
        self.held = held_records(repository, tree)
        self.odd: Problem | None = None  # there is something else instead of a folder of records
        found = _records(repository, tree)
        if found is not None and found.mode != MODE_TREE:
            unusable = InputError(f"unusable overlay: its {RECORDS} are not a folder", where=where)
            self.odd = Problem("", "", unusable)

    def __getitem__(self, path: str) -> StoredRecord:
        found = self._at(record_name(path))
        if not isinstance(found, StoredRecord):
            raise KeyError(path)
        return found

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and isinstance(self._at(record_name(path)), StoredRecord)

    def __iter__(self) -> Iterator[str]:
        return (found.path for found in self._all() if isinstance(found, StoredRecord))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def file(self, name: str) -> bytes | None:
        """What lies beside the records under a name; None if nothing does. Raises InputError."""
        found = self._repository.tree_of(self._tree).entries.get(name) if self._tree else None
        if found is None:
            return None
        if found.mode not in FILE_MODES or _size(self._repository, found.id) > FILE_LIMIT:
            raise InputError(
                f"is no file, or one of over {FILE_LIMIT} bytes", where=f"{self._where}:{name}"
            )
        return self._repository.blob(found.id)

    @cached_property
    def named(self) -> Mapping[str, list[str]]:
        """The names of the entries, by the seed that each stands for. Nothing is read."""
        found: dict[str, list[str]] = {}
        for name in self.held:
            found.setdefault(seed_of(name), []).append(name)
        return found

    def trust(self, names: Set[str]) -> None:
        """Treat some entries as usable, as they were found before: they need not be read.

        Their names are not those of long paths, so they say all of the path.
        """
        self._usable = names

    def paths(self) -> Iterator[str]:
        """As by iterating, but reads only what is not known to be usable."""
        self._read_all(self.held.keys() - self._usable)
        for name in self.held:
            found = None if name in self._usable else self._read[name]
            if not isinstance(found, Problem):
                yield found.path if found else seed_of(name)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that cannot be used."""
        self._read_all(self.held.keys() - self._usable)
        every = [self.odd, *(self._read.get(name) for name in self.held)]
        return tuple(found for found in every if isinstance(found, Problem))

    def problem(self, name: str) -> Problem | None:
        """What is wrong with one entry; None if nothing is, or if there is none."""
        found = self._at(name)
        return found if isinstance(found, Problem) else None

    def problem_of(self, path: str) -> Problem | None:
        """What keeps a seed's record from being used; None if nothing does."""
        if self.odd is not None:
            return self.odd
        names = (record_name(path), *self.named.get(path, ()))
        return next(filter(None, map(self.problem, names)), None)

    def read(self, seeds: Iterable[str]) -> Iterator[str]:
        """Read what stands for some seeds, as `named`, at once; returns the paths of the records.

        The name of a long path does not say all of it.
        """
        names = [name for seed in seeds for name in self.named[seed]]
        self._read_all(names)
        found = (self._read[name] for name in names)
        return (each.path for each in found if isinstance(each, StoredRecord))

    def _read_all(self, names: Iterable[str]) -> None:
        new = {name: self.held[name] for name in names if name not in self._read}
        parts = folders(self._repository, new.values())
        for name, held in new.items():
            self._read[name] = self._found(name, held, parts.get(held.id))

    def _all(self) -> list[StoredRecord | Problem]:
        self._read_all(self.held)
        return [self._read[name] for name in self.held]

    def _at(self, name: str) -> StoredRecord | Problem | None:
        if name not in self._read and name in self.held:
            self._read_all([name])
        return self._read.get(name)

    def _found(
        self, name: str, held: TreeItem, parts: Mapping[str, TreeItem] | None
    ) -> StoredRecord | Problem:
        try:
            if held.mode != MODE_TREE:
                raise InputError("unusable overlay record: it is not a folder")
            found = read_record(self._repository, name, held.id, parts)
            found.record = self._shown(found.record)
            return found
        except InputError as error:
            error.where = f"{self._where}:{RECORDS}/{name}"
            return Problem(seed_of(name), name, error)


def folders(
    repository: Repository, held: Collection[TreeItem]
) -> dict[str, Mapping[str, TreeItem]]:
    """The parts of some records, by the ids of their folders, with their contents read ahead.

    Those that cannot be read are not in it, and nothing is if there is but one: it is simply read.
    """
    if len(held) < 2:
        return {}
    objects = repository.objects
    ids = list(dict.fromkeys(item.id for item in held if item.mode == MODE_TREE))
    objects.read_ahead(ids)
    found: dict[str, Mapping[str, TreeItem]] = {}
    for id in ids:
        with suppress(RepositoryError):
            found[id] = repository.tree_of(id).entries
    parts = [part for each in found.values() for part in each.items()]
    objects.size_ahead(part.id for name, part in parts if name in (RECORD, BASE))
    records = [part.id for name, part in parts if name == RECORD and part.mode in FILE_MODES]
    objects.read_ahead(id for id in records if _size(repository, id) <= AHEAD)
    return found


def record_ids(repository: Repository, tree: str | None) -> dict[str, str]:
    """The entries of a tree's records by name, whatever they are; {} for None."""
    return {name: held.id for name, held in held_records(repository, tree).items()}


def held_records(repository: Repository, tree: str | None) -> Mapping[str, TreeItem]:
    """As `record_ids`, with the mode of each entry."""
    return records_in(repository, repository.tree_of(tree).entries) if tree else {}


def records_in(repository: Repository, root: Mapping[str, TreeItem]) -> Mapping[str, TreeItem]:
    """The entries of the records of an overlay whose tree has these entries, by name."""
    found = root.get(RECORDS)
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
    beside: Mapping[str, TreeItem | None],
) -> str:
    """The id of `tree` with these records put in, and `others`: entries by name, None to drop.

    beside  what is to stand beside the folder of records, in the same way

    Everything else stays, readable or not. Raises Refused if the tree has a name that must not be
    written again, and RepositoryError for a base that cannot be found anywhere.
    """
    root = repository.tree_of(tree).entries if tree else {}
    there = held_records(repository, tree)
    made = {**there, **{name: held for name, held in others.items() if held is not None}}
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
    root = {name: held for name, held in {**root, **beside}.items() if held and name != RECORDS}
    if made:
        root[RECORDS] = TreeItem(MODE_TREE, _write(repository, made))
    return _write(repository, root)


class RawRecord(NamedTuple):
    """What a tree has for a record, before it is understood: that takes no repository.

    data  its text; None if there is none
    base  the id of the base beside it; "" if there is none
    wrong, hint  why there is no text, or no base
    """

    name: str
    data: bytes | None = None
    base: str = ""
    wrong: str = ""
    hint: str = ""

    def decoded(self) -> StoredRecord:
        """The record. Raises InputError if it is anything else."""
        if self.data is None:
            raise InputError(self.wrong, hint=self.hint)
        try:
            found = decode(self.name, self.data)
        except InputError as error:
            error.message = f"unusable overlay record: {error.message}"
            raise
        # A newer seedgit may keep its base in another way, so look for the base after the version.
        if not self.base:
            raise InputError(self.wrong, hint=self.hint)
        if found.base != self.base:
            what = f"{BASE} is not the blob that {RECORD} names"
            raise InputError(f"unusable overlay record: {what}")
        return found


def raw_record(
    repository: Repository, name: str, id: str, parts: Mapping[str, TreeItem] | None = None
) -> RawRecord:
    """The record of one entry, as `read_record`, not yet decoded; raises nothing."""
    made = RawRecord(name)
    try:
        if not is_record_name(name):
            reason = refused_name(name) or "not a name that seedgit writes"
            return made._replace(wrong=f"refused overlay record: {reason}")
        parts = repository.tree_of(id).entries if parts is None else parts
        data = repository.blob(_file(repository, parts, RECORD, LIMIT))
        made = made._replace(data=data)
        return made._replace(base=_file(repository, parts, BASE, BASE_LIMIT))
    except InputError as error:
        return made._replace(wrong=f"unusable overlay record: {error.message}", hint=error.hint)
    except RepositoryError as error:
        hint = error.hint or "try git fsck"
        return made._replace(wrong=f"damaged overlay record: {error.message}", hint=hint)


def read_record(
    repository: Repository, name: str, id: str, parts: Mapping[str, TreeItem] | None = None
) -> StoredRecord:
    """The record of one entry. Raises InputError if it is anything else.

    parts  the entries of its folder, if they are known
    """
    return raw_record(repository, name, id, parts).decoded()


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
    return repository.write_tree(entries)


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
