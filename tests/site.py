"""A site: a clone of a package, set up by seedgit, for tests of what a user does."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seedgit.cli.main import main
from tests.built import built, state
from tests.conftest import Repo

RULES = Path(__file__).with_name("site.seedgit.yaml").read_text()
FLOW = """\
# A flow.
name: wiki
timeout: 30
model: small
paused: false
limit: 5
steps:
  - id: fetch
    mode: live
    max_items: 50
  - id: rank
    mode: live
"""
PATH = "flows/wiki.yaml"
TOML = "flows/one.toml"
FLOW_JSON = """\
{
  // A flow.
  "name": "wiki", "timeout": 30,
  "paused": false,
  "limit": 5,
  "steps": [
    {"id": "fetch", "mode": "live", "max_items": 50},
    {"id": "rank", "mode": "live"}
  ]
}
"""
FLOW_TOML = """\
# A flow.
name = "wiki"
timeout = 30
paused = false
limit = 5

[[steps]]
id = "fetch"
mode = "live"
max_items = 50

[[steps]]
id = "rank"
mode = "live"
"""
SEEDS = {PATH: FLOW, "flows/one.jsonc": FLOW_JSON, TOML: FLOW_TOML}


class Said(NamedTuple):
    status: int
    out: str
    err: str


def seedgit(repo: Repo, *words: str, env: Mapping[str, str] | None = None) -> Said:
    """The command line, in this process: a test calls it many times. `process` starts one."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    before, place = dict(os.environ), Path.cwd()
    try:
        os.environ.update(env or {})
        os.chdir(repo.path)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main([os.fsdecode(os.fsencode(word)) for word in words])
            except SystemExit as stop:  # argparse has said why
                status = int(stop.code or 0)
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    assert "Traceback" not in said[1], said[1]
    return Said(status, *said)


def process(repo: Repo, *words: str, env: Mapping[str, str] | None = None) -> Said:
    """The command line, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "seedgit", *words],
        cwd=repo.path,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def program_path() -> str:
    """PATH, with the programs of this interpreter first: seedgit is one."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def data(repo: Repo, *words: str) -> Any:
    said = seedgit(repo, *words, "--json")
    assert said.err == ""
    return json.loads(said.out)


def override(site: Repo, pointer: str, value: str, *more: str) -> None:
    said = seedgit(site, "set", PATH, pointer, value, *more)
    assert said.status == 0, said.err


def statuses(repo: Repo) -> dict[str, str]:
    fields = data(repo, "status", "--overlay")["fields"]
    return {field["path"] + field["pointer"]: field["status"] for field in fields}


def site_of(upstream: Repo, *, hooks: bool = False) -> Repo:
    """A clone with seedgit set up; without its hooks unless asked."""
    site = Repo(upstream.path.parent / "site")

    def build() -> None:
        upstream.clone("site")
        assert seedgit(site, "init").status == 0
        if not hooks:
            for hook in (site.path / ".git" / "hooks").iterdir():
                hook.unlink()

    built(site.path, ("site", upstream.path.name, state(upstream.path), hooks), build)
    return site


def package(repo: Repo, more: Mapping[str, str] | None = None) -> Repo:
    """The repository with version 1 of the package in it, of one seed or more."""
    files = {".seedgit.yaml": RULES, PATH: FLOW, **(more or {})}
    if [path.name for path in repo.path.iterdir()] == [".git"]:
        key = ("package", state(repo.path), tuple(files.items()))
        built(repo.path, key, lambda: repo.commit(files, "v1"))
    else:
        repo.commit(files, "v1")
    return repo


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    return package(repo)


@pytest.fixture
def site(upstream: Repo) -> Repo:
    return site_of(upstream)
