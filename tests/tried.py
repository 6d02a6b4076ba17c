"""What doctor learns of programs by starting them: once a session, where they are the same ones.

A trial starts some thirty programs. What comes of it depends on the environment, git's settings and
what is installed. Where that is what seedgit itself installs, another trial finds the same.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest

from seedgit import merge_driver
from seedgit.git.process import Ran
from seedgit.git.settings import DRIVER_KEY
from seedgit.operations import doctor
from seedgit.operations.audit import programs
from seedgit.operations.audit.entries import may_run
from seedgit.operations.audit.findings import Finding
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.hook_install import hook_file
from seedgit.operations.install.hook_scripts import HOOKS, hook_script
from seedgit.operations.install.hooks import hook_place, hook_text
from seedgit.operations.workspace import Workspace
from tests.built import environment

ROOT = repr(str(Path(merge_driver.__file__).parents[1]))
_trials: dict[Hashable, list[Finding]] = {}
_answers: dict[Hashable, Ran] = {}
_try_out, _run_program = doctor.try_out, programs.run_program


def _tried(workspace: Workspace) -> list[Finding]:
    installed = _installed(workspace)
    if installed is None:
        return _try_out(workspace)
    key = installed, environment()
    if key not in _trials:
        _trials[key] = _try_out(workspace)
    return list(_trials[key])


def _installed(workspace: Workspace) -> Hashable | None:
    """Which of seedgit's own entry points there are; None where there is another one."""
    config, place = workspace.repository.config, hook_place(workspace.repository)
    texts = {name: hook_text(hook_file(place, name)) for name in HOOKS}
    shell = shutil.which("seedgit") or sys.executable
    own = (
        config.get(DRIVER_KEY) in (None, driver_command())
        and all(text in (None, hook_script(name)) for name, text in texts.items())
        and Path(shell).parent == Path(sys.executable).parent
    )
    hooks = [
        (name, os.access(hook_file(place, name), os.X_OK), may_run(place, name, text))
        for name, text in texts.items()
        if text is not None
    ]
    driver = (config.get(DRIVER_KEY), config.get("merge.seedgit.recursive"))
    return (tuple(hooks), driver) if own else None


def _answered(words: list[str], **how: Any) -> Ran:
    """This interpreter, isolated, says of the seedgit that is tested what it said before."""
    if words[0] != sys.executable or words[1] != "-I" or ROOT not in words[-1]:
        return _run_program(words, **how)
    if tuple(words) not in _answers:
        _answers[tuple(words)] = _run_program(words, **how)
    return _answers[tuple(words)]


@pytest.fixture(autouse=True)
def tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "try_out", _tried)
    monkeypatch.setattr(programs, "run_program", _answered)
