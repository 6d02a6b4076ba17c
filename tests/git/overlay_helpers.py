"""Records and stores for the tests of the overlay store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seedgit.git.object_text import Person
from seedgit.git.store import Overlay, Store
from seedgit.git.stored_record import StoredRecord
from tests.conftest import Repo


def store(repo: Repo) -> Store:
    return Store(repo.open())


def record(repo: Repo, path: str = "a.yaml", base: str = "a: 1\n", **body: Any) -> StoredRecord:
    """A record over a base that nothing else keeps."""
    return StoredRecord(path, repo.blob(base), body)


def update(
    store: Store,
    change: Callable[[Overlay], Mapping[str, StoredRecord | None]],
    message: str,
    *,
    name: str = "local",
    author: Person | None = None,
    merged: Sequence[str] = (),
) -> str | None:
    """Writes what a change makes of an overlay; returns the commit, if any."""
    for made in store.updates(name, merged):
        made.write(change(made.overlay), message, author)
    return made.commit


def undo(store: Store) -> str:
    """Takes back the last change, where nothing was changed since; returns the commit."""
    for made in store.undos("local"):
        made.decided = ()
    return made.commit


def put(repo: Repo, *records: StoredRecord, name: str = "local", message: str = "set") -> str:
    """Stores records, and returns the commit."""
    commit = update(store(repo), lambda _: {r.path: r for r in records}, message, name=name)
    assert commit is not None
    return commit


def drop(repo: Repo, path: str, name: str = "local") -> str | None:
    return update(store(repo), lambda _: {path: None}, f"unset {path}", name=name)


def bodies(overlay: Overlay) -> dict[str, dict[str, Any]]:
    return {path: record.body for path, record in overlay.records.items()}
