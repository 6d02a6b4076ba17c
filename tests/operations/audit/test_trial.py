"""What doctor finds only by running the entry points that are installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.hook_scripts import hook_script
from tests.conftest import Repo
from tests.operations.audit.examined import (
    DRIVER,
    LIBRARIES,
    SEEN,
    copied,
    fix,
    of,
    provokes,
    venv,
    wrong,
)

pytestmark = pytest.mark.real_start


def on_path(monkeypatch: pytest.MonkeyPatch, place: Path, script: str) -> None:
    place.mkdir()
    (place / "seedgit").write_text(f"#!/bin/sh\n{script}\n")
    (place / "seedgit").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")


@provokes(codes.PROBE_DRIVER)
def test_a_driver_that_does_not_merge(site: Repo, tmp_path: Path) -> None:
    # Everything is where it should be, but a library is not.
    other = copied(tmp_path / "other")
    python = venv(tmp_path / "env", other)
    site("config", DRIVER, driver_command(str(python), str(other / "seedgit/merge_driver.py")))
    assert wrong(site) == set()
    assert wrong(site, trial=True) == {codes.PROBE_DRIVER}
    assert fix(site, trial=True) == {DRIVER: "updated"}
    assert wrong(site, trial=True) == set()


@provokes(codes.PROBE_HOOK)
def test_a_hook_that_does_not_check(site: Repo, tmp_path: Path) -> None:
    other = copied(tmp_path / "other")
    checks = other / "seedgit/cli/commands/hook.py"
    checks.write_text(checks.read_text().replace("if not check.refused:", "if True:"))
    python = venv(tmp_path / "env", other, LIBRARIES)
    script = hook_script("pre-commit", str(python), str(other / "seedgit/__main__.py"))
    (site.path / ".git/hooks/pre-commit").write_text(script)
    assert wrong(site) == set()
    found = of(site, codes.PROBE_HOOK, trial=True)
    assert "let a change of a seed pass" in found.detail
    assert "hook pre-commit" in fix(site, trial=True)
    assert wrong(site, trial=True) == set()


@provokes(codes.PROBE_CLI)
def test_a_command_line_that_does_not_answer(
    site: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, tmp_path / "bin", "echo broken >&2; exit 3")
    assert "broken" in of(site, codes.PROBE_CLI, trial=True).detail


@provokes(codes.PROBE_STORE)
def test_an_entry_point_with_another_store(
    site: Repo, upstream: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(
        monkeypatch,
        tmp_path / "bin",
        f'exec {sys.executable} -m seedgit -C {upstream.path} "$@"',
    )
    found = of(site, codes.PROBE_STORE, trial=True)
    assert str(upstream.path) in found.detail
    assert codes.INTERPRETER_SHIM in SEEN


def test_the_trial_is_not_led_astray_by_the_environment(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(site.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(site.path / ".git" / "index"))
    monkeypatch.setenv("SEEDGIT_MODE", "dry-run")
    for key, value in (("merge.ff", "only"), ("seedgit.overlay", "team"), ("seedgit.mode", "off")):
        site("config", "--global", key, value)
    before = site("for-each-ref"), site("status", "--porcelain")
    monkeypatch.chdir(site.path)
    assert wrong(site, trial=True) == set()
    assert (site("for-each-ref"), site("status", "--porcelain")) == before
