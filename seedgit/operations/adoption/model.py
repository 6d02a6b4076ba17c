"""What adopt and demote did, or would do, as data."""

from __future__ import annotations

from seedgit import codes
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.override import Override
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Why something stays as it is.
DETAILS = {
    codes.SEED_OWNED: "the package owns it",
    codes.NOT_CHOSEN: "was not named",
    codes.NOT_PLAIN: "an overlay holds plain values only",
    codes.FORMAT_ONLY: "only comments or layout differ",
    codes.SEED_ADDED: "upstream has no such file",
    codes.SEED_DELETED: "the branch deleted it",
    codes.SEED_LINKED: "a link, or not a plain file upstream",
    codes.OVERLAID: "another overlay lies over it, and the effective value would change",
    codes.AMBIGUOUS_BASE: "several merge bases have different versions of it",
    codes.UNCHANGED: "is as upstream has it",
}


class NotAdopted(NamedTuple):
    """Something that stays in a file, and why. Without a pointer, it is the whole file."""

    path: str
    reason: str
    pointer: str = ""
    detail: str = ""
    old: Value = ABSENT
    new: Value = ABSENT

    def data(self) -> dict[str, Any]:
        values = {"upstream": self.old, "local": self.new}
        return {
            "path": self.path,
            "pointer": self.pointer,
            "reason": self.reason,
            "detail": self.detail or DETAILS.get(self.reason, ""),
            **{name: value for name, value in values.items() if value is not ABSENT},
        }


class Adopted(NamedTuple):
    """A file that was split.

    pure       whether the seed is upstream's, byte for byte
    overrides  what moved into the overlay, as overrides of that seed
    reworded   the effective text differs from the committed text in comments or layout
    allow      whether the pre-commit check would refuse the seed without SEEDGIT_ALLOW
    """

    path: str
    content: bytes
    pure: bool
    overrides: tuple[Override, ...]
    reworded: bool
    allow: bool

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "pure": self.pure,
            "reworded": self.reworded,
            "needs-allow": self.allow,
            "overrides": [_data(override) for override in self.overrides],
        }


class Adoption(NamedTuple):
    """What adopt or demote did, or would do. `commit` is None where the overlay did not change.

    ref, base  the upstream, and the commit that has the pure seeds
    """

    ref: str
    base: str
    overlay: str
    adopted: tuple[Adopted, ...]
    left: tuple[NotAdopted, ...]
    commit: str | None = None
    written: bool = False

    @property
    def allow(self) -> bool:
        return any(item.allow for item in self.adopted)

    def data(self) -> dict[str, Any]:
        return {
            "from": self.ref,
            "base": self.base,
            "overlay": self.overlay,
            "commit": self.commit,
            "written": self.written,
            "adopted": [item.data() for item in self.adopted],
            "left": [item.data() for item in self.left],
        }


def counted(count: int, what: str) -> str:
    """As in "1 file", "2 files"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _data(override: Override) -> dict[str, Any]:
    return {
        "pointer": format_pointer(override.tokens),
        "op": override.op,
        **override.value_member,
        **({} if override.seed is ABSENT else {"seed": override.seed}),
        "why": override.why,
    }
