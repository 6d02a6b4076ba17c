"""Repositories that are built once a session, and copied where they are needed again.

Names, dates and settings are given here, so what is built of the same things is the same. These
things are the key to it, and the environment; the place is another one in each copy.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Hashable
from pathlib import Path

# The key: what was built, and the directory it was built in.
_kept: dict[Hashable, tuple[Path, Path]] = {}
_shelf = Path(tempfile.mkdtemp(prefix="seedgit-built-"))
atexit.register(shutil.rmtree, _shelf, ignore_errors=True)

# Variables that name a place of the test alone, or the test.
PLACES = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CEILING_DIRECTORIES")
PLACES += ("PYTEST_CURRENT_TEST",)


def built(target: Path, key: Hashable, build: Callable[[], object]) -> None:
    """Puts at `target` what `build` makes there, as a copy where it was made before.

    `key` holds all that `build` depends on, but for the environment and where `target` is.
    """
    key = (key, environment())
    if key not in _kept:
        build()
        kept = _shelf / str(len(_kept))
        shutil.copytree(target, kept, symlinks=True)
        _kept[key] = kept, target.parent
        return
    kept, place = _kept[key]
    shutil.copytree(kept, target, symlinks=True, dirs_exist_ok=True)
    git = _git(target)
    for file in (git / "config", git / "FETCH_HEAD", *(git / "logs").rglob("*")):
        if file.is_file() and os.fsencode(place) in (text := file.read_bytes()):
            file.write_bytes(text.replace(os.fsencode(place), os.fsencode(target.parent)))
    if (git / "index").exists():  # it has the times and numbers of the files it knows
        subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=target, check=True)


def state(repository: Path) -> Hashable:
    """What a clone depends on: refs and settings. The refs say which objects there are."""
    git = _git(repository)
    files = [git / name for name in ("HEAD", "config", "packed-refs", "shallow")]
    files += sorted((git / "refs").rglob("*"))
    return tuple(
        (str(file.relative_to(git)), file.read_bytes()) for file in files if file.is_file()
    )


def _git(repository: Path) -> Path:
    inside = repository / ".git"
    return inside if inside.is_dir() else repository


def environment() -> Hashable:
    """The environment and git's settings of a test, but for its own places."""
    config = Path(os.environ.get("GIT_CONFIG_GLOBAL", os.devnull))
    variables = {name: value for name, value in os.environ.items() if name not in PLACES}
    return frozenset(variables.items()), config.read_bytes() if config.exists() else b""
