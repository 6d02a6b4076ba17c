"""What a merge costs: the driver beside git's own merge, and mergiraf where it is on PATH.

One file: a cold process, as git calls it (by a shell); bench/batch.py has many files. "its Python
alone" is what the installed command starts where lines alone do not show that git's own merge is
right. Ours has to merge cleanly; the others may leave a conflict.
"""

from __future__ import annotations

import json
import random
import shlex
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import tomlkit
import yaml

from bench.repositories import ROOT, scratch, sealed
from bench.table import ROUNDS, Row, Way, compare
from seedgit.operations.install.driver_command import driver_command

PYTHON = f"exec {shlex.quote(sys.executable)} -I -S"
DRIVER = f"{PYTHON} {shlex.quote(str(ROOT / 'seedgit' / 'merge_driver.py'))} %O %A %B %L %P"
GIT = "exec git merge-file -q %A %O %B"
MERGIRAF = "exec mergiraf merge --git %O %A %B -p %P -s ours -x base -y theirs"
BIG = 200_000
ANY = tuple(range(128))  # of conflicts, as git merge-file counts them


class Case(NamedTuple):
    """Three versions of one file."""

    name: str
    path: str
    base: str
    ours: str
    theirs: str


def service(number: int, rng: random.Random) -> str:
    """One entry of a chart's values: nested maps, lists, comments, quoted and plain scalars."""
    port = rng.randrange(1024, 65535)
    name = f"service-{number:03d}"
    return f"""\
# -- Settings of {name}
{name}:
  enabled: {rng.choice(("true", "false"))}
  # -- How many pods run at once
  replicaCount: {rng.randrange(1, 9)}
  image:
    registry: registry.example.com
    repository: team/{name}
    tag: "{rng.randrange(1, 9)}.{rng.randrange(20)}.{rng.randrange(20)}"
    pullPolicy: IfNotPresent
  resources:
    requests: {{cpu: {rng.randrange(50, 500)}m, memory: {rng.randrange(64, 512)}Mi}}
    limits:
      cpu: "{rng.randrange(1, 4)}"
      memory: {rng.randrange(1, 8)}Gi
  ports:
    - name: http
      containerPort: {port}
      protocol: TCP
    - name: metrics
      containerPort: {port + 1}
      protocol: TCP
  env:
    - name: LOG_LEVEL
      value: {rng.choice(("info", "debug", "warn"))}
    - name: QUEUE
      value: '{name}-jobs'
  config: |
    [server]
    listen = 0.0.0.0:{port}
    workers = {rng.randrange(1, 32)}
  nodeSelector: {{}}
  tolerations: []
"""


def values_file(size: int, seed: int = 1) -> str:
    """A file like a Helm chart's values.yaml, of at least `size` characters, always the same."""
    rng = random.Random(seed)
    parts = ["# Values of the chart. Every key has a default.\n"]
    length = number = 0
    while length < size:
        parts.append(service(number, rng))
        length += len(parts[-1])
        number += 1
    return "\n".join(parts)


def changed(text: str, service_number: int, line: str, new: str) -> str:
    """`text` with one line of one service replaced, known by how it begins."""
    start = text.index(f"\nservice-{service_number:03d}:")
    at = text.index(f"\n{line}", start) + 1
    end = text.index("\n", at)
    return text[:at] + new + text[end:]


def three(name: str, base: str, *, services: tuple[int, int], adjacent: bool) -> Case:
    """Ours pins a replica count; theirs changes a line far away, or the one below it."""
    ours_in, theirs_in = services
    ours = changed(base, ours_in, "  replicaCount:", "  replicaCount: 42")
    if adjacent:
        theirs = changed(base, theirs_in, "  # -- How many", "  # -- How many pods there are")
        theirs = changed(theirs, theirs_in, "  enabled:", "  enabled: maybe")
    else:
        theirs = changed(base, theirs_in, "    pullPolicy:", "    pullPolicy: Always")
    return Case(name, "values.yaml", base, ours, theirs)


def as_json(text: str) -> str:
    """The same values, as JSON."""
    return json.dumps(yaml.safe_load(text), indent=2) + "\n"


def as_toml(text: str) -> str:
    return tomlkit.dumps(yaml.safe_load(text))


def adjacent(name: str, path: str, base: str) -> Case:
    """Ours changes a value of the last service, theirs the one on the line before it."""
    at = base.rindex('"pullPolicy"' if path.endswith("json") else "pullPolicy")
    ours = base[:at] + base[at:].replace("IfNotPresent", "Always", 1)
    before = base.rindex("\n", 0, at) - (2 if path.endswith("json") else 1)
    return Case(name, path, base, ours, base[:before] + "9" + base[before:])


def adjacent_json() -> Case:
    base = '{\n  "name": "triage",\n  "timeout_s": 30,\n  "model": "small",\n  "retries": 2\n}\n'
    ours = base.replace("30", "45")
    return Case("adjacent, JSON", "triage.json", base, ours, base.replace("small", "medium"))


def cases() -> list[Case]:
    small = values_file(2_500)
    big = values_file(BIG)
    last = big.count("\n# -- Settings of ") - 2
    return [
        three("far apart, YAML", small, services=(0, 2), adjacent=False),
        three("adjacent, YAML", small, services=(1, 1), adjacent=True),
        adjacent_json(),
        three(f"far apart, {len(big) // 1000} kB", big, services=(2, last), adjacent=False),
        three(f"adjacent, {len(big) // 1000} kB", big, services=(last, last), adjacent=True),
        *(
            adjacent(
                f"adjacent, {len(text) // 1000} kB of {name}",
                f"values.{name.lower()}",
                text,
            )
            for name, text in (("JSON", as_json(big)), ("TOML", as_toml(big)))
        ),
    ]


# -- measured --------------------------------------------------------------------------------------


def peers() -> list[tuple[str, str]]:
    """What each case stands beside: a name, and the command with git's %O, %A, %B, %L, %P."""
    found = [("git merge-file", GIT)]
    if shutil.which("mergiraf"):
        found.append(("mergiraf", MERGIRAF))
    return found


def write(folder: Path, case: Case) -> None:
    """The three versions; git's temporary files carry no suffix, so neither do these."""
    for name, text in (("O", case.base), ("A", case.ours), ("B", case.theirs)):
        (folder / name).write_text(text, encoding="utf-8", newline="")


def way(name: str, command: str, case: Case, folder: Path) -> Way:
    ours = command in (driver_command(), DRIVER)
    places = {"%O": "O", "%A": "A", "%B": "B", "%L": "7", "%P": case.path}
    for place, value in places.items():
        command = command.replace(place, shlex.quote(value))
    before = partial(write, folder, case)
    return Way(name, ["sh", "-c", command], folder, sealed(), before, b"", (0,) if ours else ANY)


def one_file(case: Case, folder: Path, rounds: int) -> Iterator[Row]:
    ways = [
        way(name, command, case, folder)
        for name, command in [
            ("seedgit", driver_command()),
            ("its Python alone", DRIVER),
            *peers(),
            ("python -I -S -c pass", f"{PYTHON} -c pass"),
        ]
    ]
    ours, alone, *others = compare(ways, rounds)
    for peer, cost in zip(ways[2:], others, strict=True):
        yield Row(case.name, ours.cpu, peer.name, cost.cpu)
    yield Row(f"{case.name}, its Python alone", alone.cpu, ways[2].name, others[0].cpu)


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    folder = scratch() / "driver"
    folder.mkdir()
    for case in cases():
        yield from one_file(case, folder, rounds)
