"""Commits and trees as gitformat-object has them, read from bytes and written.

Bytes without that form raise ValueError. Nothing else is checked here: a name may be any name, and
an id may be the id of no object.
"""

from __future__ import annotations

import re
import stat
from functools import lru_cache

from seedgit.digest import sha1, sha256
from seedgit.git.names import to_bytes, to_text
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Final

_ID: Final = rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_HEAD: Final = re.compile(
    rb"tree (%b)\n((?:parent %b\n)*)author (.*)\n(?:author .*\n)*committer (.*)" % (_ID, _ID)
)
_PERSON: Final = re.compile(rb"(.*)<(.*)>(?: *(-?\d{1,18})(?!\d)(?: ([+-])(\d{1,8}))?)?")
_ENTRIES: Final = rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})"  # the size of an id
_ENTRY: Final = rb"[0-7]{1,7} [^\0]+\0.{%d}"
_BETWEEN: Final = 2  # bytes of an entry beside its mode, its name and its id
_SPACE: Final = b" \t\v\f\r\n"


class ObjectFormat(NamedTuple):
    """How a repository names its objects (git-init(1), --object-format).

    digest  the hash of bytes
    size    of an id, in bytes
    """

    digest: Callable[[bytes], bytes]
    size: int

    @property
    def zero(self) -> str:
        """The id that names no object, in hexadecimal."""
        return "00" * self.size


OBJECT_FORMATS: Final = {"sha1": ObjectFormat(sha1, 20), "sha256": ObjectFormat(sha256, 32)}


class Person(NamedTuple):
    """An author or committer; `time` in seconds since 1970 UTC, `offset` minutes east of it."""

    name: str
    email: str
    time: int
    offset: int


class Commit(NamedTuple):
    id: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def parent(self) -> str | None:
        """The first parent; None if there is none."""
        return self.parents[0] if self.parents else None

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return subject_of(self.message)


def subject_of(message: str) -> str:
    return message.strip().partition("\n")[0]


class TreeItem(NamedTuple):
    """What a tree has at a name."""

    mode: int
    id: str


class Tree(NamedTuple):
    """The entries of a tree by name, in the tree's order."""

    entries: Mapping[str, TreeItem]


def parse_commit(id: str, data: bytes) -> Commit:
    """The commit in `data`, its message without leading empty lines."""
    head, _, message = data.partition(b"\n\n")
    found = _HEAD.match(head)
    if found is None:
        raise ValueError("not in the form of a commit")
    tree, parents, author, committer = found.groups()
    text = to_text(message.lstrip(b"\n").partition(b"\0")[0])
    ids = tuple(parents.decode().split()[1::2])
    return Commit(id, tree.decode(), ids, _person(author), _person(committer), text)


def _person(line: bytes) -> Person:
    found = _PERSON.match(line)
    if found is None:
        raise ValueError("an author or committer without an address")
    name, email, time, sign, zone = found.groups()
    hours, minutes = divmod(int(zone or 0), 100)
    east = hours * 60 + minutes if hours <= 14 and minutes <= 59 else 0  # git's own bounds
    offset = -east if sign == b"-" else east
    return Person(to_text(name.strip(_SPACE)), to_text(email.strip(_SPACE)), int(time or 0), offset)


def parse_tree(data: bytes, size: int) -> Tree:
    """The tree in `data`; `size` is that of an id, in bytes (`ObjectFormat`).

    A mode that git does not know becomes one that it does, as in git.
    """
    found = re.findall(_ENTRIES % size, data, re.DOTALL)
    if sum(len(mode) + len(name) + size + _BETWEEN for mode, name, _ in found) != len(data):
        raise ValueError("not in the form of a tree")
    return Tree({to_text(name): TreeItem(_known(mode), id.hex()) for mode, name, id in found})


def split_tree(data: bytes, size: int) -> list[bytes]:
    """The entries of the tree in `data`, each as its bytes there; `tree_entry` reads them.

    So what two trees share can be seen without reading it twice.
    """
    found = re.findall(_ENTRY % size, data, re.DOTALL)
    if sum(map(len, found)) != len(data):
        raise ValueError("not in the form of a tree")
    return found


def tree_entry(data: bytes, size: int) -> tuple[str, str]:
    """The name and the id of an entry."""
    head = data[:-size]
    return to_text(head[head.index(b" ") + 1 : -1]), data[-size:].hex()


@lru_cache
def _known(text: bytes) -> int:
    mode = int(text, 8)
    if stat.S_ISREG(mode):
        return stat.S_IFREG | (0o755 if mode & stat.S_IXUSR else 0o644)
    kind = stat.S_IFMT(mode)
    return kind if kind in (stat.S_IFDIR, stat.S_IFLNK) else stat.S_IFDIR | stat.S_IFLNK


def tree_with(entries: Iterable[tuple[str, TreeItem]]) -> Tree:
    """A tree with these entries, in git's order: a directory stands where its name with a slash
    would."""

    def place(entry: tuple[str, TreeItem]) -> bytes:
        return to_bytes(entry[0]) + b"/" * stat.S_ISDIR(entry[1].mode)

    return Tree(dict(sorted(entries, key=place)))


def tree_text(tree: Tree) -> bytes:
    """The bytes of a tree whose entries are in git's order."""
    return b"".join(
        b"%o %s\0%s" % (held.mode, to_bytes(name), bytes.fromhex(held.id))
        for name, held in tree.entries.items()
    )
