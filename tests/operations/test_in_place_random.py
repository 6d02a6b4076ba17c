"""Laws 14 and 15 in place: random runs of programs, people, git and killed filters."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from seedgit.errors import SeedgitError
from seedgit.formats.document import Document
from seedgit.git.live_tree import in_place_tree
from seedgit.git.settings import FILTER_PROCESS
from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.in_place.filter_settings import filter_command
from seedgit.operations.in_place.setup import begin_in_place
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.stack.effective import effective
from seedgit.operations.sync import sync
from seedgit.operations.workspace import Workspace
from seedgit.values.value import same
from tests import cut
from tests.conftest import Repo
from tests.documents import EVERY, text_of
from tests.live_world import (
    OWN,
    PACKAGES,
    RULES,
    STORM,
    World,
    changed,
    seed_of,
    value_at,
    within,
)
from tests.site import site_of

SEQUENCES = int(os.environ.get("SEQUENCES", "5"))  # of each format
SEEDS = st.sampled_from(["live", 3, False])  # what upstream, or a person, may write
KINDS = ("merge", "rebase", "cherry-pick", "pull")


class InPlace(World):
    """A program whose file is in the working tree.

    doubtful  what the program wrote since anybody looked: a command that discards may lose it
    secret    the filter is there from the start, so that no effective value is ever in an object
    canaries  every value that the program, or the overlay, put at a place of the site's
    """

    def __init__(self, site: Repo, upstream: Repo, path: str, *, secret: bool) -> None:
        self.site, self.upstream, self.path, self.app = site, upstream, path, site.path
        self.secret = secret
        self.written = {}
        self.doubtful: set[str] = set()
        self.canaries: set[str] = set()
        self.branch, self.number = "main", 0

    def open(self) -> Workspace:
        return Workspace.open(str(self.site.path))

    # -- what happens ------------------------------------------------------------------------------

    def canary(self) -> str:
        """A new value, as long as the seed's, so that git may not see it by the size."""
        self.number += 1
        self.canaries.add(f"zq{self.number:02}")
        return f"zq{self.number:02}"

    def write(self, pointer: str, style: str) -> None:
        """The program writes a new value, or the seed's own, to a place of the site's."""
        if not (self.app / self.path).exists():
            return
        with contextlib.suppress(SeedgitError):  # markers in it
            self.program(pointer, self.canary(), style)
            self.doubtful.add(self.place(pointer))

    def back(self, pointer: str, style: str) -> None:
        """The program writes the seed's own value: the override ends."""
        staged = self.parsed(self.staged())
        with contextlib.suppress(SeedgitError, OSError):
            self.program(pointer, value_at(staged, self.place(pointer)), style)
            self.written.pop(self.place(pointer), None)

    def drift(self, pointer: str, value: Any, style: str) -> None:
        with contextlib.suppress(SeedgitError, OSError):
            self.program(pointer, value, style)

    def set_canary(self, pointer: str) -> None:
        self.set(pointer, self.canary())
        self.sync()

    def git(self, *words: str, killed: bool = False) -> bool:
        """Run git, which may refuse; it is never killed: its filter is (`cut`)."""
        assert not killed
        done = subprocess.run(
            ["git", *words],
            cwd=self.site.path,
            capture_output=True,
            text=True,
            env={**os.environ, "SEEDGIT_ALLOW": "test", "GIT_EDITOR": "true"},
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode == 0

    def staged(self) -> bytes:
        words = ["git", "show", f":{self.path}"]
        done = subprocess.run(words, cwd=self.site.path, capture_output=True, check=True)
        return done.stdout

    def upgrade_by(self, how: str, pointer: str, value: Any) -> None:
        pointer, value = self.place(pointer), self.said(value)
        staged = self.parsed((self.upstream.path / self.path).read_bytes())
        if pointer in self.written and same(self.written[pointer], value_at(staged, pointer)):
            self.written.pop(pointer, None)
        changed(staged, pointer, value)
        self.number += 1
        text = self.text(staged, self.path).decode()
        self.upstream.commit({self.path: text, "n": str(self.number)}, f"v{self.number}")
        self.git("fetch", "--quiet")
        words = {
            "merge": ("merge", "--quiet", "--no-ff", "origin/main"),
            "rebase": ("rebase", "--quiet", "origin/main"),
            "cherry-pick": ("cherry-pick", "origin/main"),
            "pull": ("pull", "--quiet", "--no-rebase", "origin", "main"),
        }[how]
        if not self.git(*words):
            self.abort()
            self.discard()

    def abort(self) -> None:
        """Give up what git has begun."""
        begun = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "rebase-merge": "rebase"}
        for name, command in begun.items():
            if (self.site.path / ".git" / name).exists():
                self.git(command, "--abort")

    def git_switch(self, force: bool) -> None:
        other = "other" if self.branch == "main" else "main"
        if force:
            self.discard()
        if self.git("checkout", "--quiet", *(["--force"] if force else []), other):
            self.branch = other

    def git_stash(self) -> None:
        if self.git("stash", "--quiet"):
            self.git("stash", "pop", "--quiet")

    def git_reset(self, how: str) -> None:
        if how == "--hard":
            self.discard()
        self.git("reset", "--quiet", how, *(["HEAD~1"] if how == "--mixed" else []))

    def restore(self) -> None:
        self.discard()
        self.git("checkout", "--", self.path)

    def git_commit(self) -> None:
        self.git("commit", "--quiet", "--all", "--message", "all")

    def look(self) -> None:
        self.git("status", "--short")

    def step(self) -> None:
        self.sync()
        self.doubtful.clear()

    def cut(self, words: str, size: int) -> None:
        """A git command whose filter is killed after some bytes of its answer."""
        self.discard()
        command = f"{sys.executable} -S {cut.__file__} {size} {filter_command()}"
        self.git("-c", f"{FILTER_PROCESS}={command}", *words.split())
        self.git("checkout", "--", self.path)  # it may be missing

    def discard(self) -> None:
        for pointer in self.doubtful:
            self.written.pop(pointer, None)
        self.doubtful.clear()

    # -- what has to hold --------------------------------------------------------------------------

    def check(self) -> None:
        done = self.sync()
        self.doubtful.clear()
        told = [file for file in done.files if file.path == self.path]
        clashes = {c.pointer for file in told for c in file.clashes}
        assert not any(file.problem for file in told), told
        workspace = self.open()
        tree = in_place_tree(workspace.repository)
        assert tree is not None
        content = LiveContent(workspace, tree, Ledger(workspace.repository, tree))
        data = (self.app / self.path).read_bytes()
        seen = content.see(self.path, data)
        assert not seen.site
        live = self.parsed(data)
        rendered = content.render(self.path, Document.parse(seen.seed, self.path)).value
        assert same(live, rendered), (live, rendered)
        wanted = effective(workspace, self.path, Document.parse(seen.seed, self.path)).value
        for pointer, value in self.written.items():
            assert same(value_at(live, pointer), value), (pointer, value, live)
            assert within(pointer, clashes) or same(value_at(wanted, pointer), value), pointer
        # git's view: what it sees is what was not stripped, and nothing else is to be staged.
        staged = self.staged()
        assert (seen.seed == staged) == (self.site("diff", "--name-only", "--", self.path) == "")
        assert clashes or not content.spool.names()
        again = self.sync()
        assert not any(file.moved for file in again.files)
        assert (self.app / self.path).read_bytes() == data
        if self.secret:
            self.no_leak()
        event(f"clashes {bool(clashes)}, dirty {seen.seed != staged}")

    def no_leak(self) -> None:
        """No canary is in any object, but for those of the overlays."""
        own = set(self.site("rev-list", "--objects", "--glob=refs/seedgit/*").split())
        words = ["git", "cat-file", "--batch", "--batch-all-objects"]
        done = subprocess.run(words, cwd=self.site.path, capture_output=True, check=True)
        rest, blobs = done.stdout, 0
        while rest:
            head, _, rest = rest.partition(b"\n")
            id, kind, size = head.decode().split()
            data, rest = rest[: int(size)], rest[int(size) + 1 :]
            if kind == "blob" and id not in own:
                blobs += 1
                leaks = [canary for canary in self.canaries if canary.encode() in data]
                assert not leaks or b"timeout" not in data, (leaks, data)  # no seed, but a patch
        assert blobs


