"""Laws 14 and 15: random runs of programs, people, upgrades and killed syncs round a live file."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from seedgit.errors import SeedgitError
from seedgit.operations import sync as module
from seedgit.operations.effective import effective
from seedgit.operations.in_step import TreeSync
from seedgit.operations.live import begin
from seedgit.operations.set import set_override, unset_override
from seedgit.operations.sync import sync
from seedgit.operations.undo import undo
from seedgit.operations.workspace import Workspace
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import parse_pointer, resolve
from seedgit.values.value import same
from tests.conftest import Repo
from tests.documents import FORMATS, text_of
from tests.site import site_of

SEED: dict[str, Any] = {
    "name": "wiki",
    "timeout": 30,
    "paused": False,
    "queue": {"mode": "live", "items": ["a"]},
    "steps": [{"id": "fetch", "mode": "live"}, {"id": "rank", "mode": "live"}],
}
RULES = """\
version: 1
seeds:
  - files: "f.*"
    keys: {/steps: id}
    overlay: [{path: /paused}, {path: /queue}, {path: /steps/*/mode}]
"""
OWN = ("/paused", "/queue/mode", "/queue/items", "/steps/0/mode", "/steps/1/mode")
PACKAGES = ("/name", "/timeout")
VALUES = st.sampled_from([1, 2, "drain", "stop", True])
STYLES = st.sampled_from(["edited", "dumped", "sorted", "flow"])


STORM = "SEQUENCES" in os.environ
SEQUENCES = int(os.environ.get("SEQUENCES", "20"))  # of each format; `make storm` runs more


class Killed(BaseException):
    pass


class World:
    """A program with its live file, a site, and an upstream."""

    def __init__(self, site: Repo, upstream: Repo, path: str, app: Path) -> None:
        self.site = site
        self.upstream = upstream
        self.path = path
        self.app = app
        self.number = 0
        self.written: dict[str, Any] = {}  # what the program wrote to the site's places, last

    @property
    def format(self) -> str:
        return self.path.removeprefix("f.")

    def workspace(self) -> Workspace:
        return Workspace.open(str(self.site.path))

    def live(self) -> Any:
        return self.parsed((self.app / self.path).read_bytes())

    def parsed(self, data: bytes) -> Any:
        from seedgit.formats.document import Document

        return Document.parse(data, self.path).value

    def effective(self) -> Any:
        return effective(self.workspace(), self.path).document.value

    def sync(self, **more: Any) -> TreeSync:
        workspace = self.workspace()
        from seedgit.git.live_tree import live_trees

        return sync(workspace, live_trees(workspace.repository)[0], **more)

    # -- what happens ------------------------------------------------------------------------------

    def program(self, pointer: str, value: Any, style: str) -> None:
        file = self.app / self.path
        now = self.live()
        tokens = parse_pointer(pointer)
        holder = resolve(now, tokens[:-1])
        key: Any = int(tokens[-1]) if isinstance(holder, list) else tokens[-1]
        before, holder[key] = holder[key], value
        data = text_of(now, self.format)
        if style == "sorted":
            data = text_of(dict(sorted(now.items())), self.format)
        elif style == "dumped" and self.format == "yaml":
            data = yaml.safe_dump(now).encode()
        elif style in ("dumped", "flow") and self.format in ("yaml", "json"):
            data = json.dumps(now).encode()
        file.write_bytes(data)
        if pointer in OWN and not same(before, value):  # else it wrote nothing there
            self.written[pointer] = value

    def set(self, pointer: str, value: Any) -> None:
        with contextlib.suppress(SeedgitError):
            set_override(self.workspace(), self.path, pointer, value)
            self.forget(pointer)

    def unset(self, pointer: str) -> None:
        with contextlib.suppress(SeedgitError):
            unset_override(self.workspace(), self.path, pointer)
            self.forget(pointer)

    def undo(self) -> None:
        with contextlib.suppress(SeedgitError):
            undo(self.workspace())
            self.written.clear()  # it may have been a capture

    def forget(self, pointer: str) -> None:
        self.written.pop(pointer, None)

    def upgrade(self, pointer: str, value: Any) -> None:
        seed = self.parsed((self.upstream.path / self.path).read_bytes())
        tokens = parse_pointer(pointer)
        holder = resolve(seed, tokens[:-1])
        key: Any = int(tokens[-1]) if isinstance(holder, list) else tokens[-1]
        if pointer in self.written and same(self.written[pointer], holder[key]):
            self.forget(pointer)  # the program wrote the seed's value: it follows the seed
        holder[key] = value
        self.number += 1
        text = text_of(seed, self.format).decode()
        self.upstream.commit({self.path: text, "n": str(self.number)}, f"v{self.number}")
        self.site("pull", "--quiet", "--no-rebase")

    def killed(self, after: bool) -> None:
        """A sync that is killed when it replaces the file."""
        real = module.replace_live

        def die(*words: Any) -> None:
            if after:
                real(*words)
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "replace_live", die)
            with contextlib.suppress(Killed):
                self.sync()

    # -- what has to hold --------------------------------------------------------------------------

    def check(self) -> None:
        before = self.live()
        done = self.sync()
        told = [file for file in done.files if file.path == self.path]
        drift = {d.pointer for file in told for d in file.drift}
        clashes = {c.pointer for file in told for c in file.clashes}
        assert not any(file.problem for file in told), told
        live, wanted = self.live(), self.effective()
        # Law 15: the file is the effective document, but for what is told.
        for pointer in (*OWN, *PACKAGES):
            here, there = value_at(live, pointer), value_at(wanted, pointer)
            if not within(pointer, drift | clashes):
                assert same(here, there), (pointer, here, there)
            if not same(value_at(before, pointer), here):
                assert same(here, there), (pointer, "is nobody's value")
        # Law 14: what the program wrote to the site's places is there.
        for pointer, value in self.written.items():
            assert same(value_at(live, pointer), value), pointer
            assert within(pointer, clashes) or same(value_at(wanted, pointer), value), pointer
        data = (self.app / self.path).read_bytes()
        again = self.sync()
        assert not any(file.moved for file in again.files)
        assert (self.app / self.path).read_bytes() == data
        assert self.site("status", "--porcelain") == ""
        event(f"drift {bool(drift)}, clashes {bool(clashes)}")


def value_at(value: Any, pointer: str) -> Any:
    try:
        return resolve(value, parse_pointer(pointer))
    except SeedgitError:
        return ABSENT


def within(pointer: str, places: set[str]) -> bool:
    return any((pointer + "/").startswith(place + "/") for place in places) or any(
        place.startswith(pointer + "/") for place in places
    )


PLACES = st.sampled_from([*OWN, *PACKAGES])
STEPS = st.one_of(
    st.tuples(st.just("program"), PLACES, VALUES, STYLES),
    st.tuples(st.just("program"), PLACES, VALUES, STYLES),
    st.tuples(st.just("set"), st.sampled_from(OWN), VALUES),
    st.tuples(st.just("unset"), st.sampled_from(OWN)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("upgrade"), PLACES, VALUES),
    st.tuples(st.just("killed"), st.booleans()),
    st.tuples(st.just("check")),
    st.tuples(st.just("check")),
)


@pytest.fixture(params=FORMATS)
def world(repo: Repo, request: pytest.FixtureRequest) -> World:
    path = f"f.{request.param}"
    repo.commit({".seedgit.yaml": RULES, path: text_of(SEED, request.param).decode()}, "v0")
    return World(site_of(repo), repo, path, repo.path.parent / "app")


@given(run=st.lists(STEPS, min_size=2, max_size=9))
@settings(max_examples=SEQUENCES, derandomize=not STORM, print_blob=True)
def test_laws_14_and_15(world: World, run: list[tuple[Any, ...]]) -> None:
    for place in (world.site, world.upstream):
        place("reset", "--quiet", "--hard", place("rev-list", "--max-parents=0", "HEAD").strip())
    world.site("update-ref", "-d", "refs/seedgit/overlays/local")
    world.site("fetch", "--quiet")
    with contextlib.suppress(FileNotFoundError):
        (world.app / world.path).unlink()
    world.written.clear()
    workspace = world.workspace()
    import shutil

    shutil.rmtree(workspace.repository.git_dir / "seedgit" / "live", ignore_errors=True)
    begin(workspace, str(world.app), (), "", ())
    world.sync()
    for name, *words in run:
        getattr(world, name)(*words)
    world.check()
