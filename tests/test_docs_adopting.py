"""docs/adopting-mixed-files.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH
from tests.test_docs_overrides import masked, session

PAGE = Path(__file__).parent.parent / "docs" / "adopting-mixed-files.md"
EMPTY = "version: 1\nseeds: []\n"


def mixed_branch(upstream: Repo) -> Repo:
    """A site that has worked on its branch: a pause and modes, on and off, and one edit."""
    upstream.commit({".seedgit.yaml": EMPTY, PATH: FLOW}, "wiki: v1")
    site = upstream.clone("site")
    paused = FLOW.replace("paused: false", "paused: true")
    for text, message in (
        (paused, "pause"),
        (FLOW, "go on"),
        (paused.replace("mode: live", "mode: drain", 1), "pause, and drain"),
        (paused.replace("mode: live", "mode: drain"), "drain all"),
    ):
        site.commit({PATH: text}, message)
    text = site.read(PATH).decode().replace("timeout: 30", "timeout: 45")
    site.commit({PATH: text}, "slow network")
    return site


def said(site: Repo, command: str) -> list[str]:
    words = re.sub(r"\bseedgit (?=[a-z])", f"{sys.executable} -m seedgit ", command, count=1)
    run = command if command.startswith("git ") or "SEEDGIT_ALLOW" in command else words
    done = subprocess.run(
        ["sh", "-c", run], cwd=site.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return [masked(line) for line in (done.stdout + done.stderr).splitlines() if line]


@pytest.mark.usefixtures("sealed_world")
def test_the_page_is_a_session_that_runs(repo: Repo) -> None:
    site = mixed_branch(repo)
    commands = session(PAGE.read_text())
    assert len(commands) > 10
    for command, shown in commands:
        assert said(site, command) == [masked(line) for line in shown], command
