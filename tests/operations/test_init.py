"""What `seedgit init` says it goes by, and that what it says of changing it works."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from seedgit.cli.terminal import Terminal
from seedgit.formats.rules import parse_rules
from seedgit.operations import init
from seedgit.operations.workspace import Workspace
from tests.conftest import MACHINE_NAME, Repo
from tests.site import FLOW, PATH, RULES, data, program_path, seedgit


def said(repo: Repo, what: str) -> str:
    return next(step["note"] for step in data(repo, "init") if step["what"] == what)


def change(repo: Repo, what: str, *words: tuple[str, str]) -> None:
    """Run what init says to change something, with its placeholders filled in."""
    command = said(repo, what).rpartition(": ")[2]
    for old, new in words:
        assert old in command
        command = command.replace(old, new)
    env = {"PATH": program_path(), "HOME": str(Path.cwd())}
    done = subprocess.run(["sh", "-c", command], cwd=repo.path, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def fork(upstream: Repo) -> Repo:
    fork = upstream.clone("fork").clone("site")
    fork("remote", "add", "upstream", str(upstream.path))
    fork("fetch", "--quiet", "upstream")
    return fork


def test_in_a_fork(fork: Repo) -> None:
    assert said(fork, "upstream").startswith("upstream/main, of the remote named upstream, as in a")
    assert said(fork, "overlay").startswith("local, set by ")
    assert said(fork, "mode").startswith("live, by default; to change it: ")


def test_each_can_be_changed_as_it_says(fork: Repo) -> None:
    change(fork, "upstream", ("REMOTE/BRANCH", "origin/main"))
    change(fork, "overlay", ("NAME", "burn-in"))
    change(fork, "mode", ("off|dry-run", "off"))
    assert said(fork, "upstream").startswith("origin/main, set by .git/config; to change it: ")
    assert said(fork, "overlay").startswith("local, burn-in, set by .git/config; ")
    assert said(fork, "mode").startswith("off, set by .git/config; ")


def test_without_an_upstream_and_with_one_that_is_not_there(repo: Repo) -> None:
    repo.commit({"a.yaml": "a: 1\n"})
    assert said(repo, "upstream").startswith("none is known")
    repo("config", "seedgit.upstream", "package/main")
    assert "which does not exist" in said(repo, "upstream")
    assert seedgit(repo, "init").status == 0


def test_what_the_branch_follows(upstream: Repo) -> None:
    site = upstream.clone("site")
    assert said(site, "upstream").startswith("origin/main, the branch follows it; to change it: ")


# -- what comes next, and what undo takes out ------------------------------------------------------


def test_the_next_step_is_named(repo: Repo, upstream: Repo) -> None:
    bare = Repo(repo.path.parent / "bare")
    bare.path.mkdir()
    bare("init", "--quiet")
    assert seedgit(bare, "init").out.endswith(
        "next: say in .seedgit.yaml which files are seeds, then seedgit init\n"
    )
    site = upstream.clone("site")
    assert "seedgit live DIR" in seedgit(site, "init").out.splitlines()[-1]
    assert seedgit(site, "live", "../app").status == 0
    assert "next: " not in seedgit(site, "init").out
    assert "next: " not in seedgit(site, "init", "--undo").out


def test_a_live_tree_without_seeds_says_so(repo: Repo) -> None:
    repo.commit({"README": "no seed\n"}, "v1")
    seedgit(repo, "init")
    assert "no tracked file is a seed" in seedgit(repo, "live", "../app").err


def test_undo_ends_live_trees_and_their_files_stay(site: Repo) -> None:
    app = site.path.parent / "app"
    assert seedgit(site, "live", str(app)).status == 0
    assert f"live tree {app}" in seedgit(site, "init", "--undo").out
    assert "no live tree" in seedgit(site, "live").out
    assert (app / PATH).read_text() == FLOW


def test_undo_ends_a_live_tree_in_place(site: Repo) -> None:
    assert seedgit(site, "live", "--in-place").status == 0
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    file = site.path / PATH
    assert "paused: true" in file.read_text()
    file.write_text("{")
    before = (site.path / ".git" / "config").read_text()
    done = seedgit(site, "init", "--undo")
    assert done.status == 5, done.err
    assert (site.path / ".git" / "config").read_text() == before
    file.write_text(FLOW)  # the program wrote the seed's value
    assert seedgit(site, "init", "--undo").status == 0
    assert file.read_text() == FLOW
    assert "filter" not in (site.path / ".git" / "config").read_text()


# -- whose overlay it is ---------------------------------------------------------------------------


@pytest.fixture
def new(upstream: Repo) -> Repo:
    """A clone that nothing gives a name for its overlay."""
    return upstream.clone("site")


def overlays(repo: Repo) -> list[str]:
    return [layer["name"] for layer in data(repo, "layer")]


def test_the_overlay_is_named_after_the_machine(new: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    config = (new.path / ".git" / "config").read_bytes()
    machine = os.uname()
    named = type(machine)((machine[0], "berlin-1.example", *machine[2:]))
    monkeypatch.setattr(os, "uname", lambda: named)
    monkeypatch.setattr(init, "machine_name", MACHINE_NAME)
    steps = {step["what"]: step for step in data(new, "init")}
    assert steps["overlay"]["outcome"] == "created"
    assert steps["overlay"]["note"].startswith("berlin-1-example, set by .git/config; to change it")
    assert overlays(new) == ["berlin-1-example"]
    assert seedgit(new, "init", "--undo").status == 0
    assert (new.path / ".git" / "config").read_bytes() == config


def test_or_as_a_person_says(new: Repo) -> None:
    assert seedgit(new, "init", "--overlay", "berlin").status == 0
    assert overlays(new) == ["berlin"]
    assert seedgit(new, "init").status == 0
    assert seedgit(new, "init", "--overlay", "berlin").status == 0
    refused = seedgit(new, "init", "--overlay", "paris")
    assert refused.status == 2
    assert "the layers here are berlin" in refused.err
    assert "seedgit layer add paris puts one on top" in refused.err
    assert overlays(new) == ["berlin"]
    assert "not a name for an overlay" in seedgit(new, "init", "--overlay", "a..b").err
    assert seedgit(new, "init", "--undo").status == 0
    assert overlays(new) == ["berlin"]  # somebody chose it


def test_an_overlay_under_the_default_name_is_kept(new: Repo) -> None:
    seedgit(new, "init", "--overlay", "local")
    assert seedgit(new, "set", PATH, "/limit", "9").status == 0
    new("config", "--unset", "seedgit.overlay")
    assert seedgit(new, "init").status == 0
    assert overlays(new) == ["local"]
    assert data(new, "why", PATH, "/limit")[0]["value"] == 9


# -- what it proposes ------------------------------------------------------------------------------

CHART = {"Chart.yaml": "name: a\nversion: 1.0.0\n", "values.yaml": "env: [{name: A, value: b}]\n"}


@pytest.fixture
def chart(repo: Repo) -> Repo:
    repo.commit(CHART, "chart")
    return repo


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str | None) -> list[str]:
    """A person at a terminal; what they are asked is kept."""
    asked: list[str] = []
    given = iter(answers)

    def ask(self: Terminal, question: str) -> str | None:
        asked.append(question)
        return next(given)

    monkeypatch.setattr(Terminal, "interactive", property(lambda self: True))
    monkeypatch.setattr(Terminal, "ask", ask)
    return asked


def rules_and_mode(repo: Repo) -> tuple[int, str]:
    text = (repo.path / ".seedgit.yaml").read_bytes()
    workspace = Workspace.open(str(repo.path))
    return len(parse_rules(text, "rules").seeds), workspace.mode.value


def test_yes_takes_the_rules_and_the_mode(chart: Repo) -> None:
    said = seedgit(chart, "init", "--yes")
    assert (said.status, said.err) == (0, "")
    assert rules_and_mode(chart) == (1, "dry-run")
    assert "next: seedgit replay" in said.out
    first = (chart.path / ".seedgit.yaml").read_text().splitlines()[0]
    place = chart.path / first.partition("$schema=")[2]
    assert json.loads(place.read_text())["title"].startswith("seedgit rules")
    lines = (chart.path / ".git" / "info" / "attributes").read_text()
    assert "/values.yaml merge=seedgit" in lines
    assert "seedgit mode off, then" in seedgit(chart, "init", "--undo").out  # it only rehearsed
    assert seedgit(chart, "mode", "off").status == 0
    assert "seedgit mode off" not in seedgit(chart, "init", "--undo").out
    assert not place.exists() and not (chart.path / ".seedgit.yaml").exists()


@pytest.mark.parametrize(
    ("answers", "seeds", "mode", "questions"),
    [(("", "y"), 1, "dry-run", 2), (("", "n"), 1, "live", 2), (("n",), 0, "live", 1)],
)
def test_a_person_at_a_terminal_is_asked(
    chart: Repo, monkeypatch: pytest.MonkeyPatch, answers: tuple[str], seeds: int, mode: str,
    questions: int,
) -> None:  # fmt: skip
    asked = answering(monkeypatch, *answers)
    said = seedgit(chart, "init")
    assert '      - "values.yaml"\n' in said.out
    assert rules_and_mode(chart) == (seeds, mode)
    assert len(asked) == questions
    assert seedgit(chart, "init").status == 0 and len(asked) == questions  # not a second time


def test_without_a_terminal_nothing_is_asked_or_taken(chart: Repo) -> None:
    assert seedgit(chart, "init").status == 0
    assert rules_and_mode(chart) == (0, "live")


def test_a_dry_run_writes_nothing_and_says_what(chart: Repo) -> None:
    def files() -> dict[Path, bytes]:
        found = (path for path in chart.path.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in found if "journal" not in path.name}

    before = files()
    said = seedgit(chart, "-v", "init", "--dry-run")
    assert files() == before
    assert "values.yaml" in said.out and "/.seedgit.yaml: " in said.err
    assert "skip: mode-dry-run" not in said.err  # the mode is live


@pytest.mark.parametrize("rules", [True, False])
def test_a_dry_run_says_which_overlay_and_mode_there_would_be(chart: Repo, rules: bool) -> None:
    """With rules of its own a clone begins live, and else in dry-run."""
    if rules:
        chart.write({".seedgit.yaml": RULES})

    def told(*words: str) -> list[str]:
        lines = seedgit(chart, "init", *words).out.splitlines()
        return [line for line in lines if line.startswith(("  overlay ", "  mode "))]

    would = told("--dry-run")
    assert len(would) == 2 and ("dry-run, set by" in would[1]) is not rules
    assert told("--yes") == would


def test_an_edited_proposal_is_the_persons(chart: Repo) -> None:
    assert seedgit(chart, "init", "--yes").status == 0
    file = chart.path / ".seedgit.yaml"
    file.write_text(file.read_text() + "# mine\n")
    seedgit(chart, "init", "--undo")
    assert file.exists()
