"""What a program wrote to a live file while a sync was replacing it: it is taken along.

The file has been replaced by then where leases do not work, or where a sync was killed. Else the
program has kept the sync from replacing it, as one that writes all the time does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from seedgit.errors import InputError, SeedgitError
from seedgit.formats.document import Document
from seedgit.git.files import Changed
from seedgit.git.live_files import left_beside, read_live, replace_live_at_once
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.ledger import Row
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.patch import patch_of
from seedgit.overlay.rebase import PARKED, Outcome, rebase
from seedgit.values.value import Value

TIMES = 20  # how often a program may write between a look at its file and the replacement
SECONDS = 0.5  # that this may take; without leases each time takes a while (`contested.LATE`)


def take_along(
    workspace: Workspace,
    place: str,
    base: Document,
    new: Document,
    late: bytes,
    met: Callable[[], None] = lambda: None,
) -> None:
    """Lay what a program made of `base`, which `new` has replaced, over what the file holds now.

    Where a program has changed the new file too, that stays. Where somebody else has changed one
    place, the file gets the program's value, so that a sync finds there what a person has to
    decide; if the place is gone, the file gets back all that the program wrote, unless it has
    changed the new one. Raises Changed if a program keeps changing it.

    met  called before the file gets such a value: then `base` is what was last in it
    """
    for _ in _tries():
        data = read_live(workspace.repository, place)
        text = _along(workspace, base, new, late, data, met)
        if text is None or _replaced(workspace, place, data, text, base.path):
            return
    raise Changed("a program keeps changing it", where=place, hint="try again")


def take_late(
    workspace: Workspace, place: str, path: str, contents: tuple[bytes, bytes], late: bytes
) -> None:
    """As `take_along`, with what the file of a seed held, and was to hold. Where that is not
    possible, the file stays as it is."""
    with suppress(SeedgitError):
        base, new = (Document.parse(data, path) for data in contents)
        take_along(workspace, place, base, new, late)


def _along(
    workspace: Workspace,
    base: Document,
    new: Document,
    late: bytes,
    data: bytes | None,
    met: Callable[[], None],
) -> bytes | None:
    """What a file that holds `data` gets to hold; None where that cannot be said (`take_along`)."""
    with suppress(InputError):  # what cannot be read is no version of the file
        written = Document.parse(late, base.path)
        if not written.is_version_of(base.value):
            return None
        if data is None:
            return late
        found = _outcomes(workspace, base, written.value, new.value)
        alone = all(map(_alone, found))
        if not alone:
            met()
        if alone or data != new.data:
            return _laid(workspace, found, new.value, Document.parse(data, base.path)).data
        return late
    return None


def _tries() -> Iterator[int]:
    """Each time that a file is tried that a program may write to just then."""
    until = time.monotonic() + SECONDS
    for times in range(TIMES):
        if times and time.monotonic() > until:
            break
        yield times


def _replaced(workspace: Workspace, place: str, data: bytes | None, text: bytes, path: str) -> bool:
    """Replace what a file of a seed holds. Returns False if a program has changed it meanwhile."""
    try:
        replace_live_at_once(workspace.repository, place, data, text)
    except Changed as error:
        if error.late is not None and data is not None:
            take_late(workspace, place, path, (data, text), error.late)
        return False
    return True


def replace_moving(
    workspace: Workspace, place: str, base: Document, new: Document, intend: Callable[[bytes], None]
) -> bool:
    """Put `new` in place of `base` in a file that a program has changed since, and may change
    again; its changes stay. Little is done between a look at the file and its replacement.

    intend  called with what is about to be replaced

    Returns False where that is not possible, as both change one place. Raises SeedgitError where
    what the program wrote cannot be read.
    """
    for _ in _tries():
        data = read_live(workspace.repository, place)
        if data is None:
            break
        late = _moved(workspace, base, Document.parse(data, base.path), new)
        if late is None:
            break
        intend(data)
        if _replaced(workspace, place, data, late.data, base.path):
            return True
    return False


def _moved(
    workspace: Workspace, base: Document, written: Document, new: Document
) -> Document | None:
    """A program's changes of `base`, laid over `new`; None where one has no place of its own."""
    outcomes = _outcomes(workspace, base, written.value, new.value)
    if not written.is_version_of(base.value) or not all(map(_alone, outcomes)):
        return None
    return new.apply(patch_of(tuple(outcome.override for outcome in outcomes)))


def _alone(outcome: Outcome) -> bool:
    """Whether a change has a place that nobody else has changed."""
    made = outcome.override
    return outcome.status not in PARKED and not made.moved_under and bool(made.tokens)


def _laid(
    workspace: Workspace, changes: tuple[Outcome, ...], new: Value, now: Document
) -> Document:
    """A program's changes, as moved to `new`, laid over what became of that."""
    # What has no place there must not be looked for in `now`: its place may be another one's.
    placed = (o.override for o in changes if o.status not in PARKED and not o.override.redundant)
    made = tuple(override._replace(over=override.seed) for override in placed)
    outcomes = rebase(made, new, now.value, workspace.rule(now.path)).outcomes
    kept = (o.override for o in outcomes if o.status not in PARKED and not o.override.moved_under)
    return now.apply(patch_of(tuple(kept)))


def _outcomes(
    workspace: Workspace, base: Document, written: Value, new: Value
) -> tuple[Outcome, ...]:
    """A program's changes of `base`, moved to `new`."""
    rule = workspace.rule(base.path)
    changes = tuple(differences(base.value, written, (), rule.key_of, rule.whole(base.value)))
    return rebase(changes, base.value, new, rule).outcomes


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
              what the file holds is a program's, even if it is the same. And where what a program
              made of `was` meets what somebody else did (`take_along`)
    """
    with left_beside(workspace.repository, place) as found:
        if row.seen != row.old and row.seen in map(digest, found):
            not_made()
        lost = [late for late in found if digest(late) not in (row.old, row.seen)]
        held = read_live(workspace.repository, place) if lost else None
        if held is not None and digest(held) == row.seen:
            new = Document.parse(held, was.path)  # it may have drift too
        for late in lost:
            take_along(workspace, place, was, new, late, not_made)
