"""Points in time as git takes them: an ISO date, `2 weeks ago`, `yesterday`."""

from __future__ import annotations

from seedgit.errors import UsageError
from seedgit.git.repository import Repository


def seconds(repository: Repository, text: str) -> float:
    """Seconds since 1970 of a date in git's words (git-rev-parse(1), --since). UsageError."""
    if not any(char.isalnum() for char in text):
        raise UsageError(f"not a date: {text!r}", hint="2026-01-31, or '2 weeks ago'")
    return float(repository.approxidate(text))
