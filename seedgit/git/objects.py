"""The objects of a clone: read by git itself, through one process.

libgit2 1.9 never finishes reading a truncated loose object, and writes past the end of its memory
if an object's header says too little. So it must not open what may be damaged. Instead it gets
every object from here (see `libgit2`).
"""

from __future__ import annotations

import os
import weakref
import zlib
from contextlib import contextmanager, suppress

from seedgit.errors import RepositoryError
from seedgit.files.safe import READ_LIMIT
from seedgit.git.names import is_id, to_text
from seedgit.git.object_text import OBJECT_FORMATS
from seedgit.git.process import DAMAGED, Running, explain, hint_for, nameless, start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import IO, Final

    from seedgit.git.clone import Clone

COMMIT: Final = 1  # the numbers of the kinds in packs and libgit2
TREE: Final = 2
BLOB: Final = 3
TAG: Final = 4
_NUMBERS: Final = {b"commit": COMMIT, b"tree": TREE, b"blob": BLOB, b"tag": TAG}
KINDS: Final = {number: kind for kind, number in _NUMBERS.items()}
_PATIENCE: Final = 5.0  # seconds that git has to end once it has closed its output
_MOST: Final = 65536  # bytes read at once; for complaints, in all
_AT_ONCE: Final = 200  # questions; they fit into a pipe, so that nobody waits for the other
_NEWLINE: Final = 10
_COMPLAINTS: Final = ("error: ", "fatal: ")

_COMMANDS: Final = "--batch-command"
_USAGE: Final = 129  # git's status for an option that it does not know

Content = tuple[int, bytes]  # an object's kind and content
Answer = tuple[bytes, int, bytes]  # an object's kind, its size, and its content if that was asked

# An id names an object's content, so no other object may replace it (git-replace).
AS_STORED: Final = {"GIT_NO_REPLACE_OBJECTS": "1"}


class DamagedObject(RepositoryError):
    """An object that is there, but is not what its id says."""

    def __init__(self, id: str, reason: str, what: str = "is damaged") -> None:
        super().__init__(f"object {id} {what}: {reason}", hint=DAMAGED)
        self.id = id


class _NoCommands(Exception):
    """This git is older than 2.36: it has no --batch-command."""


