"""The commands of docs/fleet.md run, in their order, and change nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of

PAGE = Path(__file__).parent.parent / "docs" / "fleet.md"


def test_the_commands_of_the_page(repo: Repo) -> None:
    upstream = package(repo)
    site = site_of(upstream)
    seedgit(site, "set", PATH, "/steps/0/max_items", "1")
    site("push", "--quiet", "origin", "refs/seedgit/overlays/local:refs/seedgit/overlays/oslo")
    upstream.commit({PATH: FLOW.replace("50", "80")}, "v2")
    site("fetch", "--quiet")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    lines = PAGE.read_text().splitlines()
    commands = [line.strip() for line in lines if line.startswith(("    git ", "    seedgit "))]
    assert len(commands) == 8
    said = []
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=site.path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        said.append(done.stdout)
    told = f"2 of 2 sites: {PATH} /steps/[id=fetch]/max_items moved-under\n      local, origin/oslo"
    assert told in said[1]
    assert "a person is needed" in said[4]
    assert "100%" in said[5]
    assert site("status", "--porcelain").split() == ["??", "plan.html"]
