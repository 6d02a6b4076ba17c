"""What the journal costs when it is long: commands that read it, with 100,000 rows and with ten.

A row in twenty is a divergence, half of the others are merges in which both engines agree, and the
rest are runs of commands. The journal keeps fewer rows than these, so this is more than it has to
bear.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from bench.repositories import SEEDGIT, git, scratch, sealed
from bench.table import ROUNDS, Row, Way, against
from seedgit import codes, journal_file
from seedgit.journal import Journal

MANY, FEW = 100_000, 10
MOST = 0.3  # seconds


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    many, few = repository("journal", MANY), repository("journal-short", FEW)
    for words in (("journal",), ("divergences", "--summary"), ("status",), ("mode",)):
        ours, peer = (
            Way(name, (*SEEDGIT, *words), place, sealed())
            for name, place in (("ours", many), ("10 rows", few))
        )
        yield against(f"{' '.join(words)}, {MANY:,} rows", ours, peer, rounds, most=MOST)


def repository(name: str, number: int) -> Path:
    """A repository with one seed, whose journal has so many rows."""
    place = scratch() / name
    if not place.exists():
        git(scratch(), "init", "-q", "-b", "main", name)
        (place / ".seedgit.yaml").write_text("version: 1\nseeds: [{files: flow.yaml}]\n")
        (place / "flow.yaml").write_text("id: one\n")
        git(place, "add", "-A")
        git(place, "commit", "-q", "-m", "one")
        fill(place / ".git", number)
    return place


def fill(common: Path, number: int, seed: int = 16) -> None:
    """Write the rows of one year into a journal, the newest last."""
    rng = random.Random(seed)
    journal_file.KEEP = max(journal_file.KEEP, number)
    with journal_file.Connection(Journal(common).path, 60) as connection:
        connection.execute("BEGIN")
        for n in range(number):
            time = 1_750_000_000 + n * 300
            journal_file.insert(
                connection, {"time": time, **(run(n, rng) if n % 2 else merge(n, rng))}
            )
        connection.execute("COMMIT")


def run(number: int, rng: random.Random) -> dict[str, object]:
    if number % 40 == 1:
        return {"entry": "status", "outcome": codes.FAILED, "status": 3, "error": "x" * 200}
    return {"entry": "hook post-merge", "outcome": codes.NOTHING, "status": 0, "ms": rng.random()}


def merge(number: int, rng: random.Random) -> dict[str, object]:
    """A merge of one file of twenty."""
    ids = ("base", "ours", "theirs", "git_result", "seedgit_result")
    made: dict[str, object] = {name: f"{rng.getrandbits(160):040x}" for name in ids}
    parents = random.Random(number // 40)
    made |= {
        "entry": "merge-driver",
        "outcome": codes.DONE,
        "status": 0,
        "mode": "dry-run",
        "path": f"flows/flow-{number % 1000}.yaml",
        "merge": " ".join(f"{parents.getrandbits(160):040x}" for _ in range(2)),
        "decisions": [
            {"pointer": f"/steps/{n}/queue", "source": "remote", "reason": "only-theirs"}
            for n in range(12)
        ],
    }
    if number % 20:
        return made | {"verdict": codes.AGREE, "seedgit_result": made["git_result"]}
    places = [{"pointer": f"/steps/{n}/queue", "git": 1, "seedgit": 2} for n in range(5)]
    return made | {"verdict": codes.DIVERGE, "difference": places}
