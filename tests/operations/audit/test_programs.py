"""What doctor says of the interpreters that entry points run, and of the seedgit there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.operations.audit.findings import NOTE
from seedgit.operations.audit.programs import find_call
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.hook_scripts import HOOKS, hook_script
from tests.conftest import Repo
from tests.operations.audit.examined import (
    DRIVER,
    LIBRARIES,
    PACKAGE,
    copied,
    fix,
    install,
    look,
    of,
    provokes,
    venv,
    wrong,
)

pytestmark = pytest.mark.real_start


@provokes(codes.OTHER_VERSION)
def test_two_versions_on_one_machine(site: Repo, tmp_path: Path) -> None:
    old = copied(tmp_path / "old", "0.0.1")
    install(site, venv(tmp_path / "env", old, LIBRARIES), old)
    found = [f for f in look(site) if f.code == codes.OTHER_VERSION]
    assert [f.detail.partition(": ")[0] for f in found] == ["driver", *(f"hook {n}" for n in HOOKS)]
    assert all(f"seedgit 0.0.1 in {old}/seedgit, by {tmp_path}/env" in f.detail for f in found)
    assert wrong(site) == {codes.OTHER_VERSION}
    fix(site)
    assert wrong(site) == set()


@provokes(codes.OTHER_PLACE)
def test_the_same_version_elsewhere_is_no_fault(site: Repo, tmp_path: Path) -> None:
    other = copied(tmp_path / "other")
    install(site, venv(tmp_path / "env", other, LIBRARIES), other)
    assert of(site, codes.OTHER_PLACE).level == NOTE
    assert wrong(site) == set()
    assert fix(site) == {}


@provokes(codes.INTERPRETER_MISSING)
@pytest.mark.parametrize("how", ["moved", "base-removed", "program-removed"])
def test_an_environment_that_is_gone(site: Repo, tmp_path: Path, how: str) -> None:
    other = copied(tmp_path / "other")
    python = venv(tmp_path / "env", other, LIBRARIES)
    install(site, python, other)
    if how == "moved":
        (tmp_path / "env").rename(tmp_path / "elsewhere")
        gone = f"{python} is gone"
    elif how == "base-removed":
        (tmp_path / "env/bin/python").unlink()
        (tmp_path / "env/bin/python").symlink_to(tmp_path / "base/python")
        gone = f"{python} is gone: it is a link to {tmp_path}/base/python, which is gone"
    else:
        (other / "seedgit/merge_driver.py").unlink()
        gone = "merge_driver.py is gone"
    assert gone in of(site, codes.INTERPRETER_MISSING).detail
    assert fix(site)[DRIVER] == "updated"
    assert wrong(site) == set()


@provokes(codes.INTERPRETER_SHIM)
def test_a_shim(site: Repo, tmp_path: Path) -> None:
    shim = tmp_path / "shims" / "python"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    install(site, shim)
    assert str(shim) in of(site, codes.INTERPRETER_SHIM).detail
    assert wrong(site) == {codes.INTERPRETER_SHIM}
    fix(site)
    assert wrong(site) == set()


@provokes(codes.NOT_IMPORTABLE)
def test_an_interpreter_without_seedgit(site: Repo, tmp_path: Path) -> None:
    install(site, venv(tmp_path / "env"))
    found = of(site, codes.NOT_IMPORTABLE)
    assert "No module named 'pygit2'" in found.detail and "hook pre-commit" in found.detail
    fix(site)
    assert wrong(site) == set()


@provokes(codes.IN_TREE)
def test_an_environment_in_the_working_tree(site: Repo, upstream: Repo) -> None:
    """git overwrites what it ignores: upstream may track `.venv/bin/python`."""
    site.write({".git/info/exclude": ".venv\n"})
    inside = venv(site.path / ".venv", PACKAGE.parent, LIBRARIES)
    install(site, inside)
    found = [f for f in look(site) if f.code == codes.IN_TREE]
    assert [f.detail.partition(": ")[0] for f in found] == ["driver", *(f"hook {n}" for n in HOOKS)]
    assert wrong(site) == {codes.IN_TREE}
    ran = subprocess.run(
        [inside, "-I", "-m", "seedgit", "init"], cwd=site.path, capture_output=True, text=True
    )
    assert "lies in the working tree" in ran.stdout, ran.stderr
    fix(site)
    assert wrong(site) == set()


@provokes(codes.CLI_MISSING)
def test_a_shell_that_finds_no_seedgit(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    places = os.environ["PATH"].split(os.pathsep)
    others = [place for place in places if not (Path(place) / "seedgit").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(others))
    assert of(site, codes.CLI_MISSING).level == NOTE


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (driver_command("/a b/python", "/x/merge_driver.py"), "/a b/python"),
        (hook_script("post-merge", "/p/python3"), "/p/python3"),
        ("seedgit hook pre-commit", "seedgit"),
        ("#!/bin/sh\n# don't\nif true; then /b/seedgit hook pre-commit; fi", "/b/seedgit"),
        ("python3 -m seedgit.merge_driver %O %A %B %L %P", "python3"),
        ("other %O", None),
        ("echo 'open", None),
        ("", None),
    ],
)
def test_the_program_of_a_command_line(command: str, program: str | None) -> None:
    call = find_call(command)
    assert (call and call.program) == program