PLACES = st.sampled_from(OWN)
STYLES = st.sampled_from(["edited", "dumped", "sorted", "flow"])
STEPS = st.one_of(
    st.tuples(st.just("write"), PLACES, STYLES),
    st.tuples(st.just("write"), PLACES, STYLES),
    st.tuples(st.just("back"), PLACES, STYLES),
    st.tuples(st.just("drift"), st.sampled_from(PACKAGES), SEEDS, STYLES),
    st.tuples(st.just("set_canary"), PLACES),
    st.tuples(st.just("unset"), PLACES),
    st.tuples(st.just("undo")),
    st.tuples(
        st.just("upgrade_by"),
        st.sampled_from(KINDS),
        st.sampled_from(["/name", "/timeout", "/paused", "/queue/mode"]),
        SEEDS,
    ),
    st.tuples(st.just("git_switch"), st.booleans()),
    st.tuples(st.just("git_stash")),
    st.tuples(st.just("git_reset"), st.sampled_from(["--hard", "--mixed", "--soft"])),
    st.tuples(st.just("restore")),
    st.tuples(st.just("git_commit")),
    st.tuples(st.just("look")),
    st.tuples(st.just("step")),
    st.tuples(st.just("step")),
    st.tuples(
        st.just("cut"),
        st.sampled_from(
            ["status", "checkout --force other", "checkout --force main", "add -A", "stash"]
        ),
        st.integers(30, 900),
    ),
    st.tuples(st.just("killed"), st.just("sync"), st.integers(1, 16)),
    st.tuples(st.just("check")),
)


