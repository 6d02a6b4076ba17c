"""A program that a server starts does what it does where Python itself is started."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedgit import merge_driver
from seedgit.operations.install.hook_scripts import PROGRAM
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, program_path, site_of
from tests.started import server
from tests.starting import PLACE

HOOK = [sys.executable, "-I", PROGRAM]
DRIVER = [sys.executable, "-I", "-S", merge_driver.__file__]
SIDES = {"b": FLOW, "o": FLOW.replace("30", "45"), "t": FLOW.replace("limit: 5", "limit: 6")}


@pytest.fixture(autouse=True)
def place(start_servers: Path | None) -> Path:
    if start_servers is None:
        pytest.skip("no program is in Python's place here")
    return start_servers


def both(site: Repo, words: list[str], **how: object) -> tuple[object, ...]:
    """What a program prints, how it ends and which files there are then, if it is served or not."""
    found = []
    for served in (True, False):
        site.write({**SIDES, ".git/seedgit/stamp": ""})
        environment = dict(os.environ)
        if not served:
            del environment[PLACE]
        done = subprocess.run(
            words, cwd=site.path, env=environment, capture_output=True, check=False, **how
        )
        sides = [site.read(name) if (site.path / name).exists() else None for name in SIDES]
        found.append((done.returncode, done.stdout, done.stderr, sides))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([*HOOK, "status"], 0),
        ([*HOOK, "hook", "pre-commit"], 0),
        ([*HOOK, "nonsense"], 2),
        ([*HOOK, "set", PATH, "/none/there", "1"], 2),
        ([sys.executable, "-m", "seedgit", "status", "--json"], 0),
        ([sys.executable, "-m", "seedgit", "help", "set"], 0),
        (["seedgit", "--version"], 0),
        ([*DRIVER, "b", "o", "t", "7", PATH], 0),
        ([*DRIVER, "b", "o", "b", "7", PATH], 0),
        ([*DRIVER, "b", "o", "none", "7", PATH], 12),
        (["sh", "-c", 'umask 027; exec "$@" 1>&-', "sh", *HOOK, "status"], None),
        (["sh", "-c", 'exec "$@" <&- 2>&-', "sh", *HOOK, "nonsense"], None),
        (["sh", "-c", 'exec "$@" >/dev/full', "sh", *HOOK, "status"], None),
    ],
    ids=lambda value: "",
)
def test_it_ends_and_prints_alike(
    repo: Repo, words: list[str], status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program_path())
    found = both(site_of(package(repo)), words)
    assert status is None or found[0] == status


REPORT = """\
import os, signal, sys
umask = os.umask(0)
print(sys.argv, sys.orig_argv, sys.path, sys.executable, __name__, __package__, os.getppid())
print(os.getcwd(), sorted(os.environ.items()), umask, os.getpgrp(), os.getsid(0), sys.stdin.read())
print(sys.flags.isolated, sys.stdin.encoding, sys.stdout.errors, sys.stderr.line_buffering)
print(os.fstat(5).st_size, os.listdir("/dev/fd"), signal.getsignal(signal.SIGINT))
"""
WAITING = """\
import os, signal, sys, time
signal.signal(signal.SIGUSR1, lambda *_: os._exit(7))
signal.signal(signal.SIGINT, signal.SIG_DFL)
print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[list[list[str]]]:
    """The command lines of REPORT and WAITING, which a server starts."""
    files = [tmp_path / "report.py", tmp_path / "waiting.py"]
    for file, text in zip(files, (REPORT, WAITING), strict=True):
        file.write_text(text)
    with server(tmp_path, "command", *map(str, files)):
        yield [[sys.executable, "-I", str(file)] for file in files]


def test_what_a_program_gets(
    programs: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD", os.fsdecode(b"\xff=\n"))
    shell = 'umask 026; exec 5<"$3"; "$@" x "" ü; exit $?'
    words = ["sh", "-c", shell, "sh", *programs[0]]
    found = []
    for place in (str(tmp_path), ""):
        monkeypatch.setenv(PLACE, place)
        done = subprocess.run(
            words, input="in", text=True, cwd=tmp_path, capture_output=True, check=True
        )
        found.append(done.stdout.replace(f"('{PLACE}', '{place}')", ""))
    # The shell is the parent, and another one each time.
    first, second = (re.sub(r"__main__ None \d+", "", text) for text in found)
    assert first == second


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_are_handed_on(
    programs: list[list[str]],
    tmp_path: Path,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PLACE, str(tmp_path))
    with subprocess.Popen(programs[1], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert int(running.stdout.readline()) != running.pid  # it is served
        running.send_signal(number)
        assert running.wait() == (7 if number == signal.SIGUSR1 else -number)


def test_what_is_killed_is_gone(
    programs: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLACE, str(tmp_path))
    with subprocess.Popen(programs[1], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.kill()
        assert running.wait() == -signal.SIGKILL
        assert running.stdout.read() == b""  # nobody has it open any more


@pytest.mark.parametrize(
    "shell",
    [
        "ulimit -n 99; exec",
        "trap '' TERM; exec",
        "LC_ALL=C.UTF-8 exec",
        "LD_BIND_NOW=1 exec",
        "setsid -w",
    ],
)
def test_in_other_circumstances_python_starts(
    programs: list[list[str]], tmp_path: Path, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLACE, str(tmp_path))
    words = ["sh", "-c", f'{shell} "$@"', "sh", *programs[1]]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        number = int(running.stdout.readline())
        assert b"waiting.py" in Path(f"/proc/{number}/cmdline").read_bytes()
        os.kill(number, signal.SIGKILL)
