"""action.yml uses only inputs that exist, its steps run, and docs/ci.md says what is so."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from seedgit.cli.parsers import build_parser
from seedgit.cli.verified import MARK
from tests.conftest import Repo
from tests.site import FLOW, PATH, package

ROOT = Path(__file__).parent.parent
DOCS = (ROOT / "docs" / "ci.md").read_text()
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
INPUTS = {"range", "python-version", "working-directory", "comment"}


def blocks(text: str) -> list[str]:
    """The indented blocks of a document."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M)
    return [re.sub(r"^    ", "", block, flags=re.M).strip("\n") + "\n" for block in found]


def commands(script: str) -> list[list[str]]:
    """Each call of seedgit in a shell script, as words."""
    found = []
    for line in script.splitlines():
        words = shlex.split(line.strip().removeprefix("- "))
        if words and Path(words[0]).name == "seedgit":
            found.append(words[1:])
        if words[1:4] == ["-I", "-m", "seedgit"]:
            found.append(words[4:])
    return found


def test_inputs_are_declared_and_used() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"]) == INPUTS
    assert all(isinstance(about["default"], str) for about in ACTION["inputs"].values())
    assert all(about["description"] for about in ACTION["inputs"].values())


def test_steps_are_a_composite_actions() -> None:
    assert ACTION["runs"]["using"] == "composite"
    ids = {step["id"] for step in STEPS if "id" in step}
    for step in STEPS:
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"
        # What a caller gives must not get into a script as text.
        assert "${{" not in step.get("run", "")
        text = str(step)
        assert set(re.findall(r"steps\.([\w-]+)", text)) <= ids
        for name in re.findall(r"\$\{?([A-Z_]+)", step.get("run", "")):
            assert name in step.get("env", {}) or name == "RUNNER_TEMP", name
    assert "${{ github.action_path }}" in str(STEPS)


def test_steps_call_real_options() -> None:
    calls = [words for step in STEPS for words in commands(step.get("run", ""))]
    parser = build_parser()
    parsed = [
        parser.parse_args([word for word in words if word.startswith(("v", "--"))])
        for words in calls
    ]
    assert [(args.command, args.format) for args in parsed] == [
        ("verify", "github"),
        ("verify", "markdown"),
    ]


def step_named(name: str) -> dict[str, Any]:
    (step,) = (step for step in STEPS if step.get("name") == name)
    return step


def edited(repo: Repo) -> Repo:
    """A clone with a commit that is to be found."""
    site = package(repo).clone("site")
    site("config", "seedgit.upstream", "origin/main")
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "edit")
    return site


def ran(
    step: dict[str, Any], site: Repo, place: Path, **env: str
) -> subprocess.CompletedProcess[str]:
    """A step of the action, as the runner runs it (shell: bash)."""
    program = place / "seedgit" / "bin" / "python"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    program.chmod(0o755)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=site.path,
        env={**os.environ, "RUNNER_TEMP": str(place), **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("range", ["", "HEAD^!", "origin/main..HEAD"])
def test_the_step_itself(repo: Repo, tmp_path: Path, range: str) -> None:
    done = ran(step_named("Verify"), edited(repo), tmp_path / "temp", RANGE=range)
    assert done.returncode == 1, done.stderr
    assert f"::error file={PATH},line=3,title=seedgit%3A seed-changed::/timeout: 30 -> 45" in (
        done.stdout
    )


@pytest.mark.parametrize("known", ["", "41\n42\n"])
def test_the_comment_is_made_once_and_then_edited(repo: Repo, tmp_path: Path, known: str) -> None:
    gh, log = tmp_path / "bin" / "gh", tmp_path / "log"
    gh.parent.mkdir()
    gh.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" >>{log}\necho >>{log}\n'
        f'case $* in *--jq*) printf "{known}";; esac\n'
    )
    gh.chmod(0o755)
    step, place = step_named("Comment"), tmp_path / "temp"
    env = {"RANGE": "", "GH_TOKEN": "x", "COMMENTS": "issues/7/comments", "ONE": "comments"}
    path = f"{gh.parent}{os.pathsep}{os.environ['PATH']}"
    done = ran(step, edited(repo), place, PATH=path, **env)
    assert done.returncode == 0, done.stderr
    looked, said = log.read_text().splitlines()
    assert looked.startswith("api|--paginate|issues/7/comments|--jq|.[] | select(")
    where = "--method|PATCH|comments/41" if known else "issues/7/comments"
    assert said == f"api|--silent|{where}|--field|body=@{place}/seedgit.md|"
    text = (place / "seedgit.md").read_text()
    assert text.startswith(f"{MARK}\n### seedgit verify: 1 finding\n")
    assert MARK in step["run"]


def test_a_range_is_one_word_and_no_option(repo: Repo, tmp_path: Path) -> None:
    step = step_named("Verify")
    bin = tmp_path / "temp" / "seedgit" / "bin"
    bin.mkdir(parents=True)
    (bin / "python").write_text('#!/bin/sh\nshift 3\nprintf "%s|" "$@"\n')
    (bin / "python").chmod(0o755)
    env = {**os.environ, "RUNNER_TEMP": str(tmp_path / "temp"), "RANGE": "a b; echo x"}
    out = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]], env=env, capture_output=True, check=True
    ).stdout
    assert out.decode() == "verify|--format=github|a b; echo x|"


def test_the_docs_call_real_options_and_inputs() -> None:
    parser = build_parser()
    said = [words for block in blocks(DOCS) for words in commands_in(block)]
    assert len(said) >= 4
    for words in said:
        parser.parse_args(words)
    snippets = [block for block in blocks(DOCS) if re.match(r"[\w-]+:", block)]
    parsed = [yaml.safe_load(block) for block in snippets]
    assert len(parsed) == 4
    workflow = parsed[0]
    steps = workflow["jobs"]["seeds"]["steps"]
    (own,) = (step for step in steps if step.get("uses", "").startswith("OWNER/seedgit@"))
    assert set(own["with"]) <= INPUTS
    assert steps[0]["with"]["fetch-depth"] == 0
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks if hook["language"] == "python"] == [
        "seedgit",
        "seedgit-commit-msg",
    ]
    assert parsed[1]["repos"][0]["hooks"] == [{"id": "seedgit"}, {"id": "seedgit-commit-msg"}]
    assert parsed[2] == {"ci": {"skip": ["seedgit"]}}


def commands_in(block: str) -> list[list[str]]:
    lines = [line for line in block.splitlines() if re.match(r"\s*(- )?seedgit ", line)]
    return commands("\n".join(lines))


def test_the_docs_name_every_finding() -> None:
    for code in ("merged-otherwise", "lost-change", "seed-changed", "orphaned", "resolved-by-hand"):
        assert f"`{code}`" in DOCS
