"""A sync without anything to do loads nothing that would do it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import Repo
from tests.site import PATH, package, seedgit, site_of

ROOT = str(Path(__file__).parents[3])
PROGRAM = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from seedgit.git import file_ids
file_ids.RACY = 0
from seedgit.start import main
sys.exit(main() or print(*sys.modules))
"""


def loaded(site: Repo, *words: str) -> tuple[str, set[str]]:
    """What a command says, and the modules that it loads, where no file counts as just changed."""
    time.sleep(0.01)  # longer than the clock of files stands still
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, ROOT, *words],
        cwd=site.path,
        capture_output=True,
        text=True,
        check=True,
    )
    *said, modules = done.stdout.splitlines()
    return "\n".join(said), set(modules.split())


def test_where_nothing_moved(repo: Repo) -> None:
    site = site_of(package(repo))
    app = site.path.parent / "app"
    assert seedgit(site, "live", str(app)).status == 0
    loaded(site, "sync")
    for words in (["sync"], ["sync", "--check"], ["status"]):
        said, modules = loaded(site, *words)
        assert ("in step" in said) == (words != ["status"])
        assert "seedgit.operations.live_tree.in_step" in modules
        heavy = {"hashlib", "yaml", "seedgit.operations.sync", "seedgit.merge.engine"}
        assert not modules & heavy
    (app / PATH).unlink()
    said, modules = loaded(site, "sync")
    assert f"{app / PATH} was written" in said
    assert "seedgit.operations.sync" in modules
