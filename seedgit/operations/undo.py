"""Take back the last change that was made here, and leave what others did."""

from __future__ import annotations

from seedgit.errors import Refused
from seedgit.git.names import pasted
from seedgit.git.stored_record import StoredRecord
from seedgit.operations.pull import merged_record
from seedgit.operations.workspace import Workspace


def undo(workspace: Workspace) -> str:
    """The commit that takes back the last change of the target overlay made here.

    Raises Refused where a later change, of whoever, stands on it; RepositoryError where there is
    nothing to undo.
    """

    def settle(
        undone: StoredRecord | None, now: StoredRecord | None, before: StoredRecord | None
    ) -> StoredRecord | None:
        path = next(version.path for version in (now, undone, before) if version)
        made, clashes = merged_record(workspace, path, (undone, now, before))
        if clashes:
            place = clashes[0].pointer
            named = f"{workspace.pasted(path)} {pasted(place)}"
            wanted = f"seedgit set {named} to what it should be"
            unset = f"seedgit unset {named}, or "
            raise Refused(
                f"{place} was changed again since the last change made here: nothing was undone",
                where=path,
                hint=f"{unset if clashes[0].ours else ''}{wanted}",
            )
        return made

    return workspace.store.undo(workspace.target, settle)
