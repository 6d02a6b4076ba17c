"""What identifies an index, without asking git what is in it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.git.repository import Repository


def index_id(repository: Repository) -> str:
    """The checksum that the index ends with, which says all that is in it; "" if it has none.

    See gitformat-index(5).
    """
    size = repository.object_format.size
    try:
        with open(repository.at.index_file, "rb") as file:
            file.seek(-size, os.SEEK_END)
            found = file.read(size)
    except OSError:
        return ""
    return found.hex() if any(found) else ""  # index.skipHash leaves zeros
