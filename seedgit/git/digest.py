"""Digests of bytes. hashlib would load all of OpenSSL for them, which takes a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


def sha1(data: bytes) -> bytes:
    """The hash that git names objects by."""
    try:
        from _sha1 import sha1 as digest  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha1 as digest
    return bytes(digest(data).digest())


def sha256(data: bytes) -> bytes:
    """The hash of content that nobody must be able to forge; git's too, where it is asked for."""
    try:
        from _sha256 import sha256 as digest  # type: ignore[import-not-found]
    except ImportError:  # from Python 3.12 on it is in another module
        from hashlib import sha256 as digest
    return bytes(digest(data).digest())


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
