"""What a fleet costs: one upgrade planned over the overlays of many sites.

usage: bench/fleet.py [--sites N] [--seeds N] [--variants N] [--own PERCENT] [--without PERCENT]
                      [--renamed] [--workers N...] [--keep DIR]

Builds a repository with `git fast-import`: N seeds in two versions, and N overlays with a record
for most seeds, drawn from some variants a seed; PERCENT of the records are one site's own. Prints
what `seedgit fleet plan` and `seedgit fleet overrides` take, each a process of its own: seconds by
the clock, and of processor time, in the process itself and in those that it waited for; medians of
all rounds. By CPU, so many workers are faster as if each had a core, and the process itself worked
only while they do not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from seedgit.digest import blob_id

ROOT = Path(__file__).resolve().parent.parent
RULES = (ROOT / "tests" / "site.seedgit.yaml").read_text()
MEASURED = """
import resource, sys
from seedgit.start import main
try:
    sys.exit(main())
finally:
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        print(used.ru_utime + used.ru_stime, file=sys.stderr)
"""
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


class Run(NamedTuple):
    """One command: seconds by the clock, of processor time here and in workers; and its output."""

    clock: float
    here: float
    workers: float
    out: bytes

    @property
    def cpu(self) -> float:
        return self.here + self.workers


class Bench:
    """A repository, and the environment that commands run in.

    remembered  the file that a plan leaves for the next one
    """

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = env
        self.remembered = folder / ".git" / "seedgit" / "fleet"

    def run(self, *words: str) -> Run:
        start = time.perf_counter()
        command = [sys.executable, "-c", MEASURED, "fleet", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, check=False
        )
        seconds = time.perf_counter() - start
        if done.returncode:
            raise SystemExit(done.stderr.decode())
        here, workers = map(float, done.stderr.split()[-2:])
        return Run(seconds, here, workers, done.stdout)

    def first(self, *words: str) -> Run:
        """As if no plan had been made before."""
        self.remembered.unlink(missing_ok=True)
        return self.run(*words)

    def change(self, sites: int) -> None:
        """Give some sites a value of their own."""
        rng = random.Random(2)
        parts = []
        for site in range(sites):
            ref = b"refs/seedgit/overlays/site-%06d" % site
            content = record(0, rng, 10**6 + site)
            parts.append(b"commit %s\ncommitter b <b@example.com> 1700000001 +0000\n" % ref)
            parts.append(b"data 1\nx\nfrom %s^0\n" % ref)
            parts.append(b"M 100644 inline records/flows%2F0000.yaml/record.json\n")
            parts.append(b"data %d\n%s\n" % (len(content), content))
        words = ["git", "fast-import", "--quiet", "--done"]
        given = b"".join(parts) + b"done\n"
        subprocess.run(words, cwd=self.folder, env=self.env, input=given, check=True)
        subprocess.run(["git", "pack-refs", "--all"], cwd=self.folder, env=self.env, check=True)


def told(title: str, runs: list[Run]) -> None:
    clock, here, workers = (
        statistics.median(values) for values in zip(*(run[:3] for run in runs), strict=True)
    )
    print(f"  {title:<24}{clock:>8.1f} s  {here:>6.2f} +{workers:>6.2f} s of CPU", flush=True)


def compare(bench: Bench, options: argparse.Namespace) -> None:
    """The same command with other numbers of workers, in turn; nothing is remembered."""
    for action, *more in (["plan", "upstream"], ["overrides"]):
        runs: dict[int, list[Run]] = {number: [] for number in options.workers}
        for _ in range(options.rounds):
            for number, found in runs.items():
                found.append(bench.first(action, *more, "--json", "--workers", str(number)))
        alone = runs[options.workers[0]]
        for number, found in runs.items():
            assert {run.out for run in found} == {alone[0].out}
            told(f"{action}, {number} at work", found)
            clock = statistics.median(run.clock for run in found)
            cpu = statistics.median(run.here + run.workers / number for run in found)
            by_clock = statistics.median(run.clock for run in alone) / clock
            by_cpu = statistics.median(run.cpu for run in alone) / cpu
            print(f"  {'':<24}{by_clock:>8.2f} times by the clock, {by_cpu:.2f} by CPU", flush=True)


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
    bench = Bench(folder, env)
    told("the first plan", [bench.first("plan", "upstream")])
    first = [bench.first("plan", "upstream", "--json") for _ in range(options.rounds)]
    told("the first plan, --json", first)
    print(f"  {'':<24}{len(first[0].out) / 1e6:>8.1f} MB of output", flush=True)
    told("again", [bench.run("plan", "upstream", "--json") for _ in range(options.rounds)])
    seen = bench.remembered.read_bytes() if bench.remembered.exists() else b""
    told("again, --html", [bench.run("plan", "upstream", "--html", "../plan.html")])
    size = (folder.parent / "plan.html").stat().st_size
    print(f"  {'the page':<24}{size / 1e6:>8.1f} MB")
    told("overrides", [bench.run("overrides")])
    if options.workers:
        compare(bench, options)
    bench.change(-(-options.sites // 100))
    changed = []
    for _ in range(options.rounds):
        bench.remembered.write_bytes(seen)
        changed.append(bench.run("plan", "upstream", "--json"))
    told("after 1 % has changed", changed)
    share = statistics.median(r.cpu for r in changed) / statistics.median(r.cpu for r in first)
    print(f"  {'':<24}{share:>8.2f} of the first, by CPU")
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
    parser.add_argument("--rounds", type=int, default=3, help="of each row that is compared (3)")
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
