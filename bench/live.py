"""A live tree of 10,000 files, 1,000 of them with overrides: what a sync of it costs.

Mostly nothing has moved since the last one; or a program has written one file.
"""

from __future__ import annotations

import functools
import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import repositories as made
from bench import seeds
from bench.startup import environment
from bench.table import Row, Way, compare

SETTLED = 2.1  # seconds after which a file is not one that changed just now
WRITTEN = 7  # the seed whose file the program writes


def program(app: Path) -> Callable[[], None]:
    """Writes a value that the site owns into one live file, each time another one."""
    file, limits = app / seeds.path_of(WRITTEN), itertools.count(1000)

    def write() -> None:
        lines = file.read_text().splitlines(keepends=True)
        at = next(n for n, line in enumerate(lines) if "max_items" in line)
        lines[at] = f"    max_items: {next(limits)}\n"
        file.write_text("".join(lines))

    return write


def rows(rounds: int) -> Iterator[Row]:
    folder = made.copy(seeds.repository(seeds.COUNT, seeds.OVERRIDDEN))
    app, program_of = folder.parent / f"{folder.name}-app", environment() / "seedgit"
    env = made.sealed()

    first = Way("live", (program_of, "live", app), folder, env, functools.partial(_gone, app))
    yield Row("live, 10,000 new files", compare([first], 1, warm=False)[0].cpu)
    sync = Way("sync", (program_of, "sync"), folder, env)
    for _ in range(2):
        time.sleep(SETTLED)
        compare([sync], 1, warm=False)
    quiet, status = compare([sync, seeds.git_status(folder)], rounds)
    yield Row("sync, nothing to do", quiet.cpu, "git status", status.cpu, most_ratio=3)
    write = program(app)
    one = Way("sync", (program_of, "sync"), folder, env, write)
    written, _ = compare([one, sync], rounds)
    yield Row("..., one file written: more", written.cpu - quiet.cpu, most=0.05)


def _gone(app: Path) -> None:
    shutil.rmtree(app, ignore_errors=True)
