"""How many acknowledged writes are found afterwards: every entry point, at once, two worktrees.

usage: bench/writes.py [--writes N]

Python API, command line, the post-merge hook and `git merge` with the driver write and rebase the
same overlay concurrently, from two linked worktrees; then each field is read from the other one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from seedgit.operations.overrides import set_override
from seedgit.operations.workspace import Workspace

FIELDS = 120
PATH = "flows/f.yaml"
RULES = "version: 1\nseeds:\n  - files: 'flows/**'\n    overlay: [/**]\n"


def git(place: Path, *words: str) -> None:
    identity = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org")
    subprocess.run(["git", *identity, *words], cwd=place, check=True, capture_output=True)


def seedgit(place: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "seedgit", *words],
        cwd=place,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=2000)
    wanted = parser.parse_args().writes
    with tempfile.TemporaryDirectory() as directory:
        one, two = Path(directory, "one"), Path(directory, "two")
        (one / "flows").mkdir(parents=True)
        (one / ".seedgit.yaml").write_text(RULES)
        (one / PATH).write_text("".join(f"k{n}: 0\n" for n in range(FIELDS)))
        git(one, "init", "--quiet")
        git(one, "add", "--all")
        git(one, "commit", "--quiet", "--no-verify", "-m", "v1")
        git(one, "config", "user.name", "Bench")
        git(one, "config", "user.email", "bench@example.org")
        seedgit(one, "init")
        git(one, "worktree", "add", "--quiet", str(two), "-b", "two")
        return measured(one, two, wanted)


def measured(one: Path, two: Path, wanted: int) -> int:
    acknowledged: dict[str, int] = {}
    counts = {"api": 0, "command line": 0, "hook": 0}
    lock = threading.Lock()
    stop = threading.Event()
    by_command = wanted // 20

    def took(name: str, key: str, value: int) -> None:
        with lock:
            acknowledged[key] = value
            counts[name] += 1

    def api(place: Path, own: range, share: int) -> None:
        for n in range(share):
            key = f"k{own[n % len(own)]}"
            value = acknowledged.get(key, 0) + 1
            if set_override(Workspace.open(str(place)), PATH, f"/{key}", value).commit:
                took("api", key, value)

    def command(place: Path, own: range, share: int) -> None:
        for n in range(share):
            key = f"k{own[n % len(own)]}"
            value = acknowledged.get(key, 0) + 1
            if json.loads(seedgit(place, "set", PATH, f"/{key}", str(value), "--json"))["commit"]:
                took("command line", key, value)

    def hooks(place: Path) -> None:
        while not stop.wait(0.2):
            seedgit(place, "hook", "post-merge")
            counts["hook"] += 1

    rest = wanted - by_command
    jobs = [
        threading.Thread(target=api, args=(one, range(0, 30), rest // 3)),
        threading.Thread(target=api, args=(two, range(30, 60), rest // 3)),
        threading.Thread(target=api, args=(one, range(60, 90), rest - 2 * (rest // 3))),
        threading.Thread(target=command, args=(two, range(90, FIELDS), by_command)),
    ]
    background = threading.Thread(target=hooks, args=(one,))
    start = time.monotonic()
    background.start()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    stop.set()
    background.join()
    seconds = time.monotonic() - start
    found = 0
    for place in (one, two):
        text = seedgit(place, "render", PATH)
        held = dict(line.split(": ") for line in text.splitlines())
        found += sum(int(held[key]) == value for key, value in acknowledged.items())
    log = subprocess.run(
        ["git", "rev-list", "--count", "refs/seedgit/overlays/local"],
        cwd=one,
        check=True,
        capture_output=True,
        text=True,
    )
    print(f"{'entry point':<14} writes")
    for name, n in counts.items():
        print(f"{name:<14} {n}")
    made = counts["api"] + counts["command line"]
    print(f"acknowledged   {made} in {seconds:.0f} s, {log.stdout.strip()} commits in the overlay")
    print(f"found          {found} of {2 * len(acknowledged)} fields, read from both worktrees")
    return 0 if found == 2 * len(acknowledged) and made == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
