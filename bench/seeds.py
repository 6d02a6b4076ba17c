"""Many seeds: 10,000 small ones of three formats, 1,000 of them overridden.

What `status` costs while nothing moved, and once an upgrade moved all or one of it; what one `set`
costs there; and whether what prints something of every seed grows as fast as what it prints.
"""

from __future__ import annotations

import functools
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from bench import repositories as made
from bench.startup import environment
from bench.table import Row, Way, against, compare
from seedgit.answer import RACY
from seedgit.digest import blob_id

RULES = """\
version: 1
seeds:
  - files: "flows/**/*.yaml"
    keys: {/steps: id}
    overlay:
      - path: /steps/*/mode
      - path: /steps/*/max_items
        on-seed-change: review
      - path: /paused
  - files: ["services/**/*.json", "services/**/*.toml"]
    keys: {/steps: id}
    overlay:
      - path: /steps/*/mode
      - path: /paused
"""
FORMATS = ("yaml", "yaml", "yaml", "json", "toml")
STEPS = ("fetch", "rank", "check", "write")
COUNT, OVERRIDDEN = 10_000, 1_000


def path_of(number: int) -> str:
    kind = FORMATS[number % len(FORMATS)]
    return f"{'flows' if kind == 'yaml' else 'services'}/{number // 100:03}/{number:05}.{kind}"


def seed(number: int, version: int = 1) -> bytes:
    """Some 250 bytes. Version 2 has another timeout."""
    timeout, kind = 30 if version == 1 else 45, FORMATS[number % len(FORMATS)]
    if kind == "json":
        lines = ["{", f'  "name": "unit-{number}",', f'  "timeout": {timeout},']
        lines += ['  "paused": false,', '  "steps": [']
        for step in STEPS:
            comma = "," * (step != STEPS[-1])
            lines.append(f'    {{"id": "{step}", "mode": "live", "max_items": 50}}{comma}')
        lines += ["  ]", "}"]
    elif kind == "yaml":
        lines = [f"# Unit {number}.", f"name: unit-{number}", f"timeout: {timeout}"]
        lines += ["paused: false", "steps:"]
        for step in STEPS:
            lines += [f"  - id: {step}", "    mode: live", "    max_items: 50"]
    else:
        lines = [f"# Unit {number}.", f'name = "unit-{number}"', f"timeout = {timeout}"]
        lines += ["paused = false"]
        for step in STEPS:
            lines += ["", "[[steps]]", f'id = "{step}"', 'mode = "live"', "max_items = 50"]
    return ("\n".join(lines) + "\n").encode()


def record(number: int) -> bytes:
    """One override or two, made over version 1."""
    patch: list[dict[str, Any]] = []
    wanted = (("/paused", False, True), (f"/steps/{number % 4}/mode", "live", "drain"))
    for place, old, new in wanted[: 1 + number % 2]:
        patch.append({"op": "test", "path": place, "value": old})
        patch.append({"op": "replace", "path": place, "value": new, "why": "burn-in"})
    base = blob_id(seed(number))
    whole = {"version": 1, "path": path_of(number), "base": base, "patch": patch}
    return (json.dumps(whole, indent=2) + "\n").encode()


@functools.cache
def repository(count: int, overridden: int) -> Path:
    """A clone with seeds on `main`, and a branch `upgrade` that changes all of them."""
    folder = made.scratch() / f"mixed-{count}-{overridden}"
    folder.mkdir()
    made.git(folder, "init", "-q", "-b", "main", ".")
    made.git(folder, "config", "gc.auto", "0")
    made.git(folder, "config", "maintenance.auto", "false")
    made.imported(folder, lambda out: _write(out, count, overridden))
    made.git(folder, "reset", "-q", "--hard")
    made.seedgit(folder, "init")
    return folder


