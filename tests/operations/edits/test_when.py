"""Dates in git's words, and dates that no calendar has."""

from __future__ import annotations

import pytest

from seedgit.errors import UsageError
from seedgit.operations.edits.when import iso, seconds
from tests.conftest import Repo


def test_a_date_is_shown_in_its_own_zone() -> None:
    assert iso(0) == "1970-01-01 00:00:00+00:00"
    assert iso(0, -90) == "1969-12-31 22:30:00-01:30"


@pytest.mark.parametrize(("second", "offset"), [(1e20, 0), (-1e20, 0), (0, 100_000)])
def test_a_date_that_no_calendar_has_is_as_git_writes_it(second: float, offset: int) -> None:
    assert iso(second, offset) == f"@{second}"


def test_git_reads_dates(repo: Repo) -> None:
    assert seconds(repo.open(), "2001-09-09T01:46:40+00:00") == 1_000_000_000
    assert seconds(repo.open(), "2 weeks ago") < seconds(repo.open(), "yesterday")
    for text in ("", " ", "---"):
        with pytest.raises(UsageError, match="not a date"):
            seconds(repo.open(), text)
