"""Points in time as git reads them: an ISO date, `2 weeks ago`, `yesterday`."""

from __future__ import annotations

from seedgit.errors import UsageError
from seedgit.git.repository import Repository


def iso(seconds: float, offset: int = 0) -> str:
    """A point in time, ISO 8601, `offset` minutes east of UTC.

    A commit may have any number for a date: one that no calendar has comes back as git writes it.
    """
    from datetime import datetime, timedelta, timezone  # late: it takes a while to load

    try:
        zone = timezone(timedelta(minutes=offset))
        return datetime.fromtimestamp(seconds, zone).isoformat(sep=" ")
    except (ValueError, OverflowError, OSError):
        return f"@{seconds}"


def seconds(repository: Repository, text: str) -> float:
    """Seconds since 1970 of a date in git's words (git-rev-parse(1), --since). UsageError."""
    if not any(char.isalnum() for char in text):
        raise UsageError(f"not a date: {text!r}", hint="2026-01-31, or '2 weeks ago'")
    return float(repository.approxidate(text))
