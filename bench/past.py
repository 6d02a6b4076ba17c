"""What a long history costs: commands that look back, among 100,000 commits.

A side branch of four commits is merged after every twenty. In one history nothing but code
changes; in the other, of 20,000 commits, both sides of each merge change one seed, in places that
lie apart. Each is built once, by `git fast-import`.
"""

from __future__ import annotations

import functools
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bench.repositories import SEEDGIT, data, git, imported, scratch, sealed, seedgit
from bench.table import ROUNDS, Row, Way, against

COMMITS, CHANGING, FEW = 100_000, 20_000, 100
SEEDS, CODE = 100, 400
SIDE, EVERY = 4, 20  # commits of a side branch, and commits from one merge to the next
RULES = b"version: 1\nseeds: [{files: 'flows/**', overlay: [/paused]}]\n"
MOST = 2.0  # seconds
TRY_MOST = 120.0


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    quiet = history(COMMITS)
    merges = Way("git log", ("git", "log", "--merges", "-60", "--name-only"), quiet, sealed())
    walk = Way("git rev-list", ("git", "rev-list", "--count", "HEAD"), quiet, sealed())

    def ours(place: Path, *words: str, forget: bool = False) -> Way:
        def before() -> None:
            if forget:
                shutil.rmtree(place / ".git" / "seedgit", ignore_errors=True)

        return Way("seedgit", (*SEEDGIT, *words), place, sealed(), before)

    last = ("replay", "--last", "60")
    yield against(
        "replay --last 60, nothing to merge", ours(quiet, *last), merges, rounds, most=MOST
    )
    yield against("replay, every merge", ours(quiet, "replay"), walk, rounds)
    some = ours(history(CHANGING, changing=True), *last, forget=True)
    yield against("replay --last 60, a seed in each", some, merges, rounds)
    own = ("HEAD~500..HEAD",)
    yield against("verify, 500 commits and their sides", ours(quiet, "verify", *own), walk, rounds)
    yield against("suggest, 500 commits", ours(quiet, "suggest", "--from", "past"), walk, rounds)
    short = Way("status, 100 commits", (*SEEDGIT, "status"), history(FEW), sealed())
    yield against("status, 100,000 commits", ours(quiet, "status"), short, rounds, most_ratio=1.3)
    whole = history(COMMITS, changing=True)
    walk = Way("git rev-list", ("git", "rev-list", "--count", "HEAD"), whole, sealed())
    yield against("try, 100,000 commits", ours(whole, "try"), walk, rounds, most=TRY_MOST)


@functools.cache
def history(commits: int, *, changing: bool = False) -> Path:
    """A repository with so many commits, one override, and a branch `past` behind HEAD."""
    place = scratch() / f"history-{commits}{'-changing' * changing}"
    place.mkdir()
    git(place, "init", "-q", "-b", "main", ".")
    imported(place, lambda out: _write(out, commits, changing=changing))
    git(place, "reset", "-q", "--hard")
    git(place, "branch", "past", f"HEAD~{min(500, commits // EVERY)}")
    seedgit(place, "set", _seed_at(1), "/paused", "true")
    return place


def _seed_at(number: int) -> str:
    return f"flows/{number % 10}/{number:03d}.yaml"


def _seed(number: int, ours: int = 0, theirs: int = 0) -> bytes:
    steps = "".join(f"  - id: s{n}\n    queue: q{n}\n    limit: {n}\n" for n in range(6))
    return (
        f"name: f{number}\nours: {ours}\nsteps:\n{steps}theirs: {theirs}\npaused: false\n".encode()
    )


class _Writer:
    """Commits for `git fast-import`, a minute apart."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out = out
        self.count = 0

    def commit(self, branch: bytes, parents: list[int], files: dict[str, bytes]) -> int:
        self.count += 1
        when = 1_600_000_000 + 60 * self.count
        lines = [b"commit refs/heads/%s\nmark :%d\n" % (branch, self.count)]
        lines.append(b"committer Bench <bench@example.com> %d +0000\n" % when + data(b"c"))
        for number, parent in enumerate(parents):
            lines.append(b"%s :%d\n" % (b"merge" if number else b"from", parent))
        for path, content in files.items():
            lines.append(b"M 100644 inline %s\n" % path.encode() + data(content))
        self.out.write(b"".join(lines))
        return self.count


def _write(out: IO[bytes], commits: int, *, changing: bool) -> None:
    rng, made = random.Random(16), _Writer(out)
    files = {".seedgit.yaml": RULES, **{_seed_at(n): _seed(n) for n in range(SEEDS)}}
    files |= {f"src/{n % 20}/{n}.py": b"x = 1\n" for n in range(CODE)}
    main = made.commit(b"main", [], files)
    now = [0] * SEEDS
    while made.count < commits:
        number, new = rng.randrange(SEEDS), made.count
        path, old = _seed_at(number), now[number]
        side, theirs = main, {f"side/{new % 50}/{n}.py": b"y = %d\n" % new for n in range(SIDE)}
        for place, content in theirs.items():
            side = made.commit(b"side", [side], {place: content})
        if changing:
            side = made.commit(b"side", [side], {path: _seed(number, old, new)})
            main = made.commit(b"main", [main], {path: _seed(number, new, old)})
            theirs[path], now[number] = _seed(number, new, new), new
        while made.count < new + EVERY - 1:
            code = rng.randrange(CODE)
            changed = {f"src/{code % 20}/{code}.py": b"x = %d\n" % made.count}
            main = made.commit(b"main", [main], changed)
        main = made.commit(b"main", [main, side], theirs)
