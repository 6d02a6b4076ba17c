"""The commands of docs/upgrading.md run, in their order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of

DOCS = Path(__file__).parent.parent / "docs"


def test_upgrading(repo: Repo) -> None:
    upstream = package(repo)
    site = site_of(upstream, hooks=True)
    for pointer, value in (("/steps/0/max_items", "1"), ("/limit", "2"), ("/steps/1/mode", "off")):
        seedgit(site, "set", PATH, pointer, value)
    text = FLOW.replace("50", "80").replace("limit: 5", "limit: 9")
    upstream.commit({PATH: text.replace("  - id: rank\n    mode: live\n", "")}, "v2")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    lines = (DOCS / "upgrading.md").read_text().splitlines()
    commands = [line.strip() for line in lines if line.startswith(("    git ", "    seedgit "))]
    assert len(commands) > 10
    said = ""
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
        said += done.stdout
    assert "a person is needed" in said
    assert "limit: 8\n" in seedgit(site, "render", PATH).out
