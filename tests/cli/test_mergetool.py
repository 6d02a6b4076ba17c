"""`seedgit mergetool`: alone, on a terminal, and inside `git mergetool`."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_conflicts import BASE, OURS, THEIRS, flow, merging, value
from tests.conftest import Repo
from tests.documents import FORMATS, text_of
from tests.site import Said, seedgit


@pytest.fixture
def versions(tmp_path: Path) -> list[str]:
    """The three versions as files, as git mergetool makes them."""
    names = []
    for name, content in (("base", BASE), ("local", OURS), ("remote", THEIRS)):
        place = tmp_path / name
        place.write_bytes(text_of(content, "yaml"))
        names.append(str(place))
    return names


def on_a_terminal(repo: Repo, answers: str, *command: str) -> Said:
    """Runs a command as a person at a terminal would, who types `answers`; ^D is the end."""
    lead, follow = pty.openpty()
    process = subprocess.Popen(
        command, cwd=repo.path, stdin=follow, stdout=follow, stderr=follow, close_fds=True
    )
    os.close(follow)
    os.write(lead, answers.encode())
    said = b""
    while True:
        try:
            part = os.read(lead, 4096)
        except OSError:  # the terminal's other end is closed
            break
        if not part:
            break
        said += part
    os.close(lead)
    return Said(process.wait(timeout=60), said.decode().replace("\r\n", "\n"), "")


def tool(repo: Repo, answers: str, names: list[str], merged: str = "f.yaml") -> Said:
    return on_a_terminal(
        repo, answers, sys.executable, "-m", "seedgit", "mergetool", *names, merged
    )


def test_it_asks_about_each_conflict(repo: Repo, versions: list[str]) -> None:
    merging(repo, flow("yaml"))
    said = tool(repo, "x\no\nt\nb\ne\nmy own\n", versions)
    assert "f.yaml:" in said.out
    assert "/timeout  both-changed" in said.out
    assert "resolved 4, 0 left" in said.out
    assert said.status == 0
    steps = [{"id": "fetch", "mode": "live"}, {"id": "rank", "mode": "my own"}]
    assert value(repo, "yaml") == {**THEIRS, "timeout": 45, "steps": steps}
    assert repo("ls-files", "--unmerged") != ""


def test_what_is_skipped_stays(repo: Repo, versions: list[str]) -> None:
    merging(repo, flow("yaml"))
    said = tool(repo, "s\nt\n\x04", versions)
    assert said.status == 1
    assert "resolved 1, 3 left" in said.out
    assert repo.read("f.yaml").count(b"<<<<<<<") == 3


def test_a_choice_that_cannot_be_is_asked_again(repo: Repo, versions: list[str]) -> None:
    merging(repo, flow("yaml"))
    repo.write({"f.yaml": repo.read("f.yaml").replace(b"60", b"61")})
    said = tool(repo, "e\n5\nt\no\no\no\n", versions)
    assert "only the lines of this conflict are known" in said.out
    assert said.status == 0
    assert value(repo, "yaml") == {**OURS, "timeout": 61}


def test_nothing_marked_is_not_taken_for_resolved(repo: Repo, versions: list[str]) -> None:
    merging(repo, flow("yaml"))
    repo.write({"f.yaml": text_of(OURS, "yaml")})
    assert tool(repo, "", versions).status == 1


def test_without_a_terminal_it_lists(repo: Repo, versions: list[str]) -> None:
    merging(repo, flow("yaml"))
    before = repo.read("f.yaml")
    said = seedgit(repo, "mergetool", *versions, "f.yaml")
    assert said.status == 1
    assert "/steps/1/mode" in said.out
    assert repo.read("f.yaml") == before
    said = seedgit(repo, "mergetool", "none", *versions[1:], "f.yaml")
    assert "/timeout  both-added" in said.out or "(text)" in said.out


@pytest.mark.parametrize("format", FORMATS)
def test_inside_git_mergetool(repo: Repo, format: str) -> None:
    merging(repo, flow(format))
    command = f'{shlex.quote(sys.executable)} -m seedgit mergetool "$BASE" "$LOCAL" "$REMOTE"'
    repo("config", "merge.tool", "seedgit")
    repo("config", "mergetool.seedgit.cmd", command + ' "$MERGED"')
    repo("config", "mergetool.seedgit.trustExitCode", "true")
    repo("config", "mergetool.keepBackup", "false")
    said = on_a_terminal(repo, "t\nt\no\nt\n", "git", "mergetool", "--no-prompt")
    assert said.status == 0, said.out
    steps = [{"id": "fetch", "mode": "drain"}, {"id": "rank", "mode": "off"}]
    assert value(repo, format) == {**THEIRS, "steps": steps}
    assert repo("status", "--porcelain") == f"M  f.{format}"
