"""What a fleet costs: one upgrade planned over the overlays of many sites.

usage: bench/fleet.py [--sites N] [--seeds N] [--variants N] [--own PERCENT] [--without PERCENT]
                      [--renamed] [--workers N...] [--keep DIR]

Builds a repository with `git fast-import`: N seeds in two versions, and N overlays with a record
for most seeds, drawn from some variants a seed; PERCENT of the records are one site's own. Prints
the seconds of `seedgit fleet plan` and `seedgit fleet overrides`, each a process of its own, and
the highest memory of either.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from seedgit.digest import blob_id

ROOT = Path(__file__).resolve().parent.parent
RULES = (ROOT / "tests" / "site.seedgit.yaml").read_text()
STEPS = ("fetch", "rank", "check", "write")


def seed(number: int, version: int) -> bytes:
    """Every fifth seed changes with the upgrade: a value, and a step that is gone."""
    new = version == 2 and number % 5 == 0
    lines = [f"# Flow {number}.", f"name: flow-{number}", "paused: false", "steps:"]
    for step in STEPS[:-1] if new else STEPS:
        limit = 80 if new and step == "fetch" else 50
        lines += [f"  - id: {step}", "    mode: live", f"    max_items: {limit}"]
    return ("\n".join(lines) + "\n").encode()


def record(number: int, rng: random.Random, own: int = 0) -> bytes:
    """A record over version 1, of a handful of overrides; `own` makes its value one site's."""
    path = f"flows/{number:04d}.yaml"
    patch: list[dict[str, Any]] = []
    for step, member, old, new in (
        (0, "max_items", 50, own or rng.randrange(10)),
        (rng.randrange(3), "mode", "live", rng.choice(("drain", "hold"))),
        (3, "mode", "live", "drain"),
    )[0 if own else rng.randrange(2) : rng.choice((1, 2, 2, 3))]:
        place = f"/steps/{step}/{member}"
        patch.append({"op": "test", "path": place, "value": old})
        patch.append({"op": "replace", "path": place, "value": new})
    base = blob_id(seed(number, 1))
    whole = {"version": 1, "path": path, "base": base, "patch": patch}
    return (json.dumps(whole, indent=2) + "\n").encode()


def stream(out: IO[bytes], options: argparse.Namespace) -> Iterator[tuple[int, bytes]]:
    """The repository, as git-fast-import(1) takes it; yields the distinct records."""
    person = b"committer bench <bench@example.com> 1700000000 +0000\n"

    def data(content: bytes) -> bytes:
        return b"data %d\n%s\n" % (len(content), content)

    for version in (1, 2):
        branch = b"main" if version == 1 else b"upstream"
        out.write(b"commit refs/heads/%s\nmark :%d\n%s" % (branch, version, person))
        out.write(data(b"v%d" % version) + (b"from :1\n" if version == 2 else b""))
        out.write(b"M 100644 inline .seedgit.yaml\n" + data(RULES.encode()))
        for number in range(options.seeds):
            content = data(seed(number, version))
            moved = options.renamed and version == 2 and number % 5 == 0
            if moved:
                out.write(b"D flows/%04d.yaml\n" % number)
            folder = b"flows/new" if moved else b"flows"
            out.write(b"M 100644 inline %s/%04d.yaml\n" % (folder, number) + content)
    rng = random.Random(1)
    variants = [[record(n, rng) for _ in range(options.variants)] for n in range(options.seeds)]
    bases = [blob_id(seed(number, 1)).encode() for number in range(options.seeds)]
    written: dict[bytes, int] = {}
    mark = 10
    for site in range(options.sites):
        chosen = []
        for number in range(options.seeds):
            own = rng.random() * 100 < options.own
            if rng.random() * 100 < options.without:
                continue
            mine = record(number, rng, 100 + site) if own else b""
            content = mine or rng.choice(variants[number])
            if content not in written:
                mark += 1
                written[content] = mark
                out.write(b"blob\nmark :%d\n" % mark + data(content))
                yield number, content
            chosen.append((number, written[content]))
        name = b"refs/seedgit/overlays/site-%06d" % site
        out.write(b"commit %s\n%s" % (name, person) + data(b"site %d" % site))
        for number, at in chosen:
            folder = b"records/flows%%2F%04d.yaml" % number
            out.write(b"M 100644 :%d %s/record.json\n" % (at, folder))
            out.write(b"M 100644 %s %s/base\n" % (bases[number], folder))
    out.write(b"done\n")


def build(folder: Path, options: argparse.Namespace, env: dict[str, str]) -> int:
    """The repository; returns how many distinct records it has."""
    subprocess.run(["git", "init", "-q", "-b", "main", "."], cwd=folder, env=env, check=True)
    importer = subprocess.Popen(
        ["git", "fast-import", "--quiet", "--done"], cwd=folder, env=env, stdin=subprocess.PIPE
    )
    assert importer.stdin is not None
    distinct = sum(1 for _ in stream(importer.stdin, options))
    importer.stdin.close()
    if importer.wait():
        raise SystemExit("git fast-import failed")
    for words in (["pack-refs", "--all"], ["reset", "-q", "--hard"]):
        subprocess.run(["git", *words], cwd=folder, env=env, check=True)
    return distinct


def timed(folder: Path, env: dict[str, str], *words: str) -> tuple[float, Any]:
    start = time.perf_counter()
    command = [sys.executable, "-I", "-m", "seedgit", "fleet", *words]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return seconds, done.stdout


def measure(folder: Path, options: argparse.Namespace) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env = {
        **kept,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PYTHONPATH": str(ROOT),
    }
    start = time.perf_counter()
    distinct = build(folder, options, env)
    records = options.sites * options.seeds
    print(f"{options.sites} sites, {options.seeds} seeds, {records} records, {distinct} distinct")
    print(f"  {'built':<24}{time.perf_counter() - start:>8.1f} s", flush=True)
    asked = [
        ("plan", ["plan", "upstream"]),
        ("plan --json", ["plan", "upstream", "--json"]),
        ("plan --html", ["plan", "upstream", "--html", "../plan.html"]),
        ("overrides", ["overrides"]),
    ]
    if options.workers:
        asked += [
            (f"{action}, {number} at work", [action, *more, "--json", "--workers", str(number)])
            for action, *more in (["plan", "upstream"], ["overrides"])
            for _ in range(options.rounds)
            for number in options.workers
        ]
    for title, words in asked:
        seconds, out = timed(folder, env, *words)
        print(f"  {title:<24}{seconds:>8.1f} s  {len(out) / 1e6:.1f} MB of output", flush=True)
    size = (folder.parent / "plan.html").stat().st_size
    print(f"  {'the page':<24}{size / 1e6:>8.1f} MB")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"  {'highest memory':<24}{memory / 1024:>8.0f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--variants", type=int, default=10, help="records a seed has (10)")
    parser.add_argument("--own", type=float, default=1.0, help="per cent of one site's own (1)")
    parser.add_argument("--without", type=float, default=0.0, help="per cent without a record (0)")
    parser.add_argument("--renamed", action="store_true", help="the seeds that change also move")
    parser.add_argument("--workers", type=int, nargs="+", help="compare these numbers of them")
    parser.add_argument("--rounds", type=int, default=3, help="of the comparison (3)")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="build it here, and leave it")
    options = parser.parse_args()
    if options.keep:
        place = options.keep / "fleet"
        place.mkdir(parents=True)
        measure(place, options)
        return 0
    with tempfile.TemporaryDirectory(prefix="seedgit-bench-") as name:
        place = Path(name) / "fleet"
        place.mkdir()
        measure(place, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
