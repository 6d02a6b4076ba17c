"""What a program wrote to a live file that had just been replaced: it is taken along.

That happens where leases do not work, or where a sync was killed while it replaced the file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.git.live_files import left_beside, read_live, replace_live_at_once
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.ledger import Row
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.patch import patch_of
from seedgit.overlay.rebase import PARKED, rebase
from seedgit.values.value import Value


def take_along(
    workspace: Workspace, place: str, base: Document, new: Document, late: bytes
) -> None:
    """Lay what a program made of `base`, which `new` has replaced, over what the file holds now.

    Where a program has changed the new file too, that stays. Raises Changed if it changes again.
    """
    data = read_live(workspace.repository, place)
    with suppress(InputError):  # what cannot be read is no version of the file
        written = Document.parse(late, base.path).value
        if data is not None:
            now = Document.parse(data, base.path)
            late = _laid(workspace, base, written, new.value, now).data
        replace_live_at_once(workspace.repository, place, data, late)


def _laid(
    workspace: Workspace, base: Document, written: Value, new: Value, now: Document
) -> Document:
    rule = workspace.rule(base.path)
    changes = tuple(differences(base.value, written, (), rule.key_of))
    made = rebase(changes, base.value, new, rule).overrides
    outcomes = rebase(made, new, now.value, rule).outcomes
    kept = (o.override for o in outcomes if o.status not in PARKED and not o.override.moved_under)
    return now.apply(patch_of(tuple(kept)))


def recover(
    workspace: Workspace,
    place: str,
    row: Row,
    was: Document,
    new: Document,
    not_made: Callable[[], None],
) -> None:
    """Take along what a killed sync has left beside a live file, if it did not know it.

    row       what the sync was about to put there; `new`: the document in it
    was       the document that was in the file before
    not_made  called if the new file itself is still beside it: then it never was in place, and
              what the file holds is a program's, even if it is the same
    """
    with left_beside(workspace.repository, place) as found:
        if row.seen != row.old and row.seen in map(digest, found):
            not_made()
        for late in found:
            if digest(late) not in (row.old, row.seen):
                take_along(workspace, place, was, new, late)
