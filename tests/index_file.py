"""The index as git writes it (gitformat-index), with ids of either length."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

HEADER = 12  # bytes
STAT = 40  # bytes of an entry before its id: times, device, inode, mode, owner, size
HASHES: tuple[Callable[[bytes], Any], ...] = (hashlib.sha1, hashlib.sha256)


class Entry(NamedTuple):
    """Where an entry begins, where its path begins and ends, and where the next one begins."""

    at: int
    name: int
    end: int
    next: int


class Index(NamedTuple):
    """An index of version 2, whose last bytes are its checksum."""

    data: bytes
    hash: Callable[[bytes], Any]

    @property
    def size(self) -> int:
        """Of an id, and of the checksum."""
        return len(self.hash(b"").digest())

    def entries(self) -> Iterator[Entry]:
        (count,) = struct.unpack(">L", self.data[8:HEADER])
        at = HEADER
        for _ in range(count):
            name = at + STAT + self.size + 2
            end = self.data.index(b"\0", name)
            entry = Entry(at, name, end, at + (end - at + 8) // 8 * 8)
            yield entry
            at = entry.next


def read(data: bytes) -> Index | None:
    """None for another version, and where the checksum is not that of the rest."""
    if data[:8] != b"DIRC\0\0\0\2":
        return None
    for hash in HASHES:
        size = len(hash(b"").digest())
        if hash(data[:-size]).digest() == data[-size:]:
            return Index(data, hash)
    return None


def sealed(data: bytes, index: Index) -> bytes:
    """Other bytes of the same length, with their checksum."""
    return data[: -index.size] + index.hash(data[: -index.size]).digest()