def _write(out: IO[bytes], count: int, overridden: int) -> None:
    for version, branch in ((1, b"main"), (2, b"upgrade")):
        out.write(b"commit refs/heads/%s\nmark :%d\n%s" % (branch, version, made.PERSON))
        out.write(made.data(b"v%d" % version) + (b"from :1\n" if version == 2 else b""))
        out.write(b"M 100644 inline .seedgit.yaml\n" + made.data(RULES.encode()))
        for number in range(count):
            place = path_of(number).encode()
            out.write(b"M 100644 inline %s\n" % place + made.data(seed(number, version)))
    out.write(b"commit refs/seedgit/overlays/local\n" + made.PERSON + made.data(b"overrides"))
    # One in ten, but of each format.
    step = count // overridden
    for number in (n + n // step % step for n in range(0, count, step)):
        entry = b"records/" + path_of(number).replace("/", "%2F").encode()
        out.write(b"M 100644 inline %s/record.json\n" % entry + made.data(record(number)))
        base = blob_id(seed(number)).encode()
        out.write(b"M 100644 %s %s/base\n" % (base, entry))


def forgotten(folder: Path) -> None:
    kept = folder / ".git" / "seedgit"
    for place in (*map(kept.joinpath, ("facts", "files", "overview")), *kept.glob("answer-*")):
        place.unlink(missing_ok=True)


def overlay(folder: Path, *, cold: bool = False) -> Way:
    before = functools.partial(forgotten, folder) if cold else (lambda: None)
    command = (environment() / "seedgit", "status", "--overlay")
    return Way("status --overlay", command, folder, made.sealed(), before)


def git_status(folder: Path) -> Way:
    return Way("git status", ("git", "status"), folder, made.sealed())


def setting(folder: Path) -> Way:
    """One `set`, always from the same overlay."""
    ref = "refs/seedgit/overlays/local"
    tip = made.git(folder, "rev-parse", ref).strip()
    command = (environment() / "seedgit", "set", path_of(0), "/paused", "true", "--why", "again")
    before = functools.partial(made.git, folder, "update-ref", ref, tip)
    return Way("set", command, folder, made.sealed(), before)


def moving(folder: Path) -> Callable[[], None]:
    """Gives one overridden seed a version that it never had."""
    numbers = itertools.count(100)

    def move() -> None:
        text = seed(0).replace(b"timeout: 30", b"timeout: %d" % next(numbers))
        (folder / path_of(0)).write_bytes(text)
        made.git(folder, "commit", "-q", "-a", "--no-verify", "-m", "moved")

    return move


def planning(count: int) -> Way:
    folder = repository(count, count // 10)
    return Way(
        f"{count:,} seeds", (environment() / "seedgit", "plan", "upgrade"), folder, made.sealed()
    )


def rows(rounds: int) -> Iterator[Row]:
    folder = made.copy(repository(COUNT, OVERRIDDEN))
    made.git(folder, "status")  # writes the copies' times into the index, which ends an answer
    time.sleep(RACY / 1e9)  # files that are newer are not taken for granted
    peer = git_status(folder)
    yield against("status --overlay, none moved", overlay(folder), peer, rounds, most_ratio=3)
    cold = overlay(folder, cold=True)
    yield against("..., nothing remembered", cold, peer, rounds, most_ratio=10)
    yield against("..., one moved", replace(overlay(folder), before=moving(folder)), peer, rounds)
    after = made.copy(repository(COUNT, OVERRIDDEN))
    made.git(after, "merge", "-q", "--ff-only", "upgrade")
    time.sleep(RACY / 1e9)
    peer = git_status(after)
    yield against("..., all moved", overlay(after, cold=True), peer, rounds, most=3)
    yield against("..., the second time", overlay(after), peer, rounds, most_ratio=3)
    many, single = setting(made.copy(repository(COUNT, OVERRIDDEN))), setting(repository(1, 1))
    yield against(
        "set, 10,000 seeds", many, replace(single, name="one seed"), rounds, most_ratio=1.3
    )
    large, small = compare([planning(2000), planning(200)], 1, warm=False)
    yield Row("plan, all of 2,000 changed", large.cpu, "200 of 200", small.cpu, most_ratio=10)
