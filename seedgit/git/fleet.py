"""The overlays of many sites in one repository, read together: each distinct record once."""

from __future__ import annotations

from seedgit.errors import RepositoryError
from seedgit.git.object_text import TreeItem, tree_entry
from seedgit.git.overlay_names import COPIES, OVERLAYS
from seedgit.git.record_tree import RawRecord, folders, raw_record
from seedgit.git.refs import read_ref
from seedgit.git.repository import MODE_TREE
from seedgit.git.site_rules import SiteRules, rules_in
from seedgit.git.stored_record import RECORDS
from seedgit.named_tuple import NamedTuple
from seedgit.rules import SITE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from seedgit.git.repository import Repository

REFS = "refs/seedgit/"


class Site(NamedTuple):
    """One overlay, ours or a fetched one. `name` is `overlay`, or `remote/overlay`.

    commit  empty if its ref is damaged; `site_trees` then says how
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


class RecordEntries(NamedTuple):
    """The entries of a site's records. Most sites have most of them from others.

    raw   each as its bytes in the tree
    size  of an id, in bytes
    """

    raw: list[bytes]
    size: int

    def split(self, raw: bytes) -> tuple[bytes, str]:
        """(what an entry begins with, which is its name's alone, and its id)."""
        return raw[: -self.size], raw[-self.size :].hex()

    def read(self, raw: bytes) -> tuple[str, str]:
        """The name and the id of an entry."""
        return tree_entry(raw, self.size)


class SiteTree(NamedTuple):
    """The tree of a site's overlay; `error` says why it cannot be read."""

    site: Site
    root: Mapping[str, TreeItem]
    error: RepositoryError | None = None

    def entries(self, repository: Repository) -> RecordEntries:
        """The entries of its records. Raises RepositoryError."""
        if self.error is not None:
            raise self.error
        found = self.root.get(RECORDS)
        there = found is not None and found.mode == MODE_TREE
        raw = repository.split_tree(found.id) if found and there else []
        return RecordEntries(raw, repository.object_format.size)

    def rules(self, repository: Repository) -> SiteRules | None:
        """The rules that it carries; None if it cannot be read."""
        if self.error is not None:
            return None
        return rules_in(repository, self.site.name, self.site.commit, self.root.get(SITE_RULES))


def site_trees(repository: Repository, some: Sequence[Site]) -> list[SiteTree]:
    """The trees of some sites, read in one go, and those of their records ahead."""
    objects = repository.objects
    objects.read_ahead(site.commit for site in some if site.commit)
    roots: list[str | RepositoryError] = []
    for site in some:
        try:
            commit = site.commit or read_ref(repository, site.ref)
            if commit is None:
                raise RepositoryError("is gone", where=site.ref)
            roots.append(repository.commit(commit).tree)
        except RepositoryError as error:
            roots.append(error)
    objects.read_ahead(root for root in roots if isinstance(root, str))
    found = [_tree(repository, *pair) for pair in zip(some, roots, strict=True)]
    items = (each.root.get(RECORDS) for each in found)
    objects.read_ahead(item.id for item in items if item and item.mode == MODE_TREE)
    return found


def _tree(repository: Repository, site: Site, root: str | RepositoryError) -> SiteTree:
    try:
        if isinstance(root, RepositoryError):
            raise root
        return SiteTree(site, repository.tree_of(root).entries)
    except RepositoryError as error:
        return SiteTree(site, {}, error)


def raw_records(repository: Repository, wanted: Sequence[tuple[str, str]]) -> Iterator[RawRecord]:
    """The records of some entries, each a name and an id, in their order; not yet decoded."""
    parts = folders(repository, [TreeItem(MODE_TREE, id) for _, id in wanted])
    for name, id in wanted:
        yield raw_record(repository, name, id, parts.get(id))


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
