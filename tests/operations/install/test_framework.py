"""The hooks under the pre-commit framework itself, installed from a clone of this repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.operations.audit.findings import Finding
from seedgit.operations.doctor import examine
from seedgit.operations.install.framework import FRAMEWORK_FILE, GUARD, KEEPER, OFFERED, configured
from seedgit.operations.install.hook_scripts import HOOKS
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import PATH, seedgit, site_of

ROOT = Path(__file__).parents[3]
CONFIG = """\
default_install_hook_types: [pre-commit, pre-merge-commit, commit-msg]
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
"""
# `language: system` spares the build of an environment from a package index; everything else, the
# manifest of this repository included, is the framework's own doing.
HOOK = """\
      - id: {id}
        language: system
        entry: {python} -I -m seedgit hook {name}
"""
NAMES = {GUARD: "pre-commit", KEEPER: "commit-msg"}
ALLOWED = {"SEEDGIT_ALLOW": "hotfix 812"}


def configuration(*ids: str) -> dict[str, str]:
    if not ids:
        return {FRAMEWORK_FILE: "repos: []\n"}
    asked = ["git", "rev-parse", "HEAD"]
    rev = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    hooks = (HOOK.format(id=id, name=NAMES[id], python=sys.executable) for id in ids)
    return {FRAMEWORK_FILE: CONFIG.format(repo=ROOT, rev=rev) + "".join(hooks)}


def framework(repo: Repo, *words: str) -> None:
    program = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*program, *words], cwd=repo.path, check=True, capture_output=True)


def staged(repo: Repo, old: str, new: str) -> None:
    repo.write({PATH: repo.read(PATH).decode().replace(old, new)})
    repo("add", "--all")


def told(repo: Repo) -> dict[str, Finding]:
    """What doctor says of each hook; of one it calls wrong, that."""
    found = examine(Workspace.open(str(repo.path)), trial=False)
    known = (codes.HOOK, codes.HOOK_MISSING, codes.HOOK_FOREIGN)
    hooks = [f for f in found if f.code in known and f.detail.partition(":")[0] in HOOKS]
    return {f.detail.partition(":")[0]: f for f in hooks}


needs_clone = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="not a clone: nothing to install from"
)


@needs_clone
def test_the_framework_runs_both_hooks(upstream: Repo) -> None:
    site = site_of(upstream)
    site.commit(configuration(GUARD, KEEPER), "hooks")
    framework(site, "install")
    staged(site, "timeout: 30", "timeout: 45")
    assert "/timeout: 30 -> 45" in site("commit", "-m", "edit", ok=False)
    site("commit", "-m", "edit", env=ALLOWED)
    assert site("log", "-1", "--format=%B") == "edit\n\nSeed-Change: hotfix 812\n"
    assert seedgit(site, "verify", "HEAD^!").status == 0
    staged(site, "paused: false", "paused: true")
    site("commit", "-m", "owned")
    # Neither init nor doctor has anything to do about these three.
    hooks = site.path / ".git/hooks"
    before = [(hooks / name).read_bytes() for names in OFFERED.values() for name in names]
    assert seedgit(site, "init").status == 0
    assert before == [(hooks / name).read_bytes() for names in OFFERED.values() for name in names]
    assert not list(hooks.glob("*.legacy"))
    found = told(site)
    assert all(found[name].ok for name in HOOKS)
    assert "by the pre-commit framework" in found["commit-msg"].detail


@needs_clone
def test_off_and_dry_run_let_everything_pass(upstream: Repo) -> None:
    site = site_of(upstream)
    site.commit(configuration(GUARD, KEEPER), "hooks")
    framework(site, "install")
    for n, mode in enumerate(("off", "dry-run")):
        staged(site, ("30", "40")[n], ("40", "41")[n])
        site("-c", f"seedgit.mode={mode}", "commit", "-m", mode, env=ALLOWED)
        assert site("log", "-1", "--format=%B") == f"{mode}\n"


@needs_clone
def test_the_doctor_says_what_the_framework_does_not_run(upstream: Repo) -> None:
    site = site_of(upstream)
    site.commit(configuration(), "hooks")
    framework(site, "install", "--hook-type", "pre-commit", "--hook-type", "commit-msg")
    found = told(site)
    assert (found["pre-commit"].code, found["commit-msg"].code) == (
        codes.HOOK_FOREIGN,
        codes.HOOK_FOREIGN,
    )
    assert f"- id: {GUARD}`" in found["pre-commit"].remedy
    assert f"- id: {KEEPER}`" in found["commit-msg"].remedy
    site.write(configuration(GUARD, KEEPER))
    found = told(site)
    assert found["pre-commit"].ok and found["commit-msg"].ok
    assert "pre-commit install --hook-type pre-merge-commit" in found["pre-merge-commit"].detail
    framework(site, "install", "--hook-type", "pre-merge-commit")
    assert told(site)["pre-merge-commit"].ok
    site.write({FRAMEWORK_FILE: "repos: ["})
    assert FRAMEWORK_FILE in told(site)["pre-commit"].detail
    assert not told(site)["pre-commit"].ok


@needs_clone
@pytest.mark.parametrize("first", ["seedgit", "framework"])
def test_beside_a_framework_that_does_not_know_seedgit(upstream: Repo, first: str) -> None:
    site = site_of(upstream)
    site.commit(configuration(), "hooks")
    for program in (first, first, "framework" if first == "seedgit" else "seedgit"):
        if program == "seedgit":
            assert seedgit(site, "init").status == 0
        else:
            framework(site, "install")
    assert all(finding.ok for finding in told(site).values())
    staged(site, "timeout: 30", "timeout: 45")
    assert "/timeout: 30 -> 45" in site("commit", "-m", "edit", ok=False)
    site("commit", "-m", "edit", env=ALLOWED)
    assert "Seed-Change: hotfix 812" in site("log", "-1", "--format=%B")
    # Named in its configuration, the hook beside is not run a second time.
    site.commit(configuration(GUARD, KEEPER), "more hooks")
    assert seedgit(site, "init").status == 0
    assert not list((site.path / ".git/hooks").glob("*.legacy"))


PREK = """\
#!/bin/sh
# File generated by prek: https://github.com/j178/prek
HERE="$(cd "$(dirname "$0")" && pwd)"
exec "/usr/bin/prek" hook-impl --hook-dir="$HERE" --script-version=4 --hook-type={name} -- "$@"
"""


def test_the_hooks_of_prek_are_the_frameworks(site: Repo) -> None:
    """Only one of them has the words that pre-commit writes: its own name."""
    site.commit(configuration(GUARD, KEEPER), "hooks")
    hooks = [site.path / ".git/hooks" / name for names in OFFERED.values() for name in names]
    for hook in hooks:
        hook.write_text(PREK.format(name=hook.name))
        hook.chmod(0o755)
    found = told(site)
    assert all(found[hook.name].ok for hook in hooks)
    assert "by the pre-commit framework" in found["commit-msg"].detail
    assert seedgit(site, "init").status == 0
    assert all("prek" in hook.read_text() for hook in hooks)
    assert not list((site.path / ".git/hooks").glob("*.legacy"))


def test_other_ways_to_call_it(site: Repo) -> None:
    hooks = """\
default_stages: [commit]
repos:
- repo: local
  hooks:
  - {id: a, entry: .venv/bin/seedgit hook pre-commit, stages: [merge-commit]}
  - {id: b, entry: python -I -m seedgit hook commit-msg}
  - {id: seedgit-like, entry: other}
- nonsense
"""
    site.write({FRAMEWORK_FILE: hooks})
    assert configured(site.open()) == {"pre-merge-commit", "pre-commit"}
