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
        try:
            head, _, body = read_regular(str(self._place), MOST).partition(b"\n")
            found = json.loads(body) if head == _head(body) else {}
        except (OSError, SeedgitError, ValueError, RecursionError):
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
        with suppress(OSError, SeedgitError, ValueError, RecursionError):
            body = json.dumps(rows, separators=(",", ":"), allow_nan=False).encode()
            if len(body) > MOST - len(_head(body)) - 1:
                body = json.dumps(dict(used), separators=(",", ":"), allow_nan=False).encode()
            if len(body) < MOST - len(_head(body)):
                make_private(str(self._place))
                for name in left_behind(str(self._place.parent)):
                    (self._place.parent / name).unlink(missing_ok=True)
                replace_regular(str(self._place), _head(body) + b"\n" + body)


def _head(body: bytes) -> bytes:
    return f"seedgit {__version__} {sha1(body).hex()}".encode()
