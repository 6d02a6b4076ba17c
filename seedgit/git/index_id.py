"""What identifies an index, without asking git what is in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seedgit.git.repository import Repository

_SIZE: Final = 20  # bytes of the checksum that an index ends with (gitformat-index)


def index_id(repository: Repository) -> str:
    """The checksum of the index, which says all that is in it; "" if it has none."""
    try:
        with open(repository.index_file, "rb") as file:
            file.seek(-_SIZE, os.SEEK_END)
            found = file.read(_SIZE)
    except OSError:
        return ""
    return found.hex() if any(found) else ""  # index.skipHash leaves zeros
