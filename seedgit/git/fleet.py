"""The overlays of many sites in one repository, read together: each distinct record once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedgit.errors import InputError, RepositoryError
from seedgit.git.overlay_names import COPIES, OVERLAYS
from seedgit.git.record_tree import read_record, record_ids
from seedgit.git.refs import read_ref
from seedgit.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from seedgit.git.repository import Repository
    from seedgit.git.stored_record import StoredRecord

REFS = "refs/seedgit/"


class Site(NamedTuple):
    """One overlay, ours or a fetched one. `name` is `overlay`, or `remote/overlay`.

    commit  empty if its ref is damaged; `FleetRecords.entries` then says how
    """

    name: str
    ref: str
    commit: str


def sites(repository: Repository) -> list[Site]:
    """Every overlay in `refs/seedgit/overlays/` and `refs/seedgit/remotes/`, sorted by name.

    A fetched copy may be the same state as the overlay of that name here, or an earlier one. Then
    it is the same site, and is left out.
    """
    refs = repository.refs(REFS)
    refs |= dict.fromkeys(_damaged(repository, refs), "")
    ours = {r.removeprefix(OVERLAYS): id for r, id in refs.items() if r.startswith(OVERLAYS)}
    found = [Site(name, OVERLAYS + name, id) for name, id in ours.items()]
    for ref, id in refs.items():
        if not ref.startswith(COPIES):
            continue
        copy = ref.removeprefix(COPIES)
        here = ours.get(copy.partition("/")[2])
        if not (here and id and _known(repository, here, id)):
            found.append(Site(copy if copy not in ours else ref, ref, id))
    return sorted(found)


class FleetRecords:
    """Records of many overlays. Those with the same name and id are read and decoded once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[tuple[str, str], StoredRecord | InputError] = {}

    def entries(self, site: Site) -> dict[str, str]:
        """The ids of a site's records, by their names in the tree. Raises RepositoryError."""
        commit = site.commit or read_ref(self._repository, site.ref)
        if commit is None:
            raise RepositoryError("is gone", where=site.ref)
        return record_ids(self._repository, self._repository.commit(commit).tree)

    def record(self, name: str, id: str) -> StoredRecord:
        """The record of an entry. Raises InputError."""
        key = (name, id)
        found = self._known.get(key)
        if found is None:
            try:
                found = read_record(self._repository, name, id)
            except InputError as error:
                found = error
            self._known[key] = found
        if isinstance(found, InputError):
            raise found
        return found


def _damaged(repository: Repository, refs: Container[str]) -> Iterator[str]:
    """The refs in files of their own that git does not list because it cannot read them."""
    for place in (repository.common_dir / REFS).rglob("*"):
        ref = place.relative_to(repository.common_dir).as_posix()
        if ref not in refs and place.is_file() and place.suffix != ".lock":
            yield ref


def _known(repository: Repository, commit: str, earlier: str) -> bool:
    try:
        return repository.contains(commit, earlier)
    except RepositoryError:  # of a damaged overlay: both are shown, and say so themselves
        return False
