"""Moving one ref, so that concurrent writers lose nothing and a crash leaves old or new."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import pygit2

from seedgit.errors import Refused, RepositoryError
from seedgit.git.locks import clear, lock_of
from seedgit.git.names import is_id, to_text
from seedgit.git.packs import kept, tidy
from seedgit.git.process import GitFailed
from seedgit.git.turns import turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seedgit.git.repository import Repository

# git-config(1), core.fsync. By default git flushes neither refs nor loose objects.
DURABLE: Final = ("-c", "core.fsync=loose-object,reference")

PATIENCE: Final = 30.0  # seconds a writer competes before it gives up
LONGEST_PAUSE: Final = 0.25  # seconds
UNEXPLAINED: Final = 5  # failures in a row that neither another writer nor a lock accounts for


def read_ref(repository: Repository, ref: str) -> str | None:
    """The id a ref points at now; None where there is no such ref. Raises RepositoryError."""
    try:
        found = repository.store.references.get(ref)
        if found is None:
            return None
        if not isinstance(found.target, pygit2.Oid):
            raise RepositoryError("a symbolic ref is not expected here", where=ref)
        return str(found.target)
    except (pygit2.GitError, ValueError) as error:
        raise RepositoryError(
            f"cannot be read: {str(error).removeprefix(f'{ref}: ').removesuffix(f': {ref}')}",
            where=ref,
            hint="seedgit doctor says what it was, and how to bring it back",
        ) from None


class Moved(NamedTuple):
    """One line of a reflog: what the ref was and became, None for nothing, and why."""

    old: str | None
    new: str | None
    why: str


def reflog(repository: Repository, ref: str) -> Iterator[Moved]:
    """How a ref moved, newest first, as its reflog says; nothing where there is none."""
    try:
        lines = (repository.common_dir / "logs" / ref).read_bytes().splitlines()
    except OSError:  # there is none, or git keeps it elsewhere
        return
    for line in reversed(lines):
        about, _, why = to_text(line).partition("\t")
        words = about.split(" ", 2)  # old, new, who and when
        if len(words) == 3 and is_id(words[0]) and is_id(words[1]):
            old, new = (id if id.strip("0") else None for id in words[:2])
            yield Moved(old, new, why)


def recorded(repository: Repository, ref: str) -> Iterator[str]:
    """What a ref was, newest first: also where the ref itself is damaged."""
    return (moved.new for moved in reflog(repository, ref) if moved.new is not None)


def advance(
    repository: Repository,
    ref: str,
    build: Callable[[str | None], str | None],
    why: str,
    *,
    patience: float = PATIENCE,
) -> str | None:
    """Moves `ref` from what it is to `build(what it is)`, and returns the new id.

    `build` makes every object first, by libgit2; then the ref moves once, if it still is what
    `build` was given, else `build` runs again on what it became. It returns None to delete the
    ref, and the id it was given for no change. Writers take turns (`turns`). What was made is kept
    from any gc until the ref has it (`packs`). A lock whose process is certainly gone is taken
    away. Raises Refused after `patience` seconds of losing, at once for an old lock whose process
    may live; RepositoryError where git will not move the ref.
    """
    if repository.intent is not None:
        old = read_ref(repository, ref)
        new = build(old)
        if new != old:
            repository.intent.refs.append({"ref": ref, "old": old, "new": new})
        return new
    with turn(repository) as alone:
        new, pack = _advance(repository, ref, build, why, patience)
        if alone:
            tidy(repository, pack)
        return new


def _advance(
    repository: Repository,
    ref: str,
    build: Callable[[str | None], str | None],
    why: str,
    patience: float,
) -> tuple[str | None, str]:
    """The new id, and the pack with what was made; as `advance`."""
    deadline = time.monotonic() + patience
    attempt = unexplained = 0
    while True:
        old = read_ref(repository, ref)
        with repository.objects.gather() as made:
            new = build(old)
        if new == old:
            return new, ""
        try:
            with kept(repository, made) as pack:
                _move(repository, ref, old, new, why)
            return new, pack
        except GitFailed as error:
            lock = lock_of(repository, ref)
            if lock is not None and clear(repository, lock):
                continue
            if lock is None and read_ref(repository, ref) == old:
                unexplained += 1
            else:
                unexplained = 0
            if unexplained == UNEXPLAINED:
                raise
            if time.monotonic() > deadline:
                raise Refused(
                    f"other processes kept changing it for {patience:.0f} seconds: {error.message}",
                    where=ref,
                    hint="nothing was changed; try again",
                ) from None
        attempt += 1
        time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.002 * 2**attempt)))


def _move(repository: Repository, ref: str, old: str | None, new: str | None, why: str) -> None:
    """git's own compare-and-swap, with a reflog entry. An all-zero old value: must not exist."""
    zero = "0" * 40
    if new is None:
        repository.git(*DURABLE, "update-ref", "--no-deref", "-m", why, "-d", ref, old or zero)
    else:
        options = ("--no-deref", "--create-reflog", "-m", why)
        repository.git(*DURABLE, "update-ref", *options, ref, new, old or zero)
