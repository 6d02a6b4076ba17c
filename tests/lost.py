"""A seedgit in an environment of its own, which a test can take away: no copy, only links."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from seedgit import merge_driver
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.hook_scripts import HOOKS, hook_script
from tests.conftest import Repo
from tests.starting import real_interpreter

PACKAGE = Path(merge_driver.__file__).parent
WAYS = ("moved", "package", "libraries", "not-executable", "broken", "failing")


class Environment:
    """A virtual environment at a place: `bin/python`, and seedgit among its libraries."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.python = place / "bin/python"
        self.libraries = place / "lib/python{}.{}/site-packages".format(*sys.version_info[:2])
        self.package = self.libraries / "seedgit"
        self.python.parent.mkdir(parents=True)
        self.libraries.mkdir(parents=True)
        base = Path(real_interpreter()).resolve()
        self.python.symlink_to(base)
        (place / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
        self.paths = self.libraries / "others.pth"
        self.paths.write_text(sysconfig.get_paths()["purelib"] + "\n")
        self.package.symlink_to(PACKAGE)
        (self.libraries / "hooks").symlink_to(PACKAGE.parent / "hooks")

    @property
    def program(self) -> Path:
        return self.package / "__main__.py"

    def install(self, repo: Repo) -> None:
        """The driver and the hooks as `seedgit init` of this environment writes them."""
        python = str(self.python)
        command = driver_command(python, str(self.package / "merge_driver.py"))
        repo("config", "merge.seedgit.driver", command)
        for name in HOOKS:
            place = repo.path / ".git/hooks" / name
            place.write_text(hook_script(name, python, str(self.program)))
            place.chmod(0o755)

    def lose(self, how: str) -> None:
        """One of WAYS in which seedgit is gone."""
        if how == "moved":
            self.place.rename(self.place.with_name("elsewhere"))
        elif how == "package":
            self.package.unlink()
        elif how == "libraries":  # as after an upgrade of Python
            self.paths.unlink()
        else:
            status = {"broken": 127, "failing": 1}.get(how, 0)
            self.python.unlink()
            self.python.write_text(f"#!/bin/sh\nexit {status}\n")
            self.python.chmod(0o644 if how == "not-executable" else 0o755)
