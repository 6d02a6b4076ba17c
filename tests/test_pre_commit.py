"""The hook under the pre-commit framework itself, installed from a clone of this repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, package

ROOT = Path(__file__).parent.parent
CONFIG = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: seedgit
        language: system
        entry: {entry}
"""


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone: nothing to install from")
def test_the_framework_runs_the_hook(repo: Repo) -> None:
    # `language: system` spares the build of an environment from a package index; everything else,
    # the manifest of this repository included, is the framework's own doing.
    package(repo)
    rev = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    entry = f"{sys.executable} -m seedgit hook pre-commit"
    repo.commit({".pre-commit-config.yaml": CONFIG.format(repo=ROOT, rev=rev, entry=entry)})
    program = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*program, "install"], cwd=repo.path, check=True, capture_output=True)
    repo.write({PATH: FLOW.replace("timeout: 30", "timeout: 45")})
    repo("add", "--all")
    said = repo("commit", "-m", "edit", ok=False, env=dict(os.environ))
    assert "/timeout: 30 -> 45" in said
    repo.write({PATH: FLOW.replace("paused: false", "paused: true")})
    repo("add", "--all")
    repo("commit", "-m", "owned")
