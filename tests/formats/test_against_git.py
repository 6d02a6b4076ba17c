"""Beside `git merge-file`: where git is clean and right, the value is the same, or git was wrong.

git's merge by lines knows no structure, but where two changes are lines apart it is what people
expect. Every case where it is clean and the result is not the same stands here with its reason.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from seedgit.formats.registry import format_name
from tests import laws, real
from tests.by_lines import merges_by_lines
from tests.merge.test_decide import every_dialect, merged, versions
from tests.scripted import format_of

SEEDS = range(300)

# Where git is clean and wrong: (dialect, seed), what comes out, and why.
MOVED_AND_DELETED = "one side moved an item, the other took it away: by lines it is there again"
EXPECTED = {
    ("json", 132): ("conflict", MOVED_AND_DELETED),
    ("json", 251): ("differs", MOVED_AND_DELETED),
    ("json", 288): ("differs", MOVED_AND_DELETED),
}
# Real merges where git is clean and wrong: the name, what comes out, and why. None so far.
EXPECTED_OF_REAL: dict[str, tuple[str, str]] = {}


def compared(format: str, texts: tuple[bytes, bytes, bytes], lines: bytes | None) -> str:
    """How the structural merge stands to git's clean one, `lines`.

    differs alone: only without git's result at hand, which is what the driver has
    silent: git conflicts, or its result cannot be read.
    """
    if lines is None:
        return "silent"
    try:
        wanted = laws.read(format, lines)
        for text in texts:
            laws.read(format, text)
    except laws.Unreadable:
        return "silent"
    result = merged(format, *texts)
    # What people get: the driver gives the structure git's clean result, for its doubts.
    driven = merged(format, *texts, lines)
    if driven is not None and laws.read(format, driven) != wanted:
        return "differs"
    if result is not None and laws.read(format, result) != wanted:
        return "differs alone"
    return "conflict" if driven is None else "agrees"


@every_dialect
def test_generated_documents(tmp_path: Path, dialect: str) -> None:
    """Where lines suffice, the structure decides as lines do."""
    outcomes: Counter[str] = Counter()
    merges = [versions(dialect, Random(seed)).texts() for seed in SEEDS]
    for seed, lines in zip(SEEDS, merges_by_lines(tmp_path, merges), strict=True):
        outcome = compared(format_of(dialect), merges[seed], lines)
        outcomes[outcome] += 1
        expected = EXPECTED.get((dialect, seed), ("agrees", ""))[0]
        assert outcome in (expected, "silent"), f"seed {seed}: {outcome}"
    assert outcomes["agrees"] >= len(SEEDS) / 4, outcomes


def test_real_merges(tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    cases = list(real.merges())
    merges = [(case.base, case.ours, case.theirs) for case in cases]
    for case, texts, lines in zip(cases, merges, merges_by_lines(tmp_path, merges), strict=True):
        format = format_name(case.path)
        assert format is not None
        outcome = compared(format, texts, lines)
        outcomes[outcome] += 1
        expected = EXPECTED_OF_REAL.get(case.name, ("agrees", ""))[0]
        assert outcome in (expected, "silent"), f"{case.name}: {outcome}"
    assert outcomes["agrees"] >= (230 if real.DATA.is_dir() else 100), outcomes
