"""A finding of `seedgit doctor`. docs/doctor.md explains the codes.

A subject that is fine is reported under its own short code (`driver`, `hook`). Each problem has a
code of its own.
"""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

FINE: Final = "ok"
NOTE: Final = "note"  # worth knowing, but nothing has to be done
WRONG: Final = "wrong"


class Finding(NamedTuple):
    """The result of one check. `code` is stable; `remedy` says what to do about a problem."""

    code: str
    level: str
    detail: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return self.level != WRONG

    def data(self) -> dict[str, Any]:
        return {**self._asdict(), "ok": self.ok}


def fine(code: str, detail: str) -> Finding:
    return Finding(code, FINE, detail)


def note(code: str, detail: str, remedy: str = "") -> Finding:
    return Finding(code, NOTE, detail, remedy)


def wrong(code: str, detail: str, remedy: str) -> Finding:
    return Finding(code, WRONG, detail, remedy)


FIX: Final = "seedgit doctor --fix"
