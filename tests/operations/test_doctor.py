"""`seedgit doctor`: what it says of a sound clone, and what --fix sets up.

audit/ provokes each finding, with real git.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import time
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.journal_file import FILE
from seedgit.operations.install.hook_scripts import HOOKS
from tests.conftest import Repo
from tests.operations.audit.examined import (
    DOC,
    DRIVER,
    PACKAGE,
    PROVOKED,
    doctor,
    fix,
    look,
    provokes,
)
from tests.site import program_path, seedgit, site_of


def test_every_code_is_documented_and_provoked() -> None:
    for place in (Path(__file__).parent / "audit").glob("test_*.py"):
        importlib.import_module(f"tests.operations.audit.{place.stem}")
    rows = re.findall(r"^\| `([a-z-]+)` \| .+? \|", DOC.read_text(), re.M)
    assert set(rows) == PROVOKED
    assert len(rows) == len(PROVOKED)


@pytest.fixture
def site(upstream: Repo) -> Repo:
    return site_of(upstream, hooks=True)


@provokes(codes.RULES, codes.MODE, codes.DRIVER, codes.HOOK, codes.CLI, codes.ATTRIBUTES)
def test_what_is_as_it_should_be(site: Repo) -> None:
    said, report = doctor(site, env={"PATH": program_path()})
    assert said.status == 0
    assert {finding["level"] for finding in report["findings"]} == {"ok"}
    assert all(
        set(finding) == {"code", "level", "ok", "detail", "remedy"}
        for finding in report["findings"]
    )
    base = os.path.realpath(sys.executable)
    assert f"by {sys.executable} -> {base}" in report["findings"][2]["detail"]
    details = {finding["code"]: finding["detail"] for finding in report["findings"]}
    assert sys.executable in details["driver"]
    assert f"in {PACKAGE}" in details["hook"]
    assert "live, from default" in details["mode"]
    entries = [f["detail"].partition(":")[0] for f in report["findings"] if f["code"] == "probe"]
    assert entries == ["cli", *(f"hook {name}" for name in HOOKS), "driver"]


@provokes(codes.OVERLAYS, codes.JOURNAL, codes.PROBE)
def test_looking_changes_nothing(site: Repo) -> None:
    def state() -> dict[str, bytes]:
        return {
            str(place): place.read_bytes()
            for place in sorted(site.path.rglob("*"))
            if place.is_file() and "seedgit" not in place.relative_to(site.path).parts
        }

    before = state()
    look(site, trial=True)
    assert fix(site) == {}
    assert state() == before


@provokes(codes.NOT_INSTALLED, codes.DRIVER_MISSING, codes.HOOK_MISSING, codes.ATTRIBUTES_OUTDATED)
def test_a_fresh_clone_is_set_up(upstream: Repo) -> None:
    site = upstream.clone("site")
    said, report = doctor(site)
    assert said.status == 1
    assert report["fixed"] == []
    assert site("config", "--get", DRIVER, ok=False) == ""
    said, report = doctor(site, "--fix")
    assert said.status == 0
    assert {"merge.seedgit.driver", "info/attributes", "hook pre-commit"} <= {
        step["what"] for step in report["fixed"]
    }
    assert seedgit(site, "doctor", "--fix").out.endswith("Nothing to fix.\n")


@pytest.mark.parametrize("driver", [True, False])
def test_dry_run_writes_nothing(site: Repo, driver: bool) -> None:
    site("config", "seedgit.mode", "dry-run")
    site("config", "--unset", "merge.seedgit.recursive")
    if not driver:
        site("config", "--unset", DRIVER)
    (site.path / ".git" / "hooks" / "pre-commit").unlink()
    (site.path / ".git" / "info" / "attributes").unlink()
    place = site.path / ".git" / FILE
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    place.write_bytes(b"junk" * 1000)
    lock = site.path / ".git" / "refs" / "seedgit" / "x.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    os.utime(lock, (time.time() - 4000,) * 2)

    def state() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in site.path.rglob("*") if p.is_file()}

    before = state()
    said, report = doctor(site, "--fix")
    assert said.status == 1
    assert report["dry-run"] is True
    assert {"merge.seedgit.recursive", "hook pre-commit", str(lock), str(place)} <= {
        step["what"] for step in report["fixed"]
    }
    assert "dry-run: nothing was written" in said.err
    assert state() == before
