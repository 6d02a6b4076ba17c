"""Concurrent writers of one overlay: is each acknowledged write found afterwards, and how fast?

usage: bench/writes.py [--writers N] [--writes N] [--by api|command] [--gc] [--stop]

N processes, in two linked worktrees, each make N changes of one overlay, of their own fields. All
the while a process reads: the effective file as seedgit has it, and the overlay's whole history as
git has it. The post-merge hook runs beside them; `--gc` adds `git gc --prune=now` without a pause,
`--stop` stops a random writer for a while now and then (SIGSTOP). In the end every field is read
from the other worktree, and the whole repository by git fsck.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from seedgit.operations.set import set_override
from seedgit.operations.workspace import Workspace

PATH = "flows/f.yaml"
REF = "refs/seedgit/overlays/local"
RULES = "version: 1\nseeds:\n  - files: 'flows/**'\n    overlay: [/**]\n"
FIELDS = 5  # of each writer


def git(place: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=place, check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip()


def seedgit(place: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "seedgit", *words],
        cwd=place,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout


def made(directory: str, writers: int) -> tuple[Path, Path]:
    """A clone with one seed, and a second worktree of it."""
    one, two = Path(directory, "one"), Path(directory, "two")
    (one / "flows").mkdir(parents=True)
    (one / ".seedgit.yaml").write_text(RULES)
    keys = [key(writer, n) for writer in range(writers) for n in range(FIELDS)]
    (one / PATH).write_text("".join(f"{each}: 0\n" for each in keys))
    git(one, "init", "--quiet")
    git(one, "config", "user.name", "Bench")
    git(one, "config", "user.email", "bench@example.org")
    git(one, "add", "--all")
    git(one, "commit", "--quiet", "--no-verify", "-m", "v1")
    seedgit(one, "init")
    git(one, "worktree", "add", "--quiet", str(two), "-b", "two")
    return one, two


def key(writer: int, n: int) -> str:
    return f"w{writer}k{n % FIELDS}"


# -- what runs at once -----------------------------------------------------------------------------


def write(by: str, writer: int, writes: int) -> None:
    """One writer: a line of JSON for each change, acknowledged or refused, and its seconds."""
    for n in range(writes):
        start = time.monotonic()
        error = ""
        try:
            if by == "api":
                done = set_override(Workspace.open("."), PATH, f"/{key(writer, n)}", n + 1)
                commit = done.commit
            else:
                output = seedgit(Path(), "set", PATH, f"/{key(writer, n)}", str(n + 1), "--json")
                commit = json.loads(output)["commit"]
        except subprocess.CalledProcessError as failed:
            commit, error = None, failed.stderr
        except Exception as failed:
            commit, error = None, repr(failed)
        seconds = time.monotonic() - start
        print(json.dumps([n + 1, commit, seconds, error]), flush=True)


class Beside(threading.Thread):
    """Something that is done over and over while the writers write."""

    def __init__(self, what: str, pause: float = 0) -> None:
        super().__init__(daemon=True)
        self.what, self.pause = what, pause
        self.times = 0
        self.longest = 0.0
        self.failed: list[str] = []
        self.over = threading.Event()

    def act(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        while not self.over.wait(self.pause):
            start = time.monotonic()
            try:
                self.act()
            except subprocess.CalledProcessError as error:
                self.failed.append(error.stderr.strip() or str(error))
            except Exception as error:
                self.failed.append(repr(error))
            self.times += 1
            self.longest = max(self.longest, time.monotonic() - start)


class Command(Beside):
    def __init__(self, place: Path, words: list[str], pause: float) -> None:
        super().__init__(" ".join(words), pause)
        self.place, self.words = place, words

    def act(self) -> None:
        (git if self.words[0] == "git" else seedgit)(self.place, *self.words[1:])


class Stopper(Beside):
    def __init__(self, processes: list[subprocess.Popen[str]]) -> None:
        super().__init__("a writer stopped", 3)
        self.processes = processes

    def act(self) -> None:
        alive = [process for process in self.processes if process.poll() is None]
        if alive:
            chosen = random.choice(alive)
            chosen.send_signal(signal.SIGSTOP)
            self.over.wait(4)
            chosen.send_signal(signal.SIGCONT)


class Write(NamedTuple):
    writer: int
    value: int
    commit: str | None
    seconds: float
    error: str


def measured(places: tuple[Path, Path], args: argparse.Namespace) -> int:
    root = str(Path(__file__).resolve().parents[1])
    processes = []
    start = time.monotonic()
    for writer in range(args.writers):
        words = [__file__, "--by", args.by, "--writes", str(args.writes), "--writer", str(writer)]
        processes.append(
            subprocess.Popen(
                [sys.executable, *words],
                cwd=places[writer % 2],
                stdout=subprocess.PIPE,
                encoding="utf-8",
                env={**os.environ, "PYTHONPATH": root},
            )
        )
    beside: list[Beside] = [
        Command(places[0], ["seedgit", "render", PATH], 0.5),
        Command(places[1], ["git", "rev-list", "--objects", "--quiet", REF], 0.3),
        Command(places[0], ["seedgit", "hook", "post-merge"], 2),
    ]
    if args.gc:
        beside.append(Command(places[1], ["git", "gc", "--quiet", "--prune=now"], 0))
    if args.stop:
        beside.append(Stopper(processes))
    while not _exists(places[0]):
        time.sleep(0.05)
    for each in beside:
        each.start()
    done = [
        Write(writer, *json.loads(line))
        for writer, process in enumerate(processes)
        for line in process.communicate()[0].splitlines()
    ]
    seconds = time.monotonic() - start
    for each in beside:
        each.over.set()
        each.join()
    return reported(places, done, beside, seconds, args)


def _exists(place: Path) -> bool:
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", REF], cwd=place, stdout=subprocess.DEVNULL
    )
    return found.returncode == 0


# -- what came of it -------------------------------------------------------------------------------


def reported(
    places: tuple[Path, Path],
    done: list[Write],
    beside: list[Beside],
    seconds: float,
    args: argparse.Namespace,
) -> int:
    kept = [each for each in done if each.commit]
    wanted: dict[str, int] = {}
    for each in kept:
        wanted[key(each.writer, each.value - 1)] = each.value
    found = 0
    for place in places:
        held = dict(line.split(": ") for line in seedgit(place, "render", PATH).splitlines())
        found += sum(int(held[name]) == value for name, value in wanted.items())
    commits = set(git(places[0], "rev-list", REF).split())
    lost = [each for each in kept if each.commit not in commits]
    whole = subprocess.run(["git", "fsck", "--strict"], cwd=places[0], capture_output=True)
    times = sorted(each.seconds for each in done) or [0.0]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    packs = len(list((places[0] / ".git" / "objects" / "pack").glob("*.pack")))
    print(f"{args.writers} writers by {args.by}, {args.writes} changes each")
    print(
        f"acknowledged   {len(kept)} of {args.writers * args.writes} in {seconds:.0f} s, ", end=""
    )
    print(f"{len(kept) / seconds:.1f} a second, {len(done) - len(kept)} refused")
    print(f"a change       median {statistics.median(times):.2f} s, longest {times[-1]:.2f} s")
    print(f"lost           {len(lost)} commits, {2 * len(wanted) - found} fields")
    print(f"processor      {used.ru_utime + used.ru_stime:.0f} s, all of it")
    print(f"packs          {packs}; git fsck: {'whole' if not whole.returncode else 'DAMAGED'}")
    for other in beside:
        print(
            f"beside         {other.what}: {other.times} times, longest {other.longest:.1f} s, "
            f"{len(other.failed)} failed{': ' + other.failed[0] if other.failed else ''}"
        )
    for each in [each for each in done if not each.commit][:5]:
        print(f"refused        {each.error}")
    right = not lost and found == 2 * len(wanted) and not whole.returncode
    every = len(kept) == args.writers * args.writes
    return 0 if right and every and not any(other.failed for other in beside) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--writes", type=int, default=100, help="by each of them")
    parser.add_argument("--by", choices=("api", "command"), default="api")
    parser.add_argument("--gc", action="store_true", help="git gc --prune=now all the while")
    parser.add_argument("--stop", action="store_true", help="stop a writer now and then")
    parser.add_argument("--writer", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.writer is not None:
        write(args.by, args.writer, args.writes)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        return measured(made(directory, args.writers), args)


if __name__ == "__main__":
    sys.exit(main())