class Objects:
    """Every object, as git reads it. For one thread at a time.

    Objects are written to `place`, and flushed to the disk. Those that a moved ref will reach are
    gathered in memory first, because until then any `git gc` may remove them (see `packs`).
    """

    def __init__(self, clone: Clone, place: str) -> None:
        self._clone = clone
        self._place = place
        self._children: dict[str, Reader] = {}
        self._commands = True
        self._held: dict[str, Content] = {}
        self._ahead: dict[str, Content] = {}
        self._sizes: dict[str, int] = {}
        self._gathered: dict[str, Content] | None = None

    def hold_blob(self, data: bytes) -> str:
        """Keep a blob in memory, and return its id. `need` adds it to what refers to it."""
        id = self.blob_id(data)
        self._held[id] = (BLOB, data)
        return id

    @contextmanager
    def gather(self) -> Iterator[dict[str, Content]]:
        """What is written meanwhile, by id. It is read from there, and is not on the disk."""
        before, self._gathered = self._gathered, {}
        try:
            yield self._gathered
        finally:
            self._gathered = before

    def need(self, id: str) -> None:
        """Gather an object that is there already, but that perhaps no ref keeps. As `load`."""
        if self._gathered is not None and id not in self._gathered:
            self._gathered[id] = self.load(id)

    def _in_memory(self, id: str) -> Content | None:
        return (self._gathered or {}).get(id) or self._held.get(id)

    def load(self, id: str) -> tuple[int, bytes]:
        """An object's kind and content. In a partial clone it is fetched if needed.

        Raises KeyError if it is not there, DamagedObject, RepositoryError.
        """
        found = self._in_memory(id) or self._ahead.pop(id, None)
        if found is not None:
            return found
        kind, size, data = self._ask(id, content=True)
        if len(data) != size + 1:
            raise DamagedObject(id, f"it has {len(data) - 1} bytes, and says {size}")
        data = data[:-1]
        if _id_like(id, kind, data) != id:
            raise DamagedObject(id, "its content is another's")
        return _NUMBERS[kind], data

    def size(self, id: str) -> int:
        """The size that an object says it has, without reading it. As `load`."""
        found = self._in_memory(id)
        if found is not None:
            return len(found[1])
        return self._sizes[id] if id in self._sizes else self._ask(id, content=False)[1]

    def read_ahead(self, ids: Iterable[str]) -> None:
        """Read many objects in one go; each is kept until it is loaded.

        What git cannot simply give is left out: `load` says why.
        """
        wanted = self._unread(ids)
        for id, (kind, _, data) in self._ask_all(wanted, content=True):
            if _id_like(id, kind, data) == id:
                self._ahead[id] = _NUMBERS[kind], data

    def size_ahead(self, ids: Iterable[str]) -> None:
        """As `read_ahead`, for `size`."""
        wanted = self._unread(ids)
        for id, (_, size, _) in self._ask_all(wanted, content=False):
            self._sizes[id] = size

    def _unread(self, ids: Iterable[str]) -> list[str]:
        return [id for id in dict.fromkeys(ids) if is_id(id) and self._in_memory(id) is None]

    def _ask(self, id: str, *, content: bool) -> Answer:
        try:
            return self._child(content).ask(id, content)
        except _NoCommands:
            self._commands = False
            return self._child(content).ask(id, content)

    def _ask_all(self, ids: list[str], *, content: bool) -> Iterator[tuple[str, Answer]]:
        return self._child(content).ask_all(ids, content) if ids else iter(())

    def _child(self, content: bool) -> Reader:
        """The git that is asked: one for everything, or before git 2.36 one for each."""
        how = _COMMANDS if self._commands else "--batch" if content else "--batch-check"
        child = self._children.get(how)
        if child is None or not child.usable:
            child = self._children[how] = Reader(self._clone.at.worktree, self._clone.env, how)
        return child

    def close(self) -> None:
        """End the git that is asked; a later question starts another."""
        for child in self._children.values():
            child.close()

    def has(self, id: str) -> bool:
        """Whether an object is in this clone, whole or not. Nothing is read or fetched."""
        if self._in_memory(id) is not None:
            return True
        return self._fits(id) and self._clone.backend.has(id)

    def write(self, kind: int, data: bytes) -> str:
        """Gather an object, or write it to disk, even if it is elsewhere too; returns its id."""
        id = self._id_of(KINDS[kind], data)
        if self._gathered is not None:
            self._gathered[id] = (kind, data)
            return id
        self.replace_damaged(id, kind, data)
        self._clone.backend.write(kind, data)
        return id

    def blob_id(self, data: bytes) -> str:
        """The id that `data` has as a blob; nothing is written."""
        return self._id_of(b"blob", data)

    def _id_of(self, kind: bytes, data: bytes) -> str:
        return self._clone.object_format.digest(_whole(kind, data)).hex()

    def _fits(self, id: str) -> bool:
        """Whether an object can have this id here."""
        return is_id(id) and len(id) == 2 * self._clone.object_format.size

    def replace_damaged(self, id: str, kind: int, data: bytes) -> None:
        """Make room for an object if a file of its name has other content.

        git and libgit2 leave such a file as it is, even one that a power cut left empty.
        """
        place = os.path.join(self._place, id[:2], id[2:])
        with suppress(FileNotFoundError):
            with open(place, "rb") as file:
                there = file.read()
            if not _holds(there, KINDS[kind], data):
                os.unlink(place)


