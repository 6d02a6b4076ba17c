"""Repositories to measure in, made from a seed of the random numbers, each once a run."""

from __future__ import annotations

import atexit
import functools
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from seedgit.digest import blob_id

ROOT = Path(__file__).resolve().parent.parent
SEEDGIT = (sys.executable, "-I", "-m", "seedgit")
RULES = "version: 1\nseeds:\n  - files: 'flows/**'\n    keys: {/steps: id}\n    overlay: [/**]\n"
PERSON = b"committer Bench <bench@example.com> 1700000000 +0000\n"
_copies = itertools.count()


@functools.cache
def scratch() -> Path:
    """A folder for this run, which is removed when it ends."""
    folder = tempfile.mkdtemp(prefix="seedgit-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (Path(folder) / "home").mkdir()
    return Path(folder)


@functools.cache
def sealed() -> dict[str, str]:
    """An environment in which git reads no configuration but ours."""
    home = scratch() / "home"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTHON", "SEEDGIT"))}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "bench",
        "GIT_AUTHOR_EMAIL": "bench@example.com",
        "GIT_COMMITTER_NAME": "bench",
        "GIT_COMMITTER_EMAIL": "bench@example.com",
        "LC_ALL": "C",
    }


def git(folder: Path, *words: str | Path) -> str:
    """What git prints."""
    return _run(folder, "git", *words)


def seedgit(folder: Path, *words: str | Path) -> str:
    """What seedgit prints."""
    return _run(folder, *SEEDGIT, *words)


def _run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=folder, env=sealed(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr.strip()}")
    return done.stdout


# -- seeds, an upgrade, an overlay -----------------------------------------------------------------


def path_of(number: int) -> str:
    """The path of a seed."""
    return f"flows/{number // 100:03d}/{number:05d}.yaml"


def seed(number: int, version: int = 1) -> bytes:
    """A seed of 1.2 kB. Version 2 has another limit in its first step, and one step more."""
    rng = random.Random(number)
    lines = [f"# Flow {number}.", f"name: flow-{number}", "paused: false", "steps:"]
    for step in range(8 if version == 1 else 9):
        limit = 80 if version == 2 and not step else 50
        lines += [f"  - id: step-{step}", "    mode: live", f"    max_items: {limit}"]
        lines += [f"    queue: queue-{rng.randrange(1000)}  # of this step", "    retries: 3"]
        lines += [f"    command: work --quiet --part {rng.randrange(10**9)}"]
    return ("\n".join(lines) + "\n").encode()


def record(number: int) -> bytes:
    """A record over version 1: one override, of a limit that version 2 leaves alone."""
    place = "/steps/1/max_items"
    patch = [
        {"op": "test", "path": place, "value": 50},
        {"op": "replace", "path": place, "value": 7},
    ]
    base = blob_id(seed(number))
    whole = {"version": 1, "path": path_of(number), "base": base, "patch": patch}
    return (json.dumps(whole, indent=2) + "\n").encode()


@functools.cache
def seeds(count: int, overridden: int = 0, apart: int = 1) -> Path:
    """A clone with `count` seeds on `main`, after `seedgit init`: build once, then `copy` it.

    `overridden` of them have a record in the overlay `local`: the first ones, or each `apart`-th.
    The branch `upgrade` is one commit ahead, which changes every seed; `seedgit.upstream` is
    `main`.
    """
    folder = scratch() / f"seeds-{count}-{overridden}-{apart}"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", ".")
    git(folder, "config", "gc.auto", "0")
    git(folder, "config", "maintenance.auto", "false")
    imported(folder, lambda out: _write_seeds(out, count, range(0, overridden * apart, apart)))
    git(folder, "reset", "-q", "--hard")
    git(folder, "config", "seedgit.upstream", "main")
    seedgit(folder, "init")
    return folder


def _write_seeds(out: IO[bytes], count: int, overridden: range) -> None:
    for version, branch in ((1, b"main"), (2, b"upgrade")):
        out.write(b"commit refs/heads/%s\nmark :%d\n%s" % (branch, version, PERSON))
        out.write(data(b"v%d" % version) + (b"from :1\n" if version == 2 else b""))
        out.write(b"M 100644 inline .seedgit.yaml\n" + data(RULES.encode()))
        for number in range(count):
            place = path_of(number).encode()
            out.write(b"M 100644 inline %s\n" % place + data(seed(number, version)))
    if overridden:
        out.write(b"commit refs/seedgit/overlays/local\n" + PERSON + data(b"overrides"))
    for number in overridden:
        folder = b"records/" + path_of(number).replace("/", "%2F").encode()
        out.write(b"M 100644 inline %s/record.json\n" % folder + data(record(number)))
        out.write(b"M 100644 %s %s/base\n" % (blob_id(seed(number)).encode(), folder))


def imported(folder: Path, write: Callable[[IO[bytes]], object]) -> None:
    """What `write` writes, in the language of git-fast-import(1)."""
    command = ["git", "fast-import", "--quiet", "--done"]
    importer = subprocess.Popen(command, cwd=folder, env=sealed(), stdin=subprocess.PIPE)
    assert importer.stdin is not None
    write(importer.stdin)
    importer.stdin.write(b"done\n")
    importer.stdin.close()
    if importer.wait():
        raise SystemExit("git fast-import failed")


def data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def copy(folder: Path) -> Path:
    """A copy of its own of a repository, whose index knows its files."""
    target = scratch() / f"{folder.name}-{next(_copies)}"
    shutil.copytree(folder, target, symlinks=True)
    git(target, "update-index", "-q", "--refresh")
    return target
