"""docs/overrides.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.conftest import Repo
from tests.site import FLOW, PATH, package, site_of

PAGE = Path(__file__).parent.parent / "docs" / "overrides.md"


def session(page: str) -> list[tuple[str, list[str]]]:
    """The commands of a page, each with the output shown below it."""
    found: list[tuple[str, list[str]]] = []
    inside = False
    for line in page.splitlines():
        if line.startswith("    $ "):
            found.append((line[6:], []))
            inside = True
        elif inside and line.startswith("    "):
            found[-1][1].append(line[4:])
        elif line:
            inside = False
    return found


def said(site: Repo, command: str) -> list[str]:
    words = shlex.split(command)
    if words[0] == "seedgit":
        words = [sys.executable, "-m", "seedgit", *words[1:]]
    done = subprocess.run(words, cwd=site.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return [masked(line) for line in (done.stdout + done.stderr).splitlines() if line]


def masked(line: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "<commit>", line)


def test_the_overrides_page_is_a_session_that_runs(repo: Repo) -> None:
    site = site_of(package(repo))
    new = FLOW.replace("max_items: 50", "max_items: 80").replace("paused: false", "paused: true")
    repo.commit({PATH: new.replace("  - id: rank\n    mode: live\n", "")}, "wiki: v2")
    repo("tag", "v2")
    commands = session(PAGE.read_text())
    assert len(commands) > 10
    for command, shown in commands:
        assert said(site, command) == [masked(line) for line in shown], command
