"""^C in the middle of long work, on a terminal: status 130, no traceback, nothing half-written."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

from seedgit.cli.progress import rate
from tests.conftest import Repo
from tests.site import FLOW, PATH, seedgit

pytestmark = pytest.mark.real_start

# Draws at once, and then waits where the run would go on: ^C comes in the middle of it. One long
# sleep would not end if the signal came just before it.
PROGRAM = """
import sys, time
from seedgit.cli import progress
progress.PATIENCE = progress.BETWEEN = 0
show = progress.Bar.show
def shown(self, done, of):
    show(self, done, of)
    if done < of and done >= int(sys.argv[1]):
        for _ in range(1200):
            time.sleep(0.1)
progress.Bar.show = shown
from seedgit.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def busy(upstream: Repo, site: Repo) -> Repo:
    """A site with three merges, edits of its own, and three overlays beside each other."""
    for number in range(3):
        now = site.read(PATH).decode().replace("timeout: 3", f"timeout: {number + 4}3")
        site.commit({PATH: now, f"flows/more-{number}.yaml": FLOW}, f"ours {number}")
        there = upstream.read(PATH).decode().replace("limit: 5", f"limit: {number}5")
        upstream.commit({PATH: there.replace("small", f"large{number}")}, f"theirs {number}")
        site("fetch", "--quiet")
        site("merge", "--quiet", "--no-edit", "-X", "ours", "origin/main")
        site("config", "--replace-all", "seedgit.overlay", f"site-{number}")
        assert seedgit(site, "set", PATH, "/model", f"m{number}").status == 0
        site("config", "--unset-all", "seedgit.overlay")
    upstream.commit({PATH: upstream.read(PATH).decode() + "more: 1\n"}, "next")
    site("fetch", "--quiet")
    return site


def state(site: Repo) -> tuple[str, str, list[str]]:
    """What refs, files and half-written things there are. The journal and caches may grow."""
    names = [str(path) for path in (site.path / ".git").rglob("*")]
    left = [name for name in names if name.endswith(".lock") or "tmp" in name.rpartition("/")[2]]
    return site("for-each-ref"), site("status", "--porcelain"), left


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize(
    "words",
    [
        ("replay",),
        ("verify", "HEAD~6..HEAD"),
        ("suggest",),
        ("adopt",),
        ("fleet", "plan", "origin/main"),
        ("fleet", "overrides"),
    ],
)
def test_an_interrupt_ends_long_work(busy: Repo, words: tuple[str, ...], after: int) -> None:
    before = state(busy)
    screen, end = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(after), *words],
        cwd=busy.path,
        env={**os.environ, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=end,
        start_new_session=True,
    )
    os.close(end)
    said = b""
    while f"{after}/".encode() not in said:
        said += os.read(screen, 4096)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: git gets it too
    out, _ = running.communicate(timeout=60)
    said += os.read(screen, 65536)
    os.close(screen)
    assert running.returncode == 130
    assert b"Traceback" not in said and b"error" not in said
    assert b"/min" in said or b"/s" in said
    assert out == b""
    assert state(busy) == before
    assert seedgit(busy, "doctor").out.count("journal is damaged") == 0
    assert seedgit(busy, *words).status in (0, 1)  # and it can be run again


@pytest.mark.parametrize(
    ("done", "seconds", "said"),
    [(0, 0, "0/min"), (10, 2, "5/s"), (1, 4, "15/min"), (120_000, 10, "12,000/s"), (3, 3, "1/s")],
)
def test_a_rate(done: float, seconds: float, said: str) -> None:
    assert rate(done, seconds) == said
