"""What an operation on the installation did, one line for each thing."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple


class Step(NamedTuple):
    """One thing that was done, or left, and why."""

    what: str
    outcome: str
    note: str = ""
