"""A plugin of pytest that notes which lines of the modules each test reaches, and its time.

`MUTANTS_REACHED` names the folder where it leaves `coverage` (by coverage.py, with branches, a
context for each test) and `seconds.json`. `MUTANTS_MODULES` names the modules' files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

FOLDER = Path(os.environ["MUTANTS_REACHED"])
_watched = coverage.Coverage(
    data_file=str(FOLDER / "coverage"),
    branch=True,
    include=os.environ["MUTANTS_MODULES"].split(),
    config_file=False,
)
_watched.set_option("run:relative_files", True)  # another run has its clone elsewhere
_watched.start()  # before anything of the package is imported
_seconds: dict[str, float] = {}
_failed: set[str] = set()


def spent() -> float:
    """CPU seconds of this process and of those it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = spent()
    _watched.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        _watched.switch_context("")
        _seconds[item.nodeid] = spent() - before


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not report.passed:  # also one that was skipped: it shows nothing
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    _watched.stop()
    _watched.save()
    kept = {name: value for name, value in _seconds.items() if name not in _failed}
    (FOLDER / "seconds.json").write_text(json.dumps(kept))
