"""The page of `seedgit ui`, while 10,000 items wait, in a real browser; and polls of its fleet."""

from __future__ import annotations

import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from bench import repositories as made
from bench.overrides import changes
from bench.table import Row
from seedgit.answer import RACY
from seedgit.cli.ui.desk import SITES, Desk
from tests import browser

COUNT, EACH = 10_000, 10  # items that wait, and how many of a file
SITE_COUNTS = (10_000, 100_000)
RULES = """\
version: 1
seeds:
  - files: "flows/**"
    overlay:
      - path: /**
        on-seed-change: review
"""
PAINT = "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0]"
LISTED = "document.querySelectorAll('#list li').length > 0 && performance.now()"


class Seen(NamedTuple):
    """Seconds after the browser was told to go to the page."""

    painted: float
    listed: float


def path_of(number: int) -> str:
    return f"flows/{number:05}.yaml"


def waiting(count: int) -> Path:
    """A clone in which as many items wait: upstream has changed each value under an override."""
    folder = made.scratch() / f"waiting-{count}"
    folder.mkdir()
    files = range(count // EACH)

    def write(out: IO[bytes]) -> None:
        for version, branch in ((1, b"main"), (2, b"upgrade")):
            out.write(b"commit refs/heads/%s\nmark :%d\n" % (branch, version) + made.PERSON)
            out.write(made.data(b"v%d" % version) + (b"from :1\n" if version == 2 else b""))
            out.write(b"M 100644 inline .seedgit.yaml\n" + made.data(RULES.encode()))
            text = "".join(f"key{key}: {version}\n# about {key}\n" for key in range(EACH))
            for number in files:
                out.write(b"M 100644 inline %s\n" % path_of(number).encode())
                out.write(made.data(f"name: flow-{number}\n{text}".encode()))

    made.git(folder, "init", "-q", "-b", "main", ".")
    made.imported(folder, write)
    made.git(folder, "reset", "-q", "--hard")
    made.git(folder, "config", "seedgit.upstream", "upgrade")
    made.seedgit(folder, "init")
    wanted = ((path_of(n), f"/key{key}", 7 + n % 3) for n in files for key in range(EACH))
    made.seedgit(folder, "set", "--from", changes(f"waiting-{count}.jsonl", wanted))
    made.git(folder, "merge", "-q", "--ff-only", "upgrade")
    return folder


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the page, while the command runs."""
    command = [*made.SEEDGIT, "ui", "--no-browser"]
    process = subprocess.Popen(
        command, cwd=folder, env=made.sealed(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def opened(folder: Path, program: str) -> Seen:
    """What one browser, just started, sees of the page."""
    with served(folder) as address, browser.browser(program) as window:
        window.open(address)
        listed = window.until(LISTED)
        return Seen(window.until(PAINT) / 1000, listed / 1000)


def fleet_of(sites: int) -> Path:
    """A clone with the overlays of as many sites, their refs packed as after a fetch and a gc."""
    folder = made.scratch() / f"fleet-{sites}"
    folder.mkdir()

    def write(out: IO[bytes]) -> None:
        out.write(b"commit refs/heads/main\nmark :1\n" + made.PERSON + made.data(b"v1"))
        out.write(b"M 100644 inline .seedgit.yaml\n" + made.data(RULES.encode()))
        for number in range(sites):
            name = b"refs/seedgit/remotes/hub/site-%06d" % number
            out.write(b"reset %s\nfrom :1\n\n" % name)

    made.git(folder, "init", "-q", "-b", "main", ".")
    made.imported(folder, write)
    made.git(folder, "reset", "-q", "--hard")
    made.git(folder, "pack-refs", "--all")
    return folder


def polls(sites: int, rounds: int) -> Iterator[Row]:
    """What the fleet asks every two seconds while no ref moves, and once one has."""
    folder = fleet_of(sites)
    desk = Desk(str(folder))
    took: dict[str, list[float]] = {"still": [], "moved": []}
    for number in range(rounds):
        made.git(folder, "update-ref", f"refs/seedgit/remotes/hub/new-{number}", "HEAD")
        for name in ("moved", "still"):
            began = time.perf_counter()
            desk.stamp(more=(SITES,))
            took[name].append(time.perf_counter() - began)
            time.sleep(RACY / 1e9 + 0.1)  # until that is some time ago
            if name == "moved":
                desk.stamp(more=(SITES,))
    still, moved = (statistics.median(each) for each in took.values())
    yield Row(f"a poll of the fleet, {sites:,} sites", still, most=0.05)
    yield Row("..., once a ref has moved", moved)


def rows(rounds: int) -> Iterator[Row]:
    for sites in SITE_COUNTS:
        yield from polls(sites, rounds)
    program = browser.find()
    if program is None:
        return
    folder = waiting(COUNT)
    seen = [opened(folder, program) for _ in range(rounds)]
    painted, listed = (statistics.median(each) for each in zip(*seen, strict=True))
    yield Row(f"first paint, {COUNT:,} wait", painted, most=1)
    yield Row("..., until they are listed", listed)
