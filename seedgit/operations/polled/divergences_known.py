"""Which divergences the journal has, and which of them are accepted, asked again and again."""

from __future__ import annotations

from seedgit.errors import SeedgitError
from seedgit.journal import APART, Journal
from seedgit.operations.polled.by_marks import ByMarks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

_COUNTED = ("count(*) AS count", "max(id) AS value")
_FILES = ("", "-wal")  # what SQLite writes to, beside each other


class DivergencesKnown:
    """Asks the journal only once its files have changed: each run of seedgit writes to them."""

    def __init__(self) -> None:
        self._told: ByMarks[str] = ByMarks()

    def told(self, workspace: Workspace) -> str:
        """A text that changes whenever there is another divergence, or one is accepted."""
        journal = Journal(workspace.repository.common_dir)
        return self._told.get([journal.path + end for end in _FILES], lambda: _told(journal))


def _told(journal: Journal) -> str:
    try:
        with journal:
            return repr((journal.rows(only=_COUNTED, verdicts=APART), journal.accepted()))
    except SeedgitError as error:
        return str(error)
