"""The page of `seedgit ui`, in a real browser, while 10,000 items wait."""

from __future__ import annotations

import signal
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from bench import repositories as made
from bench.overrides import changes
from bench.table import Row
from tests import browser

COUNT, EACH = 10_000, 10  # items that wait, and how many of a file
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


def rows(rounds: int) -> Iterator[Row]:
    program = browser.find()
    if program is None:
        return
    folder = waiting(COUNT)
    seen = [opened(folder, program) for _ in range(rounds)]
    painted, listed = (statistics.median(each) for each in zip(*seen, strict=True))
    yield Row(f"first paint, {COUNT:,} wait", painted, most=1)
    yield Row("..., until they are listed", listed)
