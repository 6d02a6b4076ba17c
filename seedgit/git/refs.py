"""Moving one ref, so that concurrent writers lose nothing and a crash leaves old or new."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.files.safe import read_regular
from seedgit.git.locks import clear, lock_of
from seedgit.git.names import is_id, to_bytes, to_text
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
_ID: Final = 40  # characters
_LIMIT: Final = 4096  # bytes of a ref; the name of another one is no longer
UNEXPLAINED: Final = 5  # failures in a row that neither another writer nor a lock accounts for


def read_ref(repository: Repository, ref: str) -> str | None:
    """The id a ref points at now; None where there is no such ref. Raises RepositoryError.

    As git keeps one that every worktree shares (gitrepository-layout(5)): in a file of its own, or
    packed with others. git packs one before it takes the file away, so they are read in this order.
    """
    repository.require_known_format()
    found: bytes | None = None
    try:
        place = repository.common_dir / ref
        with suppress(FileNotFoundError, NotADirectoryError):
            found = None if place.is_dir() else read_regular(str(place), limit=_LIMIT)
        if found is None:
            return _packed(repository, ref)
    except InputError as error:
        raise _unreadable(ref, error.message) from None
    except OSError as error:
        raise _unreadable(ref, error.strerror) from None
    if found.startswith(b"ref:"):
        raise RepositoryError("a symbolic ref is not expected here", where=ref)
    id = found[:_ID].decode("ascii", "replace").lower()
    if not is_id(id) or found[_ID : _ID + 1].strip():
        raise _unreadable(ref, "corrupted: there is no id in it")
    return id


def _packed(repository: Repository, ref: str) -> str | None:
    with suppress(FileNotFoundError):
        packed = b"\n" + read_regular(str(repository.common_dir / "packed-refs"))
        before, found, _ = packed.partition(b" %s\n" % to_bytes(ref))
        if found:
            id = before.rpartition(b"\n")[2].decode("ascii", "replace").lower()
            if not is_id(id):
                raise _unreadable(ref, "corrupted: packed-refs has no id for it")
            return id
    return None


def _unreadable(ref: str, why: str | None) -> RepositoryError:
    return RepositoryError(
        f"cannot be read: {why}",
        where=ref,
        hint="seedgit doctor says what it was, and how to bring it back",
    )


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
        from random import random  # takes a while to load

        time.sleep(random() * min(LONGEST_PAUSE, 0.002 * 2**attempt))


def _move(repository: Repository, ref: str, old: str | None, new: str | None, why: str) -> None:
    """git's own compare-and-swap, with a reflog entry. An all-zero old value: must not exist."""
    zero = "0" * 40
    if new is None:
        repository.git(*DURABLE, "update-ref", "--no-deref", "-m", why, "-d", ref, old or zero)
    else:
        options = ("--no-deref", "--create-reflog", "-m", why)
        repository.git(*DURABLE, "update-ref", *options, ref, new, old or zero)
