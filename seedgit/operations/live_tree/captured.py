"""What happened to a captured file: what went into the overlay, what ended, what stays."""

from __future__ import annotations

from seedgit import codes
from seedgit.named_tuple import NamedTuple
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What the file holds.
SEED, EFFECTIVE = "seed", "effective"


class NotCaptured(NamedTuple):
    """What stays, and why. With SEED_VALUE the override stays: the file has the seed's value.

    name  the pointer as a selector, for people
    """

    reason: str
    pointer: str = ""
    detail: str = ""
    seed: Value = ABSENT
    file: Value = ABSENT
    name: str = ""

    def data(self) -> dict[str, Any]:
        values = {"seed": self.seed, "file": self.file}
        return {
            "reason": self.reason,
            "pointer": self.pointer,
            "detail": self.detail,
            **{name: value for name, value in values.items() if value is not ABSENT},
        }


class Taking(NamedTuple):
    """A pointer for which the overlay has something else now; `new` is ABSENT if it is removed.

    name  the pointer as a selector, for people
    """

    pointer: str
    old: Value
    new: Value
    name: str

    def data(self) -> dict[str, Any]:
        values = {"old": self.old, "new": self.new}
        found = {name: value for name, value in values.items() if value is not ABSENT}
        return {"pointer": self.pointer, **found}


class Captured(NamedTuple):
    """What happened to one file.

    holds     SEED or EFFECTIVE: what the file was read as
    captured  what went into the overlay; `ended`: the overrides that ended
    left      what stays in the file or over it
    was       the blob of what the file held, if a comment went with what was captured
    written   whether the file was changed; `pure`: it is the seed, byte for byte
    staged    whether what is staged is out of date
    """

    path: str
    holds: str
    captured: tuple[Taking, ...]
    ended: tuple[Taking, ...]
    left: tuple[NotCaptured, ...]
    was: str
    written: bool
    pure: bool
    staged: bool

    @property
    def in_doubt(self) -> bool:
        """Whether the file is the seed, byte for byte, under overrides.

        Either a program wrote the seed's values back, or git put the seed there.
        """
        unlike = any(left.reason == codes.SEED_VALUE for left in self.left)
        changed = self.captured or self.ended or self.written
        return unlike and self.pure and not changed

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "holds": self.holds,
            "captured": [item.data() for item in self.captured],
            "ended": [item.data() for item in self.ended],
            "left": [item.data() for item in self.left],
            "was": self.was or None,
            "written": self.written,
            "pure": self.pure,
            "staged": self.staged,
        }
