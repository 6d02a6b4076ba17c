"""Programs write their live files all the time: is each write found again, whatever comes between?

usage: bench/programs.py [--seconds N] [--rate N]

Two programs each read their file, change it and write it back, N times a second: one in place
(O_TRUNC), one by rename. `sync --watch` runs, and meanwhile come ten upgrades and fifty `set`. A
program knows what it wrote last; each time that it reads, it counts what is missing. In the end the
whole object store is searched for values that only ever were in a live file.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
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
KEPT = 12  # items in a queue; a program takes out the oldest when there are more
SEED = {"name": "flow", "timeout": 0, "mode": 0, "seen": "", "count": 0, "queue": []}
HOWS = ("in-place", "by-rename")
UPGRADES, SETS = 10, 50
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
    count, queue, lost, writes = 0, list[int](), list[str](), 0
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < seconds:
        value = json.loads(place.read_text())
        missing = [item for item in queue if item not in value["queue"]]
        if missing or value["count"] < count:
            lost.append(f"{missing} of {queue}, count {value['count']} for {count}, at {now:.2f}")
        count, queue = count + 1, [*value["queue"], count][-KEPT:]
        seen = f"{CANARY}-{how}-{writes}"
        write(place, how, text_of(value | {"count": count, "queue": queue, "seen": seen}))
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


def made(directory: Path) -> tuple[Path, Path, Path]:
    """A package, a site of it, and the folder of its live files."""
    package, site, app = directory / "package", directory / "site", directory / "app"
    (package / "flows").mkdir(parents=True)
    git(directory, "init", "--quiet", "-b", "main", str(package))
    for name in ("user.name", "user.email"):
        git(package, "config", name, "bench")
    (package / ".seedgit.yaml").write_text(RULES)
    for how in HOWS:
        (package / f"flows/{how}.json").write_text(text_of(SEED))
    git(package, "add", ".")
    git(package, "commit", "--quiet", "-m", "v0")
    git(directory, "clone", "--quiet", str(package), str(site))
    for name in ("user.name", "user.email"):
        git(site, "config", name, "bench")
    for words in (("init",), ("live", str(app))):
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


def upgrade(package: Path, site: Path, number: int) -> None:
    for how in HOWS:
        place = package / f"flows/{how}.json"
        place.write_text(text_of(json.loads(place.read_text()) | {"timeout": number}))
    git(package, "commit", "--quiet", "-am", f"v{number}")
    git(site, "pull", "--quiet", "--no-rebase")


def meanwhile(package: Path, site: Path, seconds: float) -> tuple[int, int]:
    """Upgrades and sets, spread over the time; how often `git status` was looked at, and dirty."""
    begun, looks, dirty = time.monotonic(), 0, 0
    for n in range(SETS):
        for how in HOWS[n % 2 :][:1]:
            words = seedgit("set", f"flows/{how}.json", "/mode", str(n + 1))
            subprocess.run(words, cwd=site, check=True, capture_output=True)
        if n % (SETS // UPGRADES) == 0:
            upgrade(package, site, n // (SETS // UPGRADES) + 1)
        while True:
            looks += 1
            dirty += git(site, "status", "--porcelain") != ""
            if time.monotonic() - begun > (n + 1) * seconds / SETS:
                break
            time.sleep(0.2)
    return looks, dirty


def canaries(site: Path) -> int:
    """How many objects of the store hold a value that only a live file had."""
    data = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch", "--unordered"],
        cwd=site,
        check=True,
        capture_output=True,
    ).stdout
    return data.count(CANARY.encode())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--program", nargs=2, metavar=("FILE", "HOW"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.program:
        program(Path(args.program[0]), args.program[1], args.seconds, args.rate)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        package, site, app = made(Path(directory).resolve())
        with watching(site):
            programs = [started(app, how, args.seconds, args.rate) for how in HOWS]
            looks, dirty = meanwhile(package, site, args.seconds)
            told = [json.loads(one.communicate()[0]) for one in programs]
        return report(site, app, told, looks, dirty)


def report(site: Path, app: Path, told: list[dict[str, Any]], looks: int, dirty: int) -> int:
    subprocess.run(seedgit("sync"), cwd=site, check=False, capture_output=True)
    bad = dirty + canaries(site)
    for one in told:
        path = f"flows/{one['how']}.json"
        shown = subprocess.run(
            seedgit("render", path), cwd=site, check=True, capture_output=True
        ).stdout
        live, effective = json.loads((app / path).read_text()), json.loads(shown)
        bad += len(one["lost"])
        print(f"{one['how']}: {one['writes']} writes, {len(one['lost'])} times something was lost")
        for text in one["lost"]:
            print(f"  {text}")
        for name in ("count", "queue"):
            if not live[name] == effective[name] == one[name]:
                bad += 1
                print(f"  in the end {name} is {live[name]}, {effective[name]}, {one[name]}")
        print(f"  mode {live['mode']}, {effective['mode']}, timeout {live['timeout']}")
    left = [name for name in os.listdir(app / "flows") if "seedgit" in name]
    print(f"git status: {looks} looks, {dirty} dirty; canaries: {canaries(site)}; left: {left}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
