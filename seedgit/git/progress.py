"""What git is in the middle of: the operations that stop and wait for a person."""

from __future__ import annotations

from seedgit.git.names import is_id
from seedgit.git.under_way import BISECTING, HEADS, REBASING
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Final

    from seedgit.git.repository import Repository

MERGE: Final = "merge"
CHERRY_PICK: Final = "cherry-pick"
REVERT: Final = "revert"
REBASE: Final = "rebase"
APPLY: Final = "am"
BISECT: Final = "bisect"

_HEADS: Final = dict(zip((MERGE, CHERRY_PICK, REVERT), HEADS, strict=True))


class InProgress(NamedTuple):
    """An operation under way. `heads` are the commits it brings in; for a rebase, its target."""

    kind: str
    heads: tuple[str, ...] = ()


def in_progress(repository: Repository) -> list[InProgress]:
    """The operations under way in this working tree; a rebase may hold a merge or a pick."""
    place = repository.git_dir
    found = [
        InProgress(kind, _ids(place / name))
        for kind, name in _HEADS.items()
        if (place / name).is_file()
    ]
    for folder in (place / name for name in REBASING):
        if folder.is_dir():
            kind = APPLY if (folder / "applying").exists() else REBASE
            found.append(InProgress(kind, _ids(folder / "onto")))
    if (place / BISECTING).is_file():
        found.append(InProgress(BISECT))
    return found


def _ids(place: Path) -> tuple[str, ...]:
    try:
        words = place.read_text("ascii", "replace").split()
    except OSError:
        return ()
    return tuple(word for word in words if is_id(word))
