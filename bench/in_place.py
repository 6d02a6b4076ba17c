"""Checkouts of 10,000 files, 1,000 of which are live in place: what git's filter costs.

Each checks another version of every file out, and the first one back. Hooks are off: their sync is
measured with the live trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench import repositories as made
from bench.hooks import NO_HOOKS
from bench.table import LONG, Row, Way, against

SEEDS, OVERRIDDEN = 10_000, 1_000
SWITCH = 'git "$@" checkout -q upgrade && git "$@" checkout -q main'


def rows(rounds: int) -> Iterator[Row]:
    yield _row("two checkouts, 1,000 of 10,000", rounds, made.seeds(SEEDS, OVERRIDDEN), 2)
    apart = made.seeds(SEEDS, OVERRIDDEN, SEEDS // OVERRIDDEN)
    yield _row("the same, each tenth", rounds, apart)


def _row(what: str, rounds: int, whole: Path, most_ratio: float | None = None) -> Row:
    ours, plain = made.copy(whole), made.copy(whole)
    made.seedgit(ours, "live", "--in-place")
    with_filter, without = (_switch(n, f) for n, f in (("filter", ours), ("without", plain)))
    return against(what, with_filter, without, min(rounds, LONG), most_ratio=most_ratio)


def _switch(name: str, folder: Path) -> Way:
    return Way(name, ("sh", "-c", SWITCH, "sh", *NO_HOOKS), folder, made.sealed())