class Reader:
    """One `git cat-file`. It is `usable` until it ends, and not in a forked process.

    how  --batch-command, --batch or --batch-check
    """

    def __init__(self, worktree: str, env: Mapping[str, str], how: str) -> None:
        self._how = how
        self._errors = nameless()
        env = {**env, **AS_STORED}
        self._process = start_git(("cat-file", how), cwd=worktree, env=env, stderr=self._errors)
        self._owner = os.getpid()
        self._read = 0
        self._mark = f"seedgit-{os.urandom(8).hex()}".encode()
        self._end = weakref.finalize(self, _end, self._process, self._errors, self._owner)

    @property
    def usable(self) -> bool:
        return self._end.alive and self._owner == os.getpid()

    def close(self) -> None:
        self._end()

    def ask(self, id: str, content: bool) -> Answer:
        """An object's kind and size and, if wanted, its content with a newline. As `load`."""
        if not is_id(id):
            raise KeyError(id)
        try:
            return self._ask(id, content)
        except KeyError:
            raise
        except BaseException:  # ^C too: half an answer must not be taken for the next one
            self._end()
            raise

    def _questions(self, ids: Iterable[str], content: bool) -> bytes:
        """Questions, and one whose answer is known: it shows the end."""
        verb = (b"contents " if content else b"info ") if self._how == _COMMANDS else b""
        names = [*(id.encode("ascii") for id in ids), self._mark]
        return b"".join(b"%s%s\n" % (verb, name) for name in names)

    def _ask(self, id: str, content: bool) -> Answer:
        """Ask one question, and then another whose answer is known: it shows where the first ends.

        If a loose blob's header says too much, git writes less than the size it gave.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            stdin.write(self._questions([id], content))
            stdin.flush()
        except BrokenPipeError:
            raise self._ended(id) from None
        parts: list[bytes] = []
        end = self._mark + b" missing\n"
        while not b"".join(parts[-2:]).endswith(end):
            part = os.read(stdout.fileno(), _MOST)
            if not part:
                raise self._ended(id)
            parts.append(part)
            if len(parts) == 1:
                _refuse_large(id, part)
        head, _, data = b"".join(parts)[: -len(end)].partition(b"\n")
        words = head.split(b" ")
        if words[1:] == [b"missing"]:  # git says that of damaged ones too
            complaint = self._complaint()
            if complaint:
                raise DamagedObject(id, _plainest(complaint))
            raise KeyError(id)
        return words[1], int(words[2]), data

    def ask_all(self, ids: list[str], content: bool) -> Iterator[tuple[str, Answer]]:
        """The answers to many questions, the content without its newline.

        After an answer that is not plainly an object, the rest is left out, and git is ended.
        """
        whole = False
        try:
            for at in range(0, len(ids), _AT_ONCE):
                some = ids[at : at + _AT_ONCE]
                yield from zip(some, self._answers(some, content), strict=True)
            whole = True
        except (ValueError, BrokenPipeError):
            pass
        finally:
            if not whole:
                self._end()

    def _answers(self, ids: list[str], content: bool) -> Iterator[Answer]:
        """The answers to some questions, and to one whose answer is known: it shows the end.

        Raises ValueError for an answer that is not as it has to be.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(self._questions(ids, content))
        stdin.flush()
        data, at = b"", 0  # what was read, and how much of it has been answered
        last = self._mark + b" missing\n"

        def more() -> bytes:
            part = b"" if data.endswith(last) else os.read(stdout.fileno(), _MOST)
            if not part:
                raise ValueError("shorter than it says")
            return data[at:] + part

        for id in ids:
            while (end := data.find(b"\n", at)) < 0:
                data, at = more(), 0
            name, kind, said = data[at:end].split(b" ")
            size = int(said)
            if name != id.encode("ascii") or size > READ_LIMIT:
                raise ValueError("not the object that was asked for")
            at = end + 1
            if not content:
                yield kind, size, b""
                continue
            while len(data) <= at + size:
                data, at = more(), 0
            if data[at + size] != _NEWLINE:
                raise ValueError("longer than it says")
            yield kind, size, data[at : at + size]
            at += size + 1
        while len(data) < at + len(last):
            data, at = more(), 0
        if data[at:] != last:
            raise ValueError("longer than it says")

    def _ended(self, id: str) -> RepositoryError:
        """git gives up if an object's header is right, but the rest is not. Raises _NoCommands."""
        try:
            status = self._process.wait(_PATIENCE)
        except TimeoutError:
            status = 0
        if status == _USAGE and self._how == _COMMANDS:
            raise _NoCommands
        complaint = self._complaint()
        if complaint and "promisor remote" not in complaint:
            return DamagedObject(id, _plainest(complaint))
        return RepositoryError(
            f"object {id} is missing: {explain(complaint, status)}",
            hint=hint_for(complaint),
        )

    def _complaint(self) -> str:
        """What git has complained since, without the lines of a trace."""
        # git shares the descriptor, so the position in the file is git's.
        data = os.pread(self._errors.fileno(), _MOST, self._read)
        self._read += len(data)
        lines = to_text(data).splitlines()
        return "\n".join(line for line in lines if line.startswith(_COMPLAINTS))


def _refuse_large(id: str, answer: bytes) -> None:
    """An object of gigabytes is not configuration, or its header is damaged.

    git writes the first line of its answer at once.
    """
    words = answer.partition(b"\n")[0].split(b" ")
    if words[2:] and int(words[2]) > READ_LIMIT:
        reason = f"it says {int(words[2]):,} bytes, over {READ_LIMIT:,}"
        raise DamagedObject(id, reason, "is damaged, or too large to be read")


def _plainest(complaint: str) -> str:
    """git says several things about one object; people search for "corrupt"."""
    lines = [line for line in complaint.splitlines() if "corrupt" in line]
    return explain("\n".join(lines) or complaint)


def _whole(kind: bytes, data: bytes) -> bytes:
    return b"%s %d\0%s" % (kind, len(data), data)


def _id_like(id: str, kind: bytes, data: bytes) -> str:
    """An object's id in the format that another id has."""
    found = next(each for each in OBJECT_FORMATS.values() if 2 * each.size == len(id))
    return found.digest(_whole(kind, data)).hex()


def _holds(file: bytes, kind: bytes, data: bytes) -> bool:
    """Whether a loose object's file holds exactly this object."""
    unpack = zlib.decompressobj()
    whole = _whole(kind, data)
    try:
        found = unpack.decompress(file, len(whole) + 1)
    except zlib.error:
        return False
    return found == whole and unpack.eof


def _end(process: Running, errors: IO[bytes], owner: int) -> None:
    if owner == os.getpid():
        process.end()  # it only reads
    else:
        process.close()
    errors.close()
