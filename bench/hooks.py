"""Commits and merges with seedgit's hooks, beside the same without hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

from bench import repositories as made
from bench.table import Row, Way, against

_numbers = count()
NO_HOOKS = ("-c", "core.hooksPath=/nonexistent")


def rows(rounds: int) -> Iterator[Row]:
    for seeds, overridden in ((1, 0), (10_000, 1_000)):
        whole = made.seeds(seeds, overridden)
        many = f"{seeds:,} seed{'s' * (seeds > 1)}"
        commit = ("commit", "-q", "-m", "x")
        yield _row(f"commit of a README, {many}", whole, _readme, commit, rounds, 3)
        yield _row(f"commit of a seed, {many}", whole, _seed, commit, rounds)
    merge = ("merge", "-q", "--no-ff", "-m", "x", "other")
    yield _row("merge of a README, 1 seed", made.seeds(1, 0), _other, merge, rounds)


def _row(
    what: str,
    whole: Path,
    change: Callable[[Path], None],
    words: tuple[str, ...],
    rounds: int,
    most_ratio: float | None = None,
) -> Row:
    """One command, in two copies of one repository, each time after another change."""
    ours, plain = made.copy(whole), made.copy(whole)
    for folder in (ours, plain):  # the first commit notes what the seeds are
        _readme(folder)
        made.git(folder, "commit", "-q", "-m", "first")
    with_hooks = Way("with hooks", ("git", *words), ours, made.sealed(), partial(change, ours))
    without = ("git", *NO_HOOKS, *words)
    beside = Way("without hooks", without, plain, made.sealed(), partial(change, plain))
    return against(what, with_hooks, beside, rounds, most_ratio=most_ratio)


def _readme(folder: Path) -> None:
    (folder / "README").write_text(f"{next(_numbers)}\n")
    made.git(folder, "add", "README")


def _seed(folder: Path) -> None:
    """A change of what the site owns: the hook lets it pass."""
    place = folder / made.path_of(0)
    text = place.read_text()
    old = text[text.index("max_items: ") :].partition("\n")[0]
    place.write_text(text.replace(old, f"max_items: {next(_numbers) + 1000}", 1))
    made.git(folder, "add", made.path_of(0))


def _other(folder: Path) -> None:
    """A branch with another file, which is no seed."""
    made.git(folder, "checkout", "-q", "-B", "other")
    (folder / "OTHER").write_text(f"{next(_numbers)}\n")
    made.git(folder, "add", "OTHER")
    made.git(folder, *NO_HOOKS, "commit", "-q", "-m", "x")
    made.git(folder, "checkout", "-q", "main")
