"""SHA-1, which git names everything by."""

from __future__ import annotations


def sha1(data: bytes) -> bytes:
    """The digest of some bytes. hashlib would load all of OpenSSL for it."""
    try:
        from _sha1 import sha1 as digest  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha1 as digest
    return bytes(digest(data).digest())
