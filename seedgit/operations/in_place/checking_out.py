"""The workspace while git changes what is checked out: its index may not name a seed yet."""

from __future__ import annotations

from collections.abc import Mapping

from seedgit.git.store import Overlay
from seedgit.operations.workspace import Stored, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.seeds.homes import Home


class CheckingOut(Workspace):
    """Takes a path for a seed if the rules do, whether or not the index has it."""

    patience = 5.0

    def seed_at(self, path: str) -> str | None:
        return path if self.rules.match(path) is not None else None

    def moved(self, overlay: Overlay) -> Mapping[str, Home]:
        return super().moved(overlay) if self.present else {}

    def lying(self, overlay: Overlay, path: str) -> Stored | None:
        if path in overlay.records:
            return Stored(overlay.name, overlay.records[path].record, path)
        return super().lying(overlay, path)
