"""The recipients of an overlay that was pulled: both sites' changes count, and all are told."""

from __future__ import annotations

from seedgit.errors import InputError
from seedgit.operations.secrets.sealing import recipients_of
from seedgit.overlay.recipients import FILE, Recipient, merged, recipients_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.git.store import Overlay


def merged_recipients(old: Overlay, ours: Overlay, theirs: Overlay) -> dict[str, bytes | None]:
    """The file of recipients to be written, if it changes. Raises InputError for a bad one."""
    if theirs.file(FILE) in (ours.file(FILE), old.file(FILE)):
        return {}
    found = recipients_file(merged(*map(recipients_of, (old, ours, theirs))))
    return {} if found == ours.file(FILE) else {FILE: found}


def recipient_changes(was: Overlay, now: Overlay) -> tuple[str, ...]:
    """For a person: who can decrypt what is set from now on, and who cannot any more."""
    if was.file(FILE) == now.file(FILE):
        return ()
    before, after = _known(was), _known(now)
    new = [f"secrets are encrypted to {each.label} too" for each in after if each not in before]
    gone = [f"secrets are not encrypted to {r.label} any more" for r in before if r not in after]
    return (*new, *gone)


def _known(overlay: Overlay) -> tuple[Recipient, ...]:
    try:
        return recipients_of(overlay)
    except InputError:
        return ()
