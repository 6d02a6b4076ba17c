"""One `git merge` of many small files, beside mergiraf where it is on PATH, else beside git alone.

`far`: the changes of the two sides are far apart, so text merges them. `adjacent`: they are on two
lines that follow each other, so it takes the structure.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.repositories import git, scratch, sealed
from bench.table import LONG, ROUNDS, Row, Way, compare
from seedgit.operations.install.driver_command import driver_command

FILES = 1000
MERGIRAF = "mergiraf merge --git %O %A %B -s %S -x %X -y %Y -p %P -l %L"
SERVICE = """\
service{n:02d}:
  image: registry/app-{n}:1.{n}.0
  replicas: {n}
  port: {port}
  env:
    LEVEL: info
    NAME: service-{n}
"""
TEXT = "".join(SERVICE.format(n=n, port=8000 + n) for n in range(12))
OURS = TEXT.replace("replicas: 2\n", "replicas: 22\n")
THEIRS = {
    "far": TEXT.replace("port: 8009\n", "port: 9009\n"),
    "adjacent": TEXT.replace("port: 8002\n", "port: 9002\n"),
}
GOALS = {"far": 0.7, "adjacent": 0.5}


def repository(kind: str) -> Path:
    """A repository whose branches `main` and `theirs` both changed every file."""
    folder = scratch() / f"batch-{kind}"
    (folder / "flows").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "gc.auto", "0")
    for branch, text in (("main", TEXT), ("theirs", THEIRS[kind]), ("main", OURS)):
        git(folder, "checkout", "-q", *([branch] if text == OURS else ["-B", branch]))
        for number in range(FILES):
            name = folder / "flows" / f"{number:04d}.yaml"
            name.write_text(f"# file {number}\n{text}", encoding="utf-8")
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", branch)
    git(folder, "tag", "start")
    (folder / ".git/info").mkdir(exist_ok=True)
    return folder


def way(name: str, driver: str, folder: Path) -> Way:
    def ready(driver: str) -> None:
        git(folder, "reset", "-q", "--hard", "start")
        git(folder, "config", "merge.bench.driver", driver or "false")
        rule = "*.yaml merge=bench\n" if driver else ""
        (folder / ".git/info/attributes").write_text(rule, encoding="utf-8")

    words = ("git", "merge", "-q", "--no-edit", "theirs")
    return Way(name, words, folder, sealed(), partial(ready, driver), statuses=(0, 1))


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    for kind, goal in GOALS.items():
        folder = repository(kind)
        peer = ("mergiraf", MERGIRAF) if shutil.which("mergiraf") else ("git alone", "")
        ways = [way("seedgit", driver_command(), folder), way(*peer, folder)]
        ours, other = compare(ways, min(rounds, LONG), warm=False)
        what = f"git merge, {FILES} files of {len(TEXT) / 1000:.1f} kB, {kind}"
        yield Row(what, ours.cpu, peer[0], other.cpu, goal if peer[1] else None)
