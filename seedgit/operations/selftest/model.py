"""What a self-test found, as data."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

SAFE: Final = "safe"
LIMITED: Final = "limited"  # it works, but not all that is promised holds here
UNSAFE: Final = "unsafe"


class NotKept(Exception):
    """Something did not do what it has to. Says what."""


class Trust(NamedTuple):
    """One part of seedgit here: SAFE, LIMITED or UNSAFE, and what was seen."""

    part: str
    verdict: str
    detail: str

    def data(self) -> dict[str, Any]:
        return self._asdict()
