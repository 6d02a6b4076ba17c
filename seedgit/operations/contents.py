"""Documents that are kept by the hashes of their bytes, in a folder for their owner alone."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from seedgit.files.flush import flush
from seedgit.files.safe import read_regular
from seedgit.git.digest import sha256
from seedgit.git.writer import Writer

YOUNG = 600.0  # seconds; who kept it may not have said yet what for


def digest(data: bytes) -> str:
    return sha256(data).hex()


class Contents:
    """The documents of one folder."""

    def __init__(self, folder: Path, writer: Writer) -> None:
        self._folder = folder
        self._writer = writer
        self._fresh: list[str] = []

    def keep(self, data: bytes, *, durable: bool = True) -> str:
        """Keep a document; returns its hash. Raises OSError.

        durable  it survives a power cut after `flush`
        """
        name = digest(data)
        place = self._folder / name
        if not place.exists():
            self._writer.keep(place, data, durable=False)
            if durable and place.exists():
                self._fresh.append(str(place))
        return name

    def flush(self) -> None:
        """Have what was kept survive a power cut. Raises OSError."""
        flush(self._fresh)
        self._fresh.clear()

    def get(self, name: str) -> bytes | None:
        """A document that was kept; None if it is not there, or damaged."""
        try:
            data = read_regular(str(self._folder / name))
        except OSError:
            return None
        return data if digest(data) == name else None

    def keep_only(self, named: Collection[str], *, young: float = 0.0) -> None:
        """Drop the others, but for those that are younger than some seconds."""
        before = time.time() - young
        with suppress(FileNotFoundError):
            for name in os.listdir(self._folder):
                place = self._folder / name
                if name not in named and (not young or place.stat().st_mtime < before):
                    self._writer.drop(place)
