"""Digests of bytes. hashlib would load all of OpenSSL for them, which takes a while."""

from __future__ import annotations

try:
    from _sha1 import sha1 as _sha1  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha1 as _sha1


def sha1(data: bytes) -> bytes:
    """The hash that git names objects by."""
    return bytes(_sha1(data).digest())


def sha256(data: bytes) -> bytes:
    """The hash of content that nobody must be able to forge; git's too, where it is asked for."""
    try:
        from _sha256 import sha256 as digest  # type: ignore[import-not-found]
    except ImportError:  # from Python 3.12 on it is in another module
        from hashlib import sha256 as digest
    return bytes(digest(data).digest())


def blob_id(data: bytes, size: int = 20) -> str:
    """The id of a blob, as git has it (gitformat-object). `size` is its bytes: 32 for SHA-256."""
    digest = sha256 if size == 32 else sha1
    return digest(b"blob %d\0" % len(data) + data).hex()
