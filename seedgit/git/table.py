"""A table in a file of seedgit's own, for what can be worked out again.

It may be deleted at any moment (whole.py).
"""

from __future__ import annotations

import json
from contextlib import suppress

from seedgit.git.whole import MOST, read_whole, write_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Final

ROWS: Final = 2_000  # that a table may hold, or so many times what is in use:
_ROOM: Final = 4


class Table:
    """Values that JSON can express, by key."""

    def __init__(self, place: str | Path) -> None:
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
            if len(body) > MOST:
                body = json.dumps(dict(used), separators=(",", ":"), allow_nan=False).encode()
            write_whole(self._place, body)
