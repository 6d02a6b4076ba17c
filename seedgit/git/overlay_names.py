"""The names of overlays, their refs, and the subjects of commits that seedgit makes by itself."""

from __future__ import annotations

from seedgit.errors import UsageError
from seedgit.git.names import is_ref_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

OVERLAYS: Final = "refs/seedgit/overlays/"
COPIES: Final = "refs/seedgit/remotes/"  # of remotes' overlays, as they were last seen

# Each begins the subject of one kind of change, and of no other.
MERGE: Final = "merge "
REBASE: Final = "rebase onto "
ENCRYPT: Final = "encrypt anew: "
RECIPIENTS: Final = "recipients: "
# They change no override, so there is nothing in them to undo.
NO_CHANGE: Final = (REBASE, ENCRYPT, RECIPIENTS)


def overlay_ref(name: str, prefix: str = OVERLAYS) -> str:
    """The ref of an overlay. Raises UsageError for a name that git-check-ref-format(1) refuses."""
    if not name.isprintable() or name.startswith("-") or not is_ref_name(prefix + name):
        raise UsageError(
            f"not a name for an overlay: {name!r}",
            hint="letters, digits, - and _ are always fine; git check-ref-format has the rules",
        )
    return prefix + name
