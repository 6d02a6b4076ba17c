"""Moving one ref: concurrent writers lose nothing, and a crash leaves the old or the new id."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.files.safe import read_regular
from seedgit.git.names import is_id, to_bytes, to_text
from seedgit.git.process import GitFailed
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Final

    from seedgit.git.repository import Repository
    from seedgit.git.revisions import Revisions

# git-config(1), core.fsync. By default git flushes neither refs nor loose objects.
DURABLE: Final = ("-c", "core.fsync=loose-object,reference")

PATIENCE: Final = 30.0  # seconds a writer competes before it gives up
LONGEST_PAUSE: Final = 0.25  # seconds
LIMIT: Final = 4096  # bytes of a ref file; no symbolic ref is longer
UNEXPLAINED: Final = 5  # failures in a row that neither another writer nor a lock explains


def read_ref(repository: Revisions, ref: str) -> str | None:
    """The id that a ref points at now; None if there is no such ref. Raises RepositoryError.

    The ref is one that all worktrees share (gitrepository-layout(5)): in a file of its own, or
    packed with others. git packs a ref before it removes the file, so they are read in this order.
    Where refs are in tables, git is asked.
    """
    if ref in repository.rehearsed:
        return repository.rehearsed[ref]
    if not repository.refs_in_files:
        return _from_git(repository, ref)
    found: bytes | None = None
    try:
        place = repository.shared(ref)
        with suppress(FileNotFoundError, NotADirectoryError):
            found = None if os.path.isdir(place) else read_regular(place, limit=LIMIT)
        if found is None:
            return _packed(repository, ref)
    except InputError as error:
        raise _unreadable(ref, error.message) from None
    except OSError as error:
        raise _unreadable(ref, error.strerror) from None
    if found.startswith(b"ref:"):
        raise RepositoryError("a symbolic ref is not expected here", where=ref)
    size = 2 * repository.object_format.size
    id = found[:size].decode("ascii", "replace").lower()
    if not is_id(id) or found[size : size + 1].strip():
        raise _unreadable(ref, "corrupted: there is no id in it")
    return id


def _from_git(repository: Revisions, ref: str) -> str | None:
    asked = ("for-each-ref", "--format=%(objectname) %(refname) %(symref)", "--", ref)
    for line in to_text(repository.git(*asked)).splitlines():
        id, name, target = line.split(" ")
        if target and name == ref:
            raise RepositoryError("a symbolic ref is not expected here", where=ref)
        if name == ref:
            return id
    return None


def may_have(repository: Revisions, prefix: str) -> bool:
    """Whether there may be a ref below `prefix` (ends in `/`): no ref is read, and git not asked.

    The refs are some that all worktrees share.
    """
    try:
        if not repository.refs_in_files or any(os.scandir(repository.shared(prefix))):
            return True
    except FileNotFoundError:
        pass
    except OSError:
        return True
    try:
        packed = read_regular(repository.shared("packed-refs"))
    except FileNotFoundError:
        return False
    except (InputError, OSError):
        return True
    return b" " + to_bytes(prefix) in packed


def _packed(repository: Revisions, ref: str) -> str | None:
    with suppress(FileNotFoundError):
        packed = read_regular(repository.shared("packed-refs"))
        end = packed.find(b" %s\n" % to_bytes(ref))
        if end >= 0:
            # Of a hundred thousand refs no part is copied.
            id = packed[packed.rfind(b"\n", 0, end) + 1 : end].decode("ascii", "replace").lower()
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


class ReflogLine(NamedTuple):
    """One line of a reflog: what the ref was, what it became (None for nothing), and why."""

    old: str | None
    new: str | None
    why: str


def reflog(repository: Repository, ref: str) -> Iterator[ReflogLine]:
    """How a ref moved, newest first, as its reflog says; empty if there is none."""
    if not repository.refs_in_files:
        yield from _reflog_from_git(repository, ref)
        return
    try:
        lines = (repository.common_dir / "logs" / ref).read_bytes().splitlines()
    except OSError:  # there is none, or git keeps it elsewhere
        return
    for line in reversed(lines):
        about, _, why = to_text(line).partition("\t")
        words = about.split(" ", 2)  # old, new, who and when
        if len(words) == 3 and is_id(words[0]) and is_id(words[1]):
            old, new = (id if id.strip("0") else None for id in words[:2])
            yield ReflogLine(old, new, why)


def _reflog_from_git(repository: Repository, ref: str) -> Iterator[ReflogLine]:
    """As `reflog`. git says what the ref became; what it was before, the next line says."""
    asked = ("reflog", "show", "--no-abbrev", "--format=%H%x09%gs", ref, "--")
    status, out = repository.git_status(*asked, accept=(0, 128))
    lines = [line.partition("\t") for line in to_text(out).splitlines()] if status == 0 else []
    olds = [*(id for id, _, _ in lines[1:]), None]
    for (new, _, why), old in zip(lines, olds, strict=True):
        yield ReflogLine(old, new, why)


def recorded(repository: Repository, ref: str) -> Iterator[str]:
    """What a ref was, newest first, also if the ref itself is damaged."""
    return (moved.new for moved in reflog(repository, ref) if moved.new is not None)


class Attempt:
    """One try at moving a ref. Set `new`, and `why` for the reflog.

    old  what the ref is; None if there is no such ref
    new  what it becomes; None deletes it; `old`, the default, leaves it alone
    """

    def __init__(self, old: str | None) -> None:
        self.old = self.new = old
        self.why = ""


def attempts(repository: Repository, ref: str, *, patience: float = PATIENCE) -> Iterator[Attempt]:
    """Tries at moving `ref`: loop over them; the last one succeeded.

        for attempt in attempts(repository, ref):
            attempt.new = ...made of attempt.old

    After each round the ref moves, if it still is `old`. Otherwise there is another round with what
    it has become. If you leave the loop, or raise in it, the ref stays as it was.

    Objects that the loop writes are kept from any gc until the ref names them (`packs`). Writers
    take turns (`turns`). A lock whose process is certainly gone is removed. Raises Refused after
    `patience` seconds of losing, or at once for an old lock whose process may still run, and
    RepositoryError if git will not move the ref.
    """
    from seedgit.git.packs import tidy  # late: mostly refs are only read
    from seedgit.git.turns import turn

    with turn(repository) as alone:
        pack = yield from _attempts(repository, ref, patience)
        if alone:
            tidy(repository, pack)


def _attempts(repository: Repository, ref: str, patience: float) -> Generator[Attempt, None, str]:
    """As `attempts`; returns the pack with the objects that were made."""
    from seedgit.git.packs import kept

    deadline = time.monotonic() + patience
    number = unexplained = 0
    while True:
        attempt = Attempt(read_ref(repository, ref))
        with repository.objects.gather() as made:
            yield attempt
        if attempt.new == attempt.old:
            return ""
        try:
            with kept(repository, made) as pack:
                _move(repository, ref, attempt)
            return pack
        except GitFailed as error:
            from seedgit.git.locks import clear, lock_of  # late: mostly there is none

            lock = lock_of(repository, ref)
            if lock is not None and clear(repository, lock):
                continue
            if lock is None and read_ref(repository, ref) == attempt.old:
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
        number += 1
        from random import random  # takes a while to load

        time.sleep(random() * min(LONGEST_PAUSE, 0.002 * 2**number))


class Move(NamedTuple):
    """What a ref was (None: nothing), and what it becomes."""

    ref: str
    old: str | None
    new: str


@contextmanager
def together(repository: Repository, why: str) -> Iterator[list[Move]]:
    """Refs that move at the end of the block, all or none: put them into the list.

    Objects that are written meanwhile are kept, as in `attempts`. Raises Refused if a ref is not
    what it was any more.
    """
    from seedgit.git.packs import kept, tidy
    from seedgit.git.turns import turn

    moves: list[Move] = []
    with turn(repository) as alone:
        with repository.objects.gather() as made:
            yield moves
        if not moves:
            return
        with kept(repository, made) as pack:
            try:
                _move_all(repository, moves, why)
            except GitFailed:
                for ref, old, _ in moves:
                    if read_ref(repository, ref) != old:
                        hint = "nothing was changed; look again, and decide about what is there now"
                        raise Refused("has changed meanwhile", where=ref, hint=hint) from None
                raise
        if alone:
            tidy(repository, pack)


def _move_all(repository: Repository, moves: Sequence[Move], why: str) -> None:
    zero = repository.object_format.zero
    lines = (f"update {ref}\0{new}\0{old or zero}\0" for ref, old, new in moves)
    words = ("update-ref", "--no-deref", "--create-reflog", "-m", why, "-z", "--stdin")
    repository.git(*DURABLE, *words, stdin=to_bytes("".join(lines)))


def _move(repository: Repository, ref: str, attempt: Attempt) -> None:
    """git's own compare-and-swap, with a reflog entry. If `old` is None, the ref must not exist."""
    old = attempt.old or repository.object_format.zero
    words: tuple[str, ...] = ("-d", ref, old)
    if attempt.new is not None:
        words = ("--create-reflog", ref, attempt.new, old)
    repository.git(*DURABLE, "update-ref", "--no-deref", "-m", attempt.why, *words)
