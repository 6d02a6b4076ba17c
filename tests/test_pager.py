"""What is longer than the screen, on a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, process, seedgit

STATUS = ("status", "--overlay")


@pytest.fixture
def many(site: Repo) -> Repo:
    for name in "abcdefgh":
        seedgit(site, "set", PATH, f"/{name}", '"é"', "--new")
    return site


def on_a_terminal(repo: Repo, *words: str, lines: int, pager: str, status: int = 0) -> str:
    """What a person sees of a command: standard output is a terminal of so many lines."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 100, 0, 0))
    env = {**os.environ, "GIT_PAGER": pager, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "seedgit", *words]
    with subprocess.Popen(command, cwd=repo.path, env=env, stdout=there, stderr=there) as running:
        os.close(there)
        seen = b""
        while True:
            try:
                data = os.read(here, 65536)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            seen += data
    os.close(here)
    assert running.returncode == status
    return seen.decode().replace("\r\n", "\n")


def test_what_is_longer_than_the_screen_goes_through_the_pager(many: Repo) -> None:
    plain = process(many, *STATUS).out
    paged = "".join(f"| {line}\n" for line in plain.splitlines())
    assert len(plain.splitlines()) == 11
    for _ in range(2):  # worked out, and printed again
        assert on_a_terminal(many, *STATUS, lines=11, pager="sed 's/^/| /'") == paged
        assert on_a_terminal(many, *STATUS, lines=12, pager="sed 's/^/| /'") == plain


def test_a_terminal_that_does_not_say_how_long_it_is(many: Repo) -> None:
    seen = on_a_terminal(many, *STATUS, lines=0, pager="sed 's/^/| /'")
    assert seen == process(many, *STATUS).out


@pytest.mark.parametrize("pager", ["cat", "", "no-such-pager", "true"])
def test_a_pager_that_shows_nothing(many: Repo, pager: str) -> None:
    """`true` is one that a person has left at once; one that cannot be run leaves it to us."""
    seen = on_a_terminal(many, *STATUS, lines=5, pager=pager)
    if pager == "no-such-pager":  # the shell says so
        assert "not found" in seen.splitlines()[0]
        seen = seen.partition("\n")[2]
    assert seen == ("" if pager == "true" else process(many, *STATUS).out)


def test_the_exit_status_is_the_commands(many: Repo) -> None:
    assert seedgit(many, "set", PATH, "/timeout", "45").status == 0
    many("config", "core.hooksPath", "none")  # they would refuse it
    many.commit({PATH: FLOW.replace("timeout: 30\n", "")})
    words = (*STATUS, "--exit-code")
    assert "Overlay drift" in on_a_terminal(many, *words, lines=5, pager="sed ''", status=1)


def test_an_error_is_told_below_what_was_printed(many: Repo) -> None:
    seen = on_a_terminal(many, "diff", PATH, "no.yaml", lines=3, pager="sed 's/^/| /'", status=2)
    assert "| " not in seen
    assert seen.splitlines()[0].startswith("error: no.yaml")
