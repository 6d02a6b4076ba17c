"""What docs/conflicts.md shows is what happens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_conflicts import merging
from tests.cli.test_mergetool import on_a_terminal
from tests.conftest import Repo

DOC = Path(__file__).parent.parent.parent / "docs" / "conflicts.md"
RULES = 'version: 1\nseeds:\n  - files: "flows/**"\n'
FLOW = "# A flow.\nname: wiki\ntimeout: 30\nmodel: small\npaused: false\nlimit: 5\n"
OURS = FLOW.replace("30", "45").replace("limit: 5\n", "")
THEIRS = FLOW.replace("30", "60").replace("limit: 5", "limit: 6")


def shown() -> list[str]:
    """The indented lines, as they are typed and printed."""
    return [line[4:] for line in DOC.read_text().splitlines() if line.startswith("    ")]


def stopped(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"flows/wiki.yaml": (FLOW.encode(), OURS.encode(), THEIRS.encode())}
    merging(repo, files, rules=RULES)
    repo("merge", "--abort")
    repo("update-ref", "refs/remotes/origin/main", "feature")
    repo("merge", "origin/main", ok=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def sh(repo: Repo, command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command], cwd=repo.path, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_the_list_and_the_commands(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(repo, monkeypatch)
    lines = shown()
    first, *others = [n for n, line in enumerate(lines) if line.startswith("$ ")]
    said = sh(repo, lines[first].removeprefix("$ "))
    assert said.splitlines() == lines[first + 1 : others[0]]
    for n in others:
        sh(repo, lines[n].removeprefix("$ "))
    assert repo.read("flows/wiki.yaml").decode() == THEIRS.replace("60", "50")
    assert repo("ls-files", "--unmerged") == ""


def test_the_mergetool(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(repo, monkeypatch)
    *settings, tool = [line for line in shown() if line.startswith("git ")]
    for line in settings:
        sh(repo, line)
    assert tool == "git mergetool"
    said = on_a_terminal(repo, "\no\nt\n", "sh", "-c", tool)
    assert said.status == 0, said.out
    assert repo.read("flows/wiki.yaml").decode() == THEIRS.replace("60", "45")
