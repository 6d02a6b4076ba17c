"""What every benchmark here measures with, and the one table that all of them print.

A topic is a module `bench/TOPIC.py` with `rows(rounds)`, which yields a `Row` for each thing it
measures. It describes commands as `Way`s, and has them run in turn by `compare`, or by `against`
where there is one peer.

CPU time is that of a command and of everything it waited for (wait4). It hardly changes when
other work runs beside, as the time that passes does; so ratios are of CPU time.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

ROUNDS = 5
LONG = 3  # rounds at most of what takes seconds, and differs little from round to round
WIDTHS = (46, 11, 38, 8, 12, 4)
HEAD = ("what", "ours", "beside it", "ratio", "goal", "met")


class Cost(NamedTuple):
    """What one run took, or the median of several."""

    cpu: float  # seconds, user and system, of the command and all it waited for
    wall: float  # seconds that passed
    memory: float  # megabytes, the most that one of its processes had; never less than ours


@dataclass(frozen=True)
class Way:
    """One command that is measured, in a folder. `before` makes things ready, and is not timed."""

    name: str
    command: Sequence[str | Path]
    folder: Path
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    before: Callable[[], object] = lambda: None
    stdin: bytes = b""
    statuses: tuple[int, ...] = (0,)  # any other ends the benchmark


class Row(NamedTuple):
    """One line of the table. A goal is a ratio to the peer, or a figure in `unit`, or both."""

    what: str
    ours: float
    peer: str = ""
    beside: float | None = None
    most_ratio: float | None = None
    most: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> float | None:
        return self.ours / self.beside if self.beside else None

    @property
    def met(self) -> bool | None:
        """None where there is no goal."""
        kept = []
        if self.most_ratio is not None:
            kept.append(self.ratio is not None and self.ratio <= self.most_ratio)
        if self.most is not None:
            kept.append(self.ours <= self.most)
        return all(kept) if kept else None


# -- running ---------------------------------------------------------------------------------------


def run(way: Way) -> Cost:
    """Runs a command once. Its output is thrown away, unless it fails."""
    way.before()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as given:
        given.write(way.stdin)
        given.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(
            way.command, cwd=way.folder, env=way.env, stdin=given, stdout=out, stderr=out
        )
        _, state, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(state)
        if process.returncode not in way.statuses:
            out.seek(0)
            said = out.read()[-2000:].decode(errors="replace")
            raise SystemExit(f"{way.name}: status {process.returncode}\n{said}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def compare(ways: Sequence[Way], rounds: int = ROUNDS, *, warm: bool = True) -> list[Cost]:
    """The medians of each, run in turn, every second round backwards.

    `warm` runs each once before, which is not counted.
    """
    costs: list[list[Cost]] = [[] for _ in ways]
    for number in range(-1 if warm else 0, rounds):
        turn = list(zip(ways, costs, strict=True))
        for way, found in turn if number % 2 else turn[::-1]:
            cost = run(way)
            if number >= 0:
                found.append(cost)
    return [median(found) for found in costs]


def median(costs: Iterable[Cost]) -> Cost:
    """The median of each figure on its own."""
    return Cost(*(statistics.median(each) for each in zip(*costs, strict=True)))


def against(
    what: str,
    ours: Way,
    peer: Way,
    rounds: int = ROUNDS,
    *,
    most_ratio: float | None = None,
    most: float | None = None,
) -> Row:
    """The row of one command beside one peer, by CPU time."""
    mine, other = compare([ours, peer], rounds)
    return Row(what, mine.cpu, peer.name, other.cpu, most_ratio, most)


# -- printing --------------------------------------------------------------------------------------


def figure(value: float, unit: str) -> str:
    """A figure with three digits or so; seconds below one as milliseconds."""
    if unit == "s" and value < 1:
        value, unit = value * 1000, "ms"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def cells(row: Row) -> tuple[str, ...]:
    beside = row.peer
    if row.beside is not None:
        beside = f"{row.peer} {figure(row.beside, row.unit)}"
    goals = []
    if row.most_ratio is not None:
        goals.append(f"{row.most_ratio:g} x")
    if row.most is not None:
        goals.append(figure(row.most, row.unit))
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} x"
    met = {None: "", True: "yes", False: "NO"}[row.met]
    return row.what, figure(row.ours, row.unit), beside, ratio, ", ".join(goals), met


def line(texts: Sequence[str]) -> str:
    """One line of the table: what stands in words to the left, figures to the right."""
    sides = "<><>>>"
    padded = (f"{t:{side}{w}}" for t, side, w in zip(texts, sides, WIDTHS, strict=True))
    return "  ".join(padded).rstrip()


def show(rows: Iterable[Row]) -> list[Row]:
    """Prints each row as soon as it is there, and returns them."""
    shown = []
    for row in rows:
        print(line(cells(row)), flush=True)
        shown.append(row)
    return shown
