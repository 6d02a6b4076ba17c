"""A file of seedgit's own, for what can be worked out again.

It may be deleted at any moment. It is written in one step, so that a reader sees all of the old
content or all of the new. What another version wrote, and what is not whole, counts as nothing.
"""

from __future__ import annotations

import os
from zlib import crc32

from seedgit import __version__
from seedgit.errors import SeedgitError
from seedgit.files.safe import left_behind, make_private, read_regular, replace_regular

MOST = 32_000_000  # bytes of one: the facts of some 100,000 overrides


def read_whole(place: str | os.PathLike[str]) -> bytes:
    """What `write_whole` has written; b"" if there is nothing that can be used."""
    try:
        head, _, body = read_regular(os.fspath(place), MOST + 100).partition(b"\n")
    except (OSError, SeedgitError):
        return b""
    return body if head == _head(body) else b""


def write_whole(place: str | os.PathLike[str], body: bytes) -> None:
    """Write something that can be worked out again into a file of its own, in one step.

    Nothing is written where that is not possible, or beyond `MOST` bytes.
    """
    if len(body) > MOST:
        return
    name = os.fspath(place)
    try:
        make_private(name)
        folder = os.path.dirname(name)
        for left in left_behind(folder):
            os.unlink(os.path.join(folder, left))
        replace_regular(name, _head(body) + b"\n" + body)
    except (OSError, SeedgitError):
        pass  # it can be worked out again


def _head(body: bytes) -> bytes:
    """That a body is whole. Nobody else can write the file, so it need not be hard to forge, and
    that takes longer than everything else that is done with a large one."""
    return f"seedgit {__version__} {len(body)} {crc32(body):08x}".encode()
