"""A table in a file of seedgit's own, for what can be worked out again.

It may be deleted at any moment. It is written in one step, so that a reader sees all of the old
table or all of the new. What another version wrote, and what is not whole, counts as no table.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from seedgit import __version__
from seedgit.errors import SeedgitError
from seedgit.files.safe import left_behind, make_private, read_regular, replace_regular
from seedgit.git.digest import sha1

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST: Final = 32_000_000  # bytes of a table: some 100,000 overrides
ROWS: Final = 2_000  # that a table may hold, or so many times what is in use:
_ROOM: Final = 4


class Table:
    """Values that JSON can express, by key."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def read(self) -> dict[str, Any]:
        """What is in it; {} if there is no table that can be used."""
        body = read_whole(self._place)
        if not body:
            return {}
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, used: Mapping[str, Any], older: Mapping[str, Any]) -> None:
        """Replace it by what is in use, and as much of what is older as there is room for.

        A table that cannot be written is left as it is.
        """
        rows = dict(used)
        most = max(ROWS, _ROOM * len(used))
        for key in older:
            if len(rows) >= most:
                break
            rows.setdefault(key, older[key])
        with suppress(ValueError, RecursionError):
            body = json.dumps(rows, separators=(",", ":"), allow_nan=False).encode()
            if len(body) > MOST - len(_head(body)) - 1:
                body = json.dumps(dict(used), separators=(",", ":"), allow_nan=False).encode()
            write_whole(self._place, body)


def read_whole(place: Path) -> bytes:
    """What `write_whole` has written; b"" if there is nothing that can be used."""
    try:
        head, _, body = read_regular(str(place), MOST).partition(b"\n")
    except (OSError, SeedgitError):
        return b""
    return body if head == _head(body) else b""


def write_whole(place: Path, body: bytes) -> None:
    """Write something that can be worked out again into a file of its own, in one step.

    Nothing is written where that is not possible, or beyond `MOST` bytes.
    """
    head = _head(body)
    if len(head) + len(body) >= MOST:
        return
    with suppress(OSError, SeedgitError):
        make_private(str(place))
        for name in left_behind(str(place.parent)):
            (place.parent / name).unlink(missing_ok=True)
        replace_regular(str(place), head + b"\n" + body)


def _head(body: bytes) -> bytes:
    return f"seedgit {__version__} {sha1(body).hex()}".encode()
