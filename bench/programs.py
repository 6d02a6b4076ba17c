"""Programs write their live files all the time: is each write found again, whatever comes between?

usage: bench/programs.py [--seconds N] [--rate N] [--in-place] [--git]

Two programs each read their file, change it and write it back, N times a second: one in place
(O_TRUNC), one by rename. `sync --watch` runs, and meanwhile come ten upgrades and fifty `set`. A
program knows what it wrote last; each time that it reads, it counts what is missing. In the end the
whole object store is searched for values that only ever were in a live file.

With --in-place the files are those of the working tree. git refuses to pull while a file has
another size than it knows: then a sync comes first, and another try. git stops half-way where a
program makes a file that git has just removed: then `sync --restore` comes first. What a program
writes after git has looked at its file, and before git has replaced it, nobody can keep: it is
counted apart.

With --git somebody commits, stashes and switches branches all the time, too. Where another git has
the index at that moment, git refuses that.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RULES = """\
version: 1
seeds:
  - files: "flows/*.json"
    overlay: [{path: /queue}, {path: /count}, {path: /mode}]
"""
IN_PLACE_RULES = RULES.replace("{path: /mode}", "{path: /mode}, {path: /seen}") + "    live: true\n"
TRIES = 50  # at a pull
KEPT = 12  # items in a queue; a program takes out the oldest when there are more
SEED = {"name": "flow", "timeout": 0, "mode": 0, "seen": "", "count": 0, "queue": []}
HOWS = ("in-place", "by-rename")
UPGRADES, SETS = 10, 50
PERSONS = (
    [["commit", "--quiet", "--all", "--allow-empty", "--message", "now"]],
    [["add", "--all"], ["reset", "--quiet"]],
    [["stash", "--quiet"], ["stash", "pop", "--quiet"]],
    [["checkout", "--quiet", "other"], ["checkout", "--quiet", "main"]],
    [["diff"], ["diff", "--cached"]],
)
CANARY = "canary-of-a-live-file"


def git(place: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=place, check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout


def seedgit(*words: str) -> list[str]:
    return [sys.executable, "-I", "-m", "seedgit", *words]


def text_of(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"


# -- a program -------------------------------------------------------------------------------------


def write(place: Path, how: str, text: str) -> None:
    if how == "in-place":
        with place.open("r+") as file:
            file.truncate()
            file.write(text)
    else:
        new = place.with_name(f".{place.name}.new")
        new.write_text(text)
        new.replace(place)


def program(place: Path, how: str, seconds: float, rate: float) -> None:
    """Write until the time is over, then print what was lost."""
    count, queue, lost, writes = 0, list[int](), list[tuple[float, str]](), 0
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < seconds:
        try:
            value = json.loads(place.read_text())
        except (FileNotFoundError, ValueError):  # git is replacing it
            time.sleep(0.001)
            continue
        missing = [item for item in queue if item not in value["queue"]]
        if missing or value["count"] < count:
            told = f"{missing} of {queue}, count {value['count']} for {count}"
            lost.append((time.time(), f"{told}, at {now:.2f}"))
        count, queue = count + 1, [*value["queue"], count][-KEPT:]
        seen = f"{CANARY}-{how}-{writes}"
        try:
            write(place, how, text_of(value | {"count": count, "queue": queue, "seen": seen}))
        except FileNotFoundError:  # git is replacing it: nothing was written
            count, queue = count - 1, queue[:-1]
            continue
        writes += 1
        time.sleep(max(0.0, writes / rate - (time.monotonic() - begun)))
    print(json.dumps({"how": how, "writes": writes, "lost": lost, "count": count, "queue": queue}))


def started(app: Path, how: str, seconds: float, rate: float) -> subprocess.Popen[bytes]:
    words = ["--program", str(app / f"flows/{how}.json"), how]
    return subprocess.Popen(
        [sys.executable, __file__, "--seconds", str(seconds), "--rate", str(rate), *words],
        stdout=subprocess.PIPE,
    )


# -- what goes on meanwhile ------------------------------------------------------------------------


def made(directory: Path, in_place: bool) -> tuple[Path, Path, Path]:
    """A package, a site of it, and the folder of its live files."""
    package, site = directory / "package", directory / "site"
    app = site if in_place else directory / "app"
    (package / "flows").mkdir(parents=True)
    git(directory, "init", "--quiet", "-b", "main", str(package))
    for name in ("user.name", "user.email"):
        git(package, "config", name, "bench")
    (package / ".seedgit.yaml").write_text(IN_PLACE_RULES if in_place else RULES)
    for how in HOWS:
        (package / f"flows/{how}.json").write_text(text_of(SEED))
    git(package, "add", ".")
    git(package, "commit", "--quiet", "-m", "v0")
    git(directory, "clone", "--quiet", str(package), str(site))
    for name in ("user.name", "user.email"):
        git(site, "config", name, "bench")
    for words in (("init",), ("live", "--in-place" if in_place else str(app))):
        subprocess.run(seedgit(*words), cwd=site, check=True, capture_output=True)
    return package, site, app


@contextlib.contextmanager
def watching(site: Path) -> Iterator[None]:
    said = (site.parent / "watch").open("w")
    with (
        said,
        subprocess.Popen(seedgit("sync", "--watch"), cwd=site, stdout=said, stderr=said) as p,
    ):
        try:
            yield
        finally:
            p.terminate()


class Seen:
    """What was seen meanwhile.

    looks, dirty  how often `git status` was asked, and was not clean
    refused       how often git refused to pull
    did, did_not  how often a person's git did what it was told, and did not
    replacing     when git replaced the files: from, to
    """

    def __init__(self) -> None:
        self.looks = self.dirty = self.refused = self.did = self.did_not = 0
        self.replacing: list[tuple[float, float]] = []

    def pulled(self, site: Path) -> str | None:
        """Pull; returns what git said if it did not."""
        begun = time.time()
        done = subprocess.run(
            ["git", "pull", "--quiet", "--no-rebase", "--no-edit"],
            cwd=site,
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        self.replacing.append((begun, time.time()))
        return done.stderr if done.returncode else None

    def person(self, site: Path, number: int) -> None:
        """One of the things that a person does, the next one each time."""
        begun = time.time()
        for words in PERSONS[number % len(PERSONS)]:
            done = subprocess.run(["git", *words], cwd=site, capture_output=True, check=False)
            self.did += done.returncode == 0
            self.did_not += done.returncode != 0
        self.replacing.append((begun, time.time()))


def upgrade(package: Path, site: Path, number: int, seen: Seen) -> None:
    for how in HOWS:
        place = package / f"flows/{how}.json"
        place.write_text(text_of(json.loads(place.read_text()) | {"timeout": number}))
    git(package, "commit", "--quiet", "-am", f"v{number}")
    for _ in range(TRIES):
        said = seen.pulled(site)
        if said is None:
            return
        seen.refused += 1
        half = [f"flows/{how}.json" for how in HOWS] if "unable to create file" in said else []
        words = seedgit("sync", "--restore", *half) if half else seedgit("sync")
        subprocess.run(words, cwd=site, check=False, capture_output=True)
    raise RuntimeError(f"git refuses to pull: {said}")


def meanwhile(package: Path, site: Path, seconds: float, *, person: bool) -> Seen:
    """Upgrades and sets, spread over the time."""
    begun, seen = time.monotonic(), Seen()
    git(site, "branch", "--quiet", "--track", "other", "origin/main")
    for n in range(SETS):
        for how in HOWS[n % 2 :][:1]:
            words = seedgit("set", f"flows/{how}.json", "/mode", str(n + 1))
            subprocess.run(words, cwd=site, check=True, capture_output=True)
        if n % (SETS // UPGRADES) == 0:
            upgrade(package, site, n // (SETS // UPGRADES) + 1, seen)
        while True:
            seen.looks += 1
            seen.dirty += git(site, "status", "--porcelain") != ""
            if person:
                seen.person(site, seen.looks)
            if time.monotonic() - begun > (n + 1) * seconds / SETS:
                break
            time.sleep(0.2)
    return seen


def canaries(site: Path) -> int:
    """How many objects of the store hold a value that only a live file had, but for overrides."""
    data = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch", "--unordered"],
        cwd=site,
        check=True,
        capture_output=True,
    ).stdout
    parts = re.split(rb"^[0-9a-f]{40,64} [a-z]+ [0-9]+\n", data, flags=re.MULTILINE)
    return sum(CANARY.encode() in part and b'"timeout"' in part for part in parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--in-place", action="store_true")
    parser.add_argument("--git", action="store_true")
    parser.add_argument("--program", nargs=2, metavar=("FILE", "HOW"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.program:
        program(Path(args.program[0]), args.program[1], args.seconds, args.rate)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        package, site, app = made(Path(directory).resolve(), args.in_place)
        with watching(site):
            programs = [started(app, how, args.seconds, args.rate) for how in HOWS]
            seen = meanwhile(package, site, args.seconds, person=args.git)
            told = [json.loads(one.communicate()[0]) for one in programs]
        return report(site, app, told, seen)


def report(site: Path, app: Path, told: list[dict[str, Any]], seen: Seen) -> int:
    subprocess.run(seedgit("sync"), cwd=site, check=False, capture_output=True)
    in_place = app == site
    bad = canaries(site) + (git(site, "status", "--porcelain") != "")
    bad += 0 if in_place else seen.dirty
    for one in told:
        path = f"flows/{one['how']}.json"
        shown = subprocess.run(
            seedgit("render", path), cwd=site, check=True, capture_output=True
        ).stdout
        live, effective = json.loads((app / path).read_text()), json.loads(shown)
        pulls = seen.replacing if in_place else []
        gits = [at for at, _ in one["lost"] if any(a <= at <= b + 0.1 for a, b in pulls)]
        lost = [text for at, text in one["lost"] if at not in gits]
        bad += len(lost)
        print(f"{one['how']}: {one['writes']} writes, {len(lost)} times something was lost", end="")
        print(f"; while git replaced it: {len(gits)}" if in_place else "")
        for text in lost:
            print(f"  {text}")
        for name in ("count", "queue"):
            if not live[name] == effective[name] == one[name]:
                bad += 1
                print(f"  in the end {name} is {live[name]}, {effective[name]}, {one[name]}")
        print(f"  mode {live['mode']}, {effective['mode']}, timeout {live['timeout']}")
    left = [name for name in os.listdir(app / "flows") if "seedgit" in name]
    print(f"git status: {seen.looks} looks, {seen.dirty} dirty; git refused {seen.refused} pulls")
    if seen.did:
        print(f"a person's git: {seen.did} times done, {seen.did_not} times not")
    print(f"canaries: {canaries(site)}; left: {left}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
