"""Before seedgit runs: ^C, and parts of it that are missing."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.site import PATH, package

pytestmark = pytest.mark.real_start

PACKAGE = Path(__file__).parent.parent / "seedgit"
# Something happens when a module is looked for.
PROGRAM = """
import os, runpy, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            {action}
sys.meta_path.insert(0, Finder())
sys.argv = {argv!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""
INTERRUPT = "os.kill(os.getpid(), signal.SIGINT)"
MISSING = "raise ModuleNotFoundError(f'No module named {name!r}')"


def start(
    name: str, action: str, *argv: str, file: str = "__main__.py"
) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(name=name, action=action, argv=[str(PACKAGE / file), *argv])
    words = [sys.executable, "-I", "-c", program]
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("seedgit.errors", "status"),  # the first that it loads
        ("seedgit.cli.main", "status"),
        ("seedgit.git.repository", "status"),
        ("pygit2", "doctor"),
        ("seedgit.cli.commands.status", "status"),
    ],
)
def test_an_interrupt_prints_no_traceback(name: str, command: str) -> None:
    done = start(name, INTERRUPT, command)
    assert (done.returncode, done.stderr, done.stdout) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("name", ["seedgit.driver.main", "seedgit.formats.merge"])
def test_nor_in_the_driver(name: str, tmp_path: Path) -> None:
    files = [tmp_path / version for version in ("base", "ours", "theirs")]
    for file in files:
        file.write_text(f"a: {file.name}\n")
    words = [*map(str, files), "7", "a.yaml"]
    done = start(name, INTERRUPT, *words, file="merge_driver.py")
    assert (done.returncode, done.stderr, done.stdout) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pygit2", ["doctor"]),
        ("seedgit.mode", ["render", PATH]),
        ("yaml", ["render", PATH]),
        ("seedgit.cli.commands.render", ["render", PATH]),
    ],
)
def test_what_is_missing_is_named(
    name: str, words: list[str], repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(repo)
    monkeypatch.chdir(repo.path)
    done = start(name, MISSING, *words)
    assert done.returncode == 127
    assert done.stderr.count("\n") == 2 and "Traceback" not in done.stderr
    assert f"No module named {name!r}" in done.stderr
    assert "seedgit doctor --fix" in done.stderr


def test_the_programs_that_pip_writes_start_here() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == dict.fromkeys(("seedgit", "git-seedgit"), "seedgit.start:main")
