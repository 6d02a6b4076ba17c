"""Whether a merge's result has every change of either side, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.certify.check import Certificate, Objection, certificate, check
from seedgit.certify.reading import read
from seedgit.certify.tree import Unreadable
from seedgit.codes import UNDECIDED
from seedgit.values.pointer import format_pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMES = ("base", "ours", "theirs", "result")


def certify(path: str, versions: Sequence[bytes]) -> Certificate:
    """The certificate of a result. `versions`: base, ours, theirs and result, of a file `path`."""
    readings = []
    for name, data in zip(NAMES, versions, strict=True):
        try:
            readings.append(read(path, data))
        except Unreadable as error:
            return certificate([Objection(UNDECIDED, (), f"{name} cannot be read: {error}")])
    return check(*readings)


def as_data(found: Certificate) -> dict[str, Any]:
    """A certificate as plain data, with pointers (RFC 6901)."""
    return {
        "verdict": found.verdict,
        "objections": [
            {
                "verdict": each.verdict,
                "pointer": format_pointer(each.pointer),
                "reason": each.reason,
            }
            for each in found.objections
        ],
    }
