"""The facts of all seeds at once, kept for the next time: usually nothing has changed by then.

They hold for the same index, overlays and rules, as long as every overridden file is the same.
Then neither the index nor an overlay is read.
"""

from __future__ import annotations

from seedgit.digest import sha1
from seedgit.errors import SeedgitError
from seedgit.git.index_id import index_id
from seedgit.git.names import to_bytes
from seedgit.git.table import Table
from seedgit.operations.seeds.facts import fact_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.git.file_ids import FileIds
    from seedgit.operations.seeds.facts import Fact, Seen
    from seedgit.operations.workspace import Workspace


class Overview:
    """What is remembered of one working tree."""

    def __init__(self, workspace: Workspace, files: FileIds) -> None:
        self._workspace = workspace
        self._files = files
        self._table = Table(workspace.repository.git_dir / "seedgit" / "overview")
        self._key = self._asked()

    def read(self) -> list[tuple[str, Fact]] | None:
        """The facts, each with its seed; None if they are not known."""
        seen: Seen | None = self._table.read().get(self._key) if self._key else None
        try:
            if seen is None or not self._files.hold((path, id) for path, id, _ in seen):
                return None
        except (OSError, SeedgitError):
            return None
        return [(path, fact_from(row)) for path, _, rows in seen for row in rows]

    def keep(self, seen: Seen) -> None:
        """Remember the facts, if the same would be asked now as at the beginning."""
        if self._key and self._key == self._asked():
            self._table.write({self._key: seen}, {})

    def _asked(self) -> str:
        """What they depend on, besides the files; "" if that cannot be told."""
        workspace = self._workspace
        index = index_id(workspace.repository)
        tips = workspace.tips()
        if not index or not any(tip for _, tip in tips):
            return ""
        for _, tip in tips:
            _ = workspace.repository.commit(tip) if tip else None  # it must be here
        words = [index, workspace.rules_id]
        words += [word for name, tip in tips for word in (name, tip or "")]
        return sha1(to_bytes("\0".join(words))).hex()