@pytest.fixture(params=[*EVERY, "yaml when overridden"])
def world(repo: Repo, request: pytest.FixtureRequest) -> InPlace:
    format, _, lazy = request.param.partition(" ")
    path = f"f.{format}"
    rules = RULES if lazy else RULES.replace("    overlay:", "    live: true\n    overlay:")
    seed = seed_of(path)
    other = {**seed, "timeout": 77, "name": "other"}
    repo.commit({".seedgit.yaml": rules, path: text_of(seed, format).decode()}, "v0")
    site = site_of(repo)
    site("checkout", "--quiet", "-b", "start-other")
    site.commit({path: text_of(other, format).decode()}, "other")
    site("checkout", "--quiet", "main")
    return InPlace(site, repo, path, secret=not lazy)


def begin_again(world: InPlace) -> None:
    """As in the beginning, whatever a run before has left."""
    git_dir = world.site.path / ".git"
    for name in ("seedgit/live", "seedgit/spool"):
        shutil.rmtree(git_dir / name, ignore_errors=True)
    (git_dir / "info" / "attributes").write_text("f.* merge=seedgit\n")
    world.abort()
    if (git_dir / "refs/stash").exists():
        world.git("stash", "clear")
    first = world.upstream("rev-list", "--max-parents=0", "HEAD").strip()
    world.upstream("reset", "--quiet", "--hard", first)
    world.site("checkout", "--quiet", "--force", "-B", "other", "start-other")
    world.site("checkout", "--quiet", "--force", "-B", "main", first)
    world.site("update-ref", "-d", "refs/seedgit/overlays/local")
    world.site("fetch", "--quiet")
    world.site("reflog", "expire", "--expire=now", "--all")
    world.site("prune", "--expire=now")
    world.branch, world.number = "main", 0
    for model in (world.written, world.doubtful, world.canaries):
        model.clear()


@given(run=st.lists(STEPS, min_size=2, max_size=9))
@settings(
    max_examples=SEQUENCES,
    derandomize=not STORM,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # each step starts git: no shrinking
)
def test_laws_14_and_15_in_place(world: InPlace, run: list[tuple[Any, ...]]) -> None:
    begin_again(world)
    begin_in_place(world.open(), ())
    world.sync()
    try:
        for name, *words in run:
            getattr(world, name)(*words)
        world.check()
    except AssertionError:
        print(f"to repeat it: {json.dumps([world.path, run])}")
        raise


def test_sync_of_the_model_is_in_place(world: InPlace, tmp_path: Path) -> None:
    begin_again(world)
    tree = begin_in_place(world.open(), ())
    assert tree.in_place and world.sync().tree == tree
    assert sync(world.open(), tree).in_step
