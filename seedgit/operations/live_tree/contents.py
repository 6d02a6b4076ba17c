"""Documents that are kept by the hashes of their bytes, in a folder for their owner alone."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from contextlib import suppress
from functools import cached_property

from seedgit.digest import sha256
from seedgit.files.flush import flush
from seedgit.files.safe import read_regular
from seedgit.git.writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.secrets.vault import Vault
    from seedgit.operations.workspace import Workspace

SEALED = b"-----BEGIN AGE ENCRYPTED FILE-----\n"
YOUNG = 600.0  # seconds; who kept it may not have said yet what for


def digest(data: bytes) -> str:
    return sha256(data).hex()


class Contents:
    """The documents of one folder.

    workspace  to be set: those that have secrets in them are encrypted with its keys
    """

    def __init__(self, folder: str, writer: Writer) -> None:
        self._folder = folder
        self._writer = writer
        self.workspace: Workspace | None = None
        self._fresh: list[str] = []

    def keep(self, data: bytes, *, durable: bool = True, secret: bool = False) -> str:
        """Keep a document; returns its hash. Raises OSError, and Refused, InputError for a secret
        one that cannot be encrypted.

        durable  it survives a power cut after `flush`
        secret   it is kept encrypted
        """
        name = digest(data)
        place = os.path.join(self._folder, name)
        if secret and not self.sealed(name):  # perhaps it was kept before anything was a secret
            self._writer.keep(place, self._vault.seal(data))
        elif not os.path.exists(place):
            self._writer.keep(place, data, durable=False)
            if durable and os.path.exists(place):
                self._fresh.append(place)
        return name

    def flush(self) -> None:
        """Have what was kept survive a power cut. Raises OSError."""
        flush(self._fresh)
        self._fresh.clear()

    def get(self, name: str) -> bytes | None:
        """A document that was kept; None if it is not there, damaged, or cannot be decrypted."""
        data = self._read(name)
        if data is not None and data.startswith(SEALED):
            data = self._vault.open(data) if self.workspace else None
        return data if data is not None and digest(data) == name else None

    @cached_property
    def _vault(self) -> Vault:
        from seedgit.operations.secrets.vault import Vault  # late: few documents have secrets

        assert self.workspace is not None
        return Vault(self.workspace)

    def sealed(self, name: str) -> bool:
        """Whether a document is kept encrypted."""
        return (self._read(name) or b"").startswith(SEALED)

    def _read(self, name: str) -> bytes | None:
        try:
            return read_regular(os.path.join(self._folder, name))
        except OSError:
            return None

    def keep_only(self, named: Collection[str], *, young: float = 0.0) -> None:
        """Drop the others, but for those that are younger than some seconds."""
        before = time.time() - young
        with suppress(FileNotFoundError):
            for name in os.listdir(self._folder):
                place = os.path.join(self._folder, name)
                if name not in named and (not young or os.stat(place).st_mtime < before):
                    self._writer.drop(place)
