"""Histories against the model; `make simulate` plays more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.simulator.play import play

FIRST = int(os.environ.get("SEED") or 1)
HISTORIES = int(os.environ.get("HISTORIES") or (1 if "SEED" in os.environ else 100))
STEPS = os.environ.get("STEPS") or None  # "1,4,5": those alone; "none"
ONLY = STEPS and tuple(int(number) for number in STEPS.split(",") if number != "none")
if "SEED" not in os.environ:
    ONLY = range(5)  # all tests together have to be quick
PART = 10 if HISTORIES <= 100 else 50  # histories of one test


@pytest.mark.parametrize("first", range(FIRST, FIRST + HISTORIES, PART))
def test_histories(first: int, place: Path) -> None:
    wrong = [
        play(place / "world", seed, ONLY)
        for seed in range(first, min(first + PART, FIRST + HISTORIES))
    ]
    assert not any(wrong), "\n\n".join(filter(None, wrong))
