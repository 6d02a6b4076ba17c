"""Secrets: setting many, encrypting all of them anew, and rendering one file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pyrage

from bench import repositories as made
from bench import seeds
from bench.overrides import REF, restored
from bench.table import Row, Way, compare

SEEDS, EACH = 100, 100


def _changes() -> Path:
    path = made.scratch() / "secrets"
    with path.open("w") as out:
        for number in range(SEEDS):
            for place in range(EACH):
                entry = {"file": seeds.path_of(number), "pointer": f"/key{place}", "secret": True}
                out.write(json.dumps({**entry, "value": f"secret {number} {place}"}) + "\n")
    return path


def _identity() -> tuple[Path, str]:
    key = pyrage.x25519.Identity.generate()
    path = made.scratch() / "identity"
    path.write_text(f"{key}\n")
    return path, str(key.to_public())


def rows(rounds: int) -> Iterator[Row]:
    folder = made.copy(seeds.repository(seeds.COUNT, seeds.OVERRIDDEN))
    made.git(folder, "update-ref", "-d", REF)
    identity, public = _identity()
    made.git(folder, "config", "seedgit.identity", identity)
    made.seedgit(folder, "secret", "recipients", "add", public)
    command = (*made.SEEDGIT, "set", "--from", _changes(), "--new")
    setting = Way("set --from", command, folder, made.sealed(), restored(folder))
    (cost,) = compare([setting], min(rounds, 3))
    yield Row("set --from, 10,000 secrets", cost.cpu, most=60)
    commands = {
        "rotate": ("secret", "rotate"),
        "status": ("status",),
        "render": ("render", seeds.path_of(0)),
    }
    ways = [
        Way(name, (*made.SEEDGIT, *words), folder, made.sealed())
        for name, words in commands.items()
    ]
    ways[0] = dataclasses.replace(ways[0], before=restored(folder))
    rotate, status, render = compare(ways, min(rounds, 3))
    yield Row("secret rotate, 10,000", rotate.cpu, most=60)
    yield Row("status, 10,000 secrets", status.cpu)
    yield Row("render a file with 100", render.cpu)
