"""docs/other-tools.md: its snippets parse, and what they run does what the page says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from seedgit.cli.parsers import build_parser
from tests.conftest import Repo
from tests.pages import page, typed
from tests.site import FLOW, PATH, package, site_of

FETCH, RANK = "  - stage: fetch\n    max: 5\n", "  - stage: rank\n    max: 6\n"
BASE = f"limit: 1\nsteps:\n{FETCH}{RANK}"
LEFT = BASE.replace("max: 5", "max: 7")
RIGHT = BASE.replace("steps:\n", "steps:\n  - stage: check\n    max: 5\n")


def block(language: str) -> str:
    [found] = re.findall(rf"^```{language}\n(.*?)^```", page("other-tools.md"), re.M | re.S)
    return str(found)


@pytest.fixture
def tool(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command that jj would run, as its settings say."""
    settings = tomllib.loads(block("toml"))["merge-tools"]["seedgit"]
    assert settings["merge-conflict-exit-codes"] == [1]
    script = tmp_path / "bin" / settings["program"]
    script.parent.mkdir()
    script.write_text(block("sh"))
    script.chmod(0o755)
    # A `seedgit` as pip installs it: the script looks for its interpreter in the first line.
    (script.parent / "seedgit").write_text(f"#!{Path(sys.prefix)}/bin/python\n")
    (script.parent / "seedgit").chmod(0o755)
    jj = (
        f'#!/bin/sh\ntest "$*" = "root --ignore-working-copy" && echo {shlex.quote(str(repo.path))}'
    )
    (script.parent / "jj").write_text(f"{jj}\n")
    (script.parent / "jj").chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    return [str(script), *settings["merge-args"]]


def resolved(repo: Repo, tool: list[str], left: str, right: str) -> tuple[int, str]:
    texts = {"base": BASE, "left": left, "right": right, "output": ""}
    place, below = repo.path.parent / "jj", repo.path / "below"
    place.mkdir()
    below.mkdir()
    names = {f"${name}": str(place / f"{name}.yaml") for name in texts}
    for name, text in texts.items():
        (place / f"{name}.yaml").write_text(text)
    names |= {"$marker_length": "7", "$path": "flow.yaml"}
    done = subprocess.run([names.get(word, word) for word in tool], cwd=below, check=False)
    return done.returncode, (place / "output.yaml").read_text()


def test_jj_has_a_structural_merge(repo: Repo, tool: list[str]) -> None:
    rules = "version: 1\nseeds:\n  - files: flow.yaml\n    keys: {/steps: stage}\n"
    repo.commit({".seedgit.yaml": rules}, "rules")
    # Without the keys nobody knows which step has moved.
    moved = RIGHT.replace(FETCH + RANK, f"{RANK}{FETCH}    on: true\n")
    merged = moved.replace(FETCH, FETCH.replace("5", "7"))
    assert resolved(repo, tool, LEFT, moved) == (0, merged)


def test_what_jj_cannot_resolve_has_markers_that_jj_reads(repo: Repo, tool: list[str]) -> None:
    """jj refuses git's where they do not show the base, and reads them as it is set to."""
    other = RIGHT.replace("limit: 1", "limit: 3")
    status, text = resolved(repo, tool, LEFT.replace("limit: 1", "limit: 2"), other)
    assert status == 1
    conflict = "<{7} .*\nlimit: 2\n[|]{7} .*\nlimit: 1\n={7}\nlimit: 3\n>{7} .*\n"
    assert re.match(conflict + "steps:\n  - stage: check\n", text)
    settings = tomllib.loads(block("toml"))["merge-tools"]["seedgit"]
    assert settings["conflict-marker-style"] == "git"


def test_the_commands_of_the_editors_exist() -> None:
    [menu] = yaml.safe_load(block("yaml"))["customCommands"]
    keys = menu["commandMenu"]
    tasks = json.loads(block("json"))["tasks"]
    commands = [each["command"] for each in (*keys, *tasks)]
    assert len(commands) == 5
    for command in commands:
        words = shlex.split(re.sub(r"{{.*?}}", "FILE", command.removesuffix(" || true")))
        assert words[0] == "seedgit"
        build_parser().parse_args(words[1:])
    assert len({each["key"] for each in keys}) == len(keys)


def test_the_problem_matcher_finds_each_conflict(repo: Repo) -> None:
    site = site_of(package(repo))
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "ours")
    repo.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "theirs")
    site("pull", "--quiet", "--no-rebase", ok=False)
    [_, task] = json.loads(block("json"))["tasks"]
    pattern = task["problemMatcher"]["pattern"]
    said = typed(site, task["command"], (1,)).out
    [found] = re.findall(pattern["regexp"], said, re.M)
    assert (pattern["file"], pattern["line"], pattern["message"]) == (1, 2, 3)
    assert found[0] == "flows/wiki.yaml" and found[1].isdigit() and "both-changed" in found[2]
