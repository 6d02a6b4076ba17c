"""The Python API: docs/api.md runs, and its names are those that are promised."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import seedgit
from seedgit import api
from tests.conftest import Repo
from tests.counting import running
from tests.site import PATH, override, package, site_of
from tests.site import seedgit as command

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text()


def test_the_page_runs(repo: Repo) -> None:
    site = site_of(package(repo))
    names: dict[str, object] = {"seedgit": seedgit}
    tried = 0
    for line in "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)).splitlines():
        code, hash, wanted = line.replace("/srv/site", str(site.path)).rpartition("  # ")
        if hash:
            assert repr(eval(code, names)) == wanted.strip(), line
            tried += 1
        elif line:
            exec(line.replace("/srv/site", str(site.path)), names)
    assert tried > 8


def test_the_stable_names() -> None:
    for name in api.__all__:
        assert getattr(seedgit, name) is getattr(api, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = seedgit.nothing  # type: ignore[attr-defined]
    methods = {name for name, _ in inspect.getmembers(seedgit.Repo, inspect.isfunction)}
    public = {name for name in methods if not name.startswith("_")}
    assert public == {
        "effective", "value", "set", "unset", "plan", "pending", "status", "merge"
    }  # fmt: skip
    assert str(inspect.signature(seedgit.Repo.set)) == (
        "(self, path: 'str', pointer: 'str', value: 'Value', *, why: 'str' = '') -> 'None'"
    )


def test_importing_it_loads_nothing() -> None:
    words = [sys.executable, "-I", "-c", "import sys, seedgit; print(*sys.modules)"]
    loaded = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.startswith("seedgit.")] == []


def test_what_goes_wrong(repo: Repo, tmp_path: Path) -> None:
    with pytest.raises(seedgit.SeedgitError):
        seedgit.open(tmp_path)
    found = seedgit.open(site_of(package(repo)).path)
    for call in (
        lambda: found.set("nowhere.yaml", "/a", 1),
        lambda: found.value(PATH, "/nothing"),
        lambda: found.value(PATH, "/steps/*"),
        lambda: found.unset(PATH, "/paused"),
        lambda: found.merge(b"", b"", b"", format="xml"),
    ):
        with pytest.raises(seedgit.SeedgitError):
            call()


def test_it_sees_and_does_what_the_command_line_does(repo: Repo) -> None:
    site = site_of(package(repo))
    found = seedgit.open(site.path)
    override(site, "/paused", "true")
    assert found.value(PATH, "/paused") is True
    assert found.value(PATH)["paused"] is True  # type: ignore[index, call-overload]
    said = json.loads(command(site, "status", "--json").out)
    assert found.status()["fields"] == said["fields"]
    site("config", "seedgit.mode", "dry-run")
    found.set(PATH, "/limit", 9)
    assert found.value(PATH, "/limit") == 5


def test_no_git_is_left_running(repo: Repo) -> None:
    """A program may ask all day."""
    site = seedgit.open(site_of(package(repo)).path)
    before = running()
    for number in range(3):
        site.set(PATH, "/timeout", number)
        assert site.value(PATH, "/timeout") == number
        site.status()
        site.pending()
        site.plan()
    assert running() <= before


def test_a_live_tree_follows(repo: Repo, tmp_path: Path) -> None:
    site = site_of(package(repo))
    assert command(site, "live", str(tmp_path / "live")).status == 0
    seedgit.open(site.path).set(PATH, "/paused", True)
    assert "paused: true" in (tmp_path / "live" / PATH).read_text()


def test_what_cannot_be_parsed_is_merged_by_lines() -> None:
    base = b"a: [\n1\n2\n3\n4\n"
    done = seedgit.merge_bytes(base, b"0\n" + base, base + b"5\n", format="yaml")
    assert done == (b"0\n" + base + b"5\n", True)
    with pytest.raises(seedgit.SeedgitError, match="cannot be merged"):
        seedgit.merge_bytes(base, base + b"x\n", base + b"y\n", format="yaml")
