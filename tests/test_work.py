"""How much a command does beside its work: the modules it loads, the processes it starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Repo
from tests.site import PATH, package, seedgit

ROOT = str(Path(__file__).parent.parent)
PROGRAM = """
import json, subprocess, sys
sys.path.insert(0, sys.argv.pop(1))
started = []
start = subprocess.Popen.__init__
def counted(self, words, *more, **options):
    names = [word.decode() for word in words[1:]]
    started.append(next(n for n in names if not n.startswith(("-", "core."))))
    start(self, words, *more, **options)
subprocess.Popen.__init__ = counted
from seedgit.start import main
status = main()
print(json.dumps([status, started, list(sys.modules)]))
"""
# Each of them takes longer to load than a command runs without it.
UNNEEDED = {
    "argcomplete", "difflib", "hashlib", "pygit2", "random", "secrets", "shlex", "socket", "ssl",
    "tempfile", "tomlkit", "traceback", "yaml",
}  # fmt: skip
READ = ["rev-parse", "config", "cat-file", "cat-file", "ls-files"]
WRITE = ["var", "index-pack", "update-ref"]
HISTORY = ["rev-parse", "rev-list", "status", "remote"]


@pytest.fixture
def site(repo: Repo) -> Repo:
    package(repo)
    seedgit(repo, "init")
    assert seedgit(repo, "set", PATH, "/timeout", "45").status == 0
    return repo


def work(site: Repo, *words: str) -> tuple[list[str], set[str]]:
    """The git commands that a command starts, and the modules it loads."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, ROOT, *words],
        cwd=site.path,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    assert found[0] == 0, done.stderr
    return found[1], set(found[2])


@pytest.mark.parametrize(
    ("words", "processes", "most"),
    [
        (["set", PATH, "/timeout", "60"], [*READ, *WRITE], 110),
        (["status"], [*READ, *HISTORY], 140),
    ],
)
def test_a_command_loads_and_starts_little(
    site: Repo, words: list[str], processes: list[str], most: int
) -> None:
    started, modules = work(site, *words)
    assert sorted(started) == sorted(processes)
    assert not modules & UNNEEDED
    assert len([name for name in modules if name.startswith("seedgit.")]) <= most
