"""What is printed to be pasted does what it says, whatever upstream calls its files."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from seedgit.git.names import pasted
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, program_path, seedgit, site_of

NAMES = [
    "flows/$(touch pwned).yaml",
    "flows/`touch pwned`.yaml",
    "flows/a;touch pwned.yaml",
    "flows/a' 'b\".yaml",
    "flows/a b.yaml",
    "flows/a\n#; touch pwned\n.yaml",
    "flows/\x1b[2Je'.yaml",
    "flows/\\x.yaml",
    "flows/\udcff.yaml",
    "flows/é.yaml",
]


@pytest.mark.parametrize("name", [*NAMES, "-n.yaml", "--help"])
def test_a_shell_reads_the_name_back(name: str, tmp_path: Path) -> None:
    line = pasted(name)
    assert line.isprintable()
    script = f"printf '%s' {line.removeprefix('-- ')}"
    out = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, check=True)
    assert out.stdout == name.encode("utf-8", "surrogateescape")
    assert not (tmp_path / "pwned").exists()
    assert line.startswith("-- ") == name.startswith("-")


@pytest.mark.parametrize("name", NAMES)
def test_the_hooks_advice_works_when_pasted(repo: Repo, name: str) -> None:
    site = site_of(package(repo, {name: FLOW}), hooks=True)
    site.write({name: FLOW.replace("timeout: 30", "timeout: 45")})
    site("add", "--all")
    said = site("commit", "-m", "edit", ok=False)
    advice = re.search(r"^  (git restore --staged .*)$", said, re.M)
    assert advice, said
    run = subprocess.run(["bash", "-c", advice[1]], cwd=site.path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert site("diff", "--cached", "--name-only") == ""
    assert not list(site.path.rglob("pwned"))


def test_the_hook_names_what_capture_would_move_from_where_git_was_started(repo: Repo) -> None:
    site = site_of(package(repo, {"flows/b.yaml": FLOW, "flows/c.yaml": FLOW}), hooks=True)
    both = FLOW.replace("timeout: 30", "timeout: 45").replace("paused: false", "paused: true")
    site.write({PATH: FLOW.replace("timeout: 30", "timeout: 45"), "flows/b.yaml": both})
    site("rm", "--quiet", "flows/c.yaml")
    site("add", "--all")
    said = Repo(site.path / "flows")("commit", "-m", "edit", ok=False)
    env = {**os.environ, "PATH": program_path()}
    for start, files in (("seedgit capture", "b.yaml"), ("git restore", "b.yaml c.yaml wiki.yaml")):
        [line] = [line for line in said.splitlines() if line.startswith(f"  {start}")]
        assert line.endswith(f" {files}")
        run = subprocess.run(["bash", "-c", line], cwd=site.path / "flows", env=env)
        assert run.returncode == 0
    assert site("diff", "--cached", "--name-only") == ""
    assert site.read("flows/b.yaml").decode() == FLOW.replace("timeout: 30", "timeout: 45")


@pytest.mark.parametrize("name", NAMES[:5])
def test_conflict_markers_that_are_staged_are_told_and_come_back_as_conflicts(
    repo: Repo, name: str
) -> None:
    site = site_of(package(repo, {name: FLOW}), hooks=True)
    repo.commit({name: FLOW.replace("30", "60"), PATH: FLOW.replace("wiki", "new")}, "v2")
    site.commit({"x": ""})
    allowed = {"SEEDGIT_ALLOW": "slow"}
    site.write({name: FLOW.replace("30", "45")})
    site("commit", "--quiet", "-am", "edit", env=allowed)
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    site.write({PATH: site.read(PATH).decode().replace("small", "large")})
    site("add", "--all")
    said = site("commit", "-m", "merge", ok=False)
    assert "3: seed-conflict-markers: has conflict markers" in said
    assert "/model" in said and "git restore" not in said  # which would drop what came in
    assert f"\n  git add {PATH}\n" in said
    env = {**os.environ, "PATH": program_path()}
    for status, command in ((0, "git checkout --merge"), (1, "seedgit conflicts")):
        line = re.search(rf"^  {command} .*$", said, re.M)
        assert line, said
        run = subprocess.run(["bash", "-c", line[0]], cwd=site.path, env=env, capture_output=True)
        assert run.returncode == status, run.stderr
    assert site("diff", "--name-only", "--diff-filter=U", "-z") == f"{name}\0"
    assert not list(site.path.rglob("pwned"))


@pytest.mark.parametrize("name", NAMES)
def test_hints_work_when_pasted(repo: Repo, name: str) -> None:
    upstream = package(repo, {name: FLOW})
    site = site_of(upstream)
    (site.path / Path(name)).unlink()
    said = seedgit(site, "render", name)
    hint = re.search(r"^hint: (git restore .*)$", said.err, re.M)
    assert hint, said
    subprocess.run(["bash", "-c", hint[1]], cwd=site.path, check=True, capture_output=True)
    assert site.read(name).decode() == FLOW
    new = name.replace("flows/", "flows/new ")
    site.write({new: FLOW})
    hint = re.search(r"^hint: (git add .*)$", seedgit(site, "set", new, "/limit", "6").err, re.M)
    assert hint
    subprocess.run(["bash", "-c", hint[1]], cwd=site.path, check=True, capture_output=True)
    assert seedgit(site, "set", new, "/limit", "6").status == 0
    assert not list(site.path.rglob("pwned"))


@pytest.mark.parametrize("name", NAMES)
def test_a_move_works_when_pasted(repo: Repo, name: str) -> None:
    other = name.replace("flows/", "flows/other/")
    site = site_of(package(repo, {name: FLOW, other: "limit: 5\n"}))
    assert seedgit(site, "set", name, "/limit", "6").status == 0
    site("rm", "--quiet", name)
    advice = re.search(r"^ *(seedgit move .*)$", seedgit(site, "status").out, re.M)
    assert advice, seedgit(site, "status").out
    env = {**os.environ, "PATH": program_path()}
    subprocess.run(["bash", "-c", advice[1]], cwd=site.path, check=True, env=env)
    assert seedgit(site, "render", other).out == "limit: 6\n"
    assert not list(site.path.rglob("pwned"))


def test_advice_works_in_the_directory_it_was_asked_in(repo: Repo) -> None:
    upstream = package(repo, {"flows/b.yaml": FLOW})
    site = site_of(upstream)
    here = Repo(site.path / "flows")
    assert seedgit(here, "set", "b.yaml", "/limit", "6").status == 0
    site.commit({PATH: FLOW.replace("max_items: 50", "max_items: 45")}, "ours")
    upstream("rm", "--quiet", "flows/b.yaml")
    upstream.commit({PATH: FLOW.replace("max_items: 50", "max_items: 60")}, "v2")
    site("pull", "--quiet", "--no-rebase")
    moves = re.search(r"^ *(seedgit move .*)$", seedgit(here, "status").out, re.M)
    assert moves and moves[1].endswith("move b.yaml wiki.yaml"), seedgit(here, "status").out
    items = json.loads(seedgit(here, "pending", "--json").out)["items"]
    (kept,) = [item["id"] for item in items if "merge" in item]
    said = seedgit(here, "resolve", kept, "--take-seed").out
    commit = re.search(r"^ *(git commit .*)$", said, re.M)
    assert commit, said
    env = {**os.environ, "PATH": program_path()}
    for advice in (moves[1], commit[1]):
        subprocess.run(["bash", "-c", advice], cwd=here.path, check=True, env=env)
    assert "limit: 6" in seedgit(here, "render", "wiki.yaml").out
    assert "max_items: 60" in site("show", f"HEAD:{PATH}")


def test_a_conflict_of_a_deleted_file_says_what_can_be_pasted(repo: Repo) -> None:
    name = "flows/$(touch pwned) 'x.yaml"
    upstream = package(repo, {name: FLOW})
    site = site_of(upstream)
    upstream("rm", "--quiet", name)
    upstream.commit(message="gone")
    site.commit({name: FLOW.replace("30", "45")}, "edit")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    said = seedgit(site, "conflicts", name).out
    advice = re.search(r"(git add .*) keeps what is there, (git rm .*) removes it", said)
    assert advice, said
    env = {"PATH": program_path()}
    run = subprocess.run(["bash", "-c", advice[1]], cwd=site.path, env=env, capture_output=True)
    assert run.returncode == 0, run.stderr
    assert site("diff", "--name-only", "--diff-filter=U") == ""
    assert not list(site.path.rglob("pwned"))


@pytest.mark.parametrize("name", NAMES[:5])
def test_on_a_file_in_conflict_the_advice_is_to_resolve_it(repo: Repo, name: str) -> None:
    upstream = package(repo, {name: FLOW})
    site = site_of(upstream)
    upstream.commit({name: FLOW.replace("30", "60")}, "v2")
    site.commit({name: FLOW.replace("30", "45")}, "edit")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    for words in (("set", name, "/paused", "true"), ("render", name), ("capture", name)):
        said = seedgit(site, *words)
        assert said.status == 5
        assert "is in conflict" in said.err
        assert "git add" not in said.err
    hint = re.search(r"^hint: (.*) shows where; (.*), or theirs, resolves it$", said.err, re.M)
    assert hint, said
    env = {**os.environ, "PATH": program_path()}
    for status, line in ((1, hint[1]), (0, hint[2])):
        run = subprocess.run(["bash", "-c", line], cwd=site.path, env=env, capture_output=True)
        assert run.returncode == status, run.stderr
    assert site("diff", "--name-only", "--diff-filter=U") == ""
    assert seedgit(site, "set", name, "/paused", "true").status == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timeout: 30", "timeout: -45"),
        ("timeout: 30\n", ""),
        ("timeout: 30", "timeout: 30\nx: [1]"),
    ],
    ids=["changed", "gone", "new"],
)
@pytest.mark.parametrize("name", ["flows/$(touch pwned) 'x.yaml", "flows/-n.yaml"])
@pytest.mark.parametrize("keep", [True, False])
def test_advice_about_run_time_drift_works_when_pasted(
    repo: Repo, name: str, old: str, new: str, keep: bool
) -> None:
    site = site_of(package(repo, {name: FLOW}))
    here, app = Repo(site.path / "flows"), site.path.parent / "app"
    assert seedgit(here, "live", str(app)).status == 0
    written = FLOW.replace(old, new)
    (app / name).write_text(written)
    assert seedgit(here, "sync").status == 0
    said = seedgit(here, "status").out
    wanted = "keep the program's value" if keep else "give up what programs wrote there"
    advice = re.search(rf"^  to {wanted}: (seedgit .*)$", said, re.M)
    assert advice, said
    env = {**os.environ, "PATH": program_path()}
    subprocess.run(["bash", "-c", advice[1]], cwd=here.path, check=True, env=env)
    assert "drift" not in seedgit(here, "status").out
    assert (app / name).read_text() == (written if keep else FLOW)
    assert not list(site.path.rglob("pwned"))
