"""What a large file costs whatever its shape: ours and theirs edit neighbouring entries.

git's own merge of such edits conflicts, so the driver has to merge by structure. Each shape is
merged at two sizes: the second row's ratio shows whether the cost grows faster than the size.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.repositories import ROOT, scratch, sealed
from bench.shapes import SHAPES, edited
from bench.table import LONG, ROUNDS, Row, Way, compare

PYTHON = f"exec {shlex.quote(sys.executable)} -I -S"
DRIVER = f"{PYTHON} {shlex.quote(str(ROOT / 'seedgit' / 'merge_driver.py'))} O A B 7 %P"
GIT = "exec git merge-file -q A O B"
ANY = tuple(range(128))
SMALL, LARGE = 500_000, 2_000_000
CPU, MEMORY, GROWTH = 0.5, 40.0, 1.2  # the goals: seconds and megabytes a megabyte, times the size


def versions(shape: str, size: int) -> list[str]:
    """Base, ours and theirs of at least this size."""
    entry, head, foot = SHAPES[shape]
    count = size // len(entry.format(100_000, 7)) + 1
    parts = [entry.format(n, n % 7 + 1) for n in range(count)]

    def side(*edits: int) -> str:
        return "".join(
            [head, *(edited(part) if n in edits else part for n, part in enumerate(parts)), foot]
        )

    return [side(), side(count // 2), side(count // 2 + 1)]


def written(folder: Path, texts: list[str]) -> None:
    for name, text in zip("OAB", texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8", newline="")


def ways(folder: Path, shape: str, before: Callable[[], None]) -> list[Way]:
    commands = (("seedgit", DRIVER.replace("%P", shlex.quote(shape)), (0,)), ("git", GIT, ANY))
    return [
        Way(name, ["sh", "-c", command], folder, sealed(), before, statuses=statuses)
        for name, command, statuses in commands
    ]


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    folder = scratch()
    for shape in SHAPES:
        costs = []
        for size in (SMALL, LARGE):
            texts = versions(shape, size)
            some = ways(folder, shape, partial(written, folder, texts))
            some = some[: 2 if size == LARGE else 1]
            found = compare(some, min(rounds, LONG), warm=False)
            costs.append((len(texts[0]) / 1e6, found))
        (small, [first]), (large, [ours, git]) = costs
        cpu = ours.cpu / large
        yield Row(f"{shape}, CPU a MB", cpu, "git merge-file", git.cpu / large, most=CPU)
        used, least = ours.memory / large, git.memory / large
        yield Row(f"{shape}, memory", used, "git merge-file", least, most=MEMORY, unit="MB/MB")
        growth = cpu / (first.cpu / small)
        yield Row(f"{shape}, 2 MB: 0.5 MB", growth, most=GROWTH, unit="x")
