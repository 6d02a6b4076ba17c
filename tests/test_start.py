"""Before seedgit runs: ^C, and parts of it that are missing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.lost import Environment
from tests.site import PATH, package, seedgit

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
    "name", ["seedgit.cli.main", "seedgit.git.repository", "pygit2", "seedgit.cli.commands.why"]
)
def test_an_interrupt_prints_no_traceback(name: str) -> None:
    done = start(name, INTERRUPT, "status")
    assert (done.returncode, done.stderr, done.stdout) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("name", ["seedgit.driver", "seedgit.formats.three_way"])
def test_nor_in_the_driver(name: str, tmp_path: Path) -> None:
    files = [tmp_path / version for version in ("base", "ours", "theirs")]
    for file in files:
        file.write_text(f"a: {file.name}\n")
    words = [*map(str, files), "7", "a.yaml"]
    done = start(name, INTERRUPT, *words, file="merge_driver.py")
    assert (done.returncode, done.stderr, done.stdout) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("name", ["pygit2", "seedgit.mode", "yaml"])
def test_what_is_missing_is_named(name: str, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    package(repo)
    monkeypatch.chdir(repo.path)
    done = start(name, MISSING, "render", PATH)
    assert done.returncode == 127
    assert done.stderr.count("\n") == 2 and "Traceback" not in done.stderr
    assert f"No module named {name!r}" in done.stderr
    assert "seedgit doctor --fix" in done.stderr


def test_the_program_that_pip_writes_starts_here(repo: Repo, tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("seedgit"), "--version"], capture_output=True, text=True
    )
    assert done.stdout == seedgit(repo, "--version").out
    assert "seedgit.start" in Path(sys.executable).with_name("seedgit").read_text()
    assert Environment(tmp_path / "env").program.is_file()
