"""What every history starts from, and the releases that upstream makes in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.conftest import Repo
from tests.simulator.history import CLONES, FIRST, LIVE, OVERLAYS, SITES
from tests.simulator.seeds import Release, first, imported
from tests.site import seedgit

# What all clones have in the beginning.
BEGUN = {"fleet": (str(FIRST - 2), "/limit"), "local": (str(FIRST - 1), "/paused")}


def template(top: Path) -> None:
    """An upstream, a hub, the clones, which share two layers, a worktree and a live tree."""
    for name in ("upstream", "hub"):
        subprocess.run(["git", "init", "--quiet", "--bare", str(top / name)], check=True)
    released_in(Repo(top / "upstream"), [first()])
    for name in CLONES:
        words = ("clone", "--quiet", f"file://{top}/upstream", name)
        subprocess.run(["git", *words], cwd=top, check=True)
        clone = Repo(top / name)
        _done(clone, "init")
        shutil.rmtree(clone.path / ".git/hooks")
        for remote in ("hub", *CLONES):
            clone("remote", "add", remote, f"file://{top}/{remote}")
        _done(clone, "layer", "add", "fleet")
        _done(clone, "layer", "order", *OVERLAYS)
    one, *others = (Repo(top / name) for name in CLONES)
    for overlay, (value, place) in BEGUN.items():
        words = ("flows/wiki.yaml", place, value, "--as-json", "--overlay", overlay)
        _done(one, "set", *words)
    _done(one, "push", "hub")
    for clone in others:
        _done(clone, "pull", "hub")
    for worktree, clone_of in SITES.items():
        if worktree != clone_of:
            Repo(top / clone_of)("worktree", "add", "--quiet", "--detach", str(top / worktree))
    _done(Repo(top / LIVE), "live", str(top / "app"))


def _done(repo: Repo, *words: str) -> None:
    said = seedgit(repo, *words)
    assert said.status == 0, (words, said)


def released_in(repo: Repo, releases: list[Release]) -> list[str]:
    marks = repo.path / "marks"
    words = ("fast-import", "--quiet", "--done", "--force", f"--export-marks={marks}")
    repo("-c", "fastimport.unpackLimit=0", *words, stdin=imported(releases))
    found = dict(line.split() for line in marks.read_text().splitlines())
    return [found[f":{n + 1}"] for n in range(len(releases))]
