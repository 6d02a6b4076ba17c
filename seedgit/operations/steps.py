"""What an operation on the installation did, one line for each thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One thing that was done, or left, and why."""

    what: str
    outcome: str
    note: str = ""
