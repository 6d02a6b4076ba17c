"""Digests of bytes. hashlib would load all of OpenSSL for them, which takes a while."""

from __future__ import annotations


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
