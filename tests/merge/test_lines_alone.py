"""What the lines alone show is right: a file that is shortened is merged as the whole is.

The engine takes out what all versions have in common before it parses a file (merge/outline.py).
What begins on one line and hides the next ones must not mislead it, and git's own merge counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import EllipsisType

import pytest

from seedgit.formats import registry
from seedgit.formats.merge import merge_texts
from seedgit.git.line_merge import line_merge
from seedgit.merge import engine
from seedgit.merge.version import NotMergeable
from tests import real
from tests.by_lines import merges_by_lines
from tests.merge.test_by_entries import DOUBTFUL, HIDDEN, OPENERS
from tests.merge.test_decide import every_dialect, versions
from tests.scripted import format_of
from tests.test_cases import CASES, read


def merged(path: str, texts: tuple[bytes, ...], lines: bytes | None) -> tuple[bool, bytes] | str:
    """(whether it is clean, the text), or why it is left to git."""
    format = registry.format_of(path)
    assert format is not None
    base, ours, theirs = texts
    try:
        made = merge_texts(format, path, (base, ours, theirs), lines)
    except NotMergeable as problem:
        return problem.reason
    return made.clean, made.text


def judged_all(place: Path, merges: Sequence[tuple[str, tuple[bytes, ...]]]) -> Counter[str]:
    """What becomes of many merges, as `judged`: how many of each there are."""
    by_git = merges_by_lines(place, [texts for _, texts in merges])
    return Counter(
        judged(path, *texts, lines=lines)
        for (path, texts), lines in zip(merges, by_git, strict=True)
    )


def judged(path: str, *texts: bytes, lines: bytes | EllipsisType | None = ...) -> str:
    """What becomes of a merge; fails where the shortened one is another one."""
    lines = line_merge(*texts) if lines is ... else lines
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", 1 << 60)
        whole = merged(path, texts, lines)
        patch.setattr(engine, "SHORTEN_FROM", 0)
        assert merged(path, texts, lines) == whole
    return whole if isinstance(whole, str) else "merged" if whole[0] else "conflict"


@every_dialect
def test_generated_documents(tmp_path: Path, dialect: str) -> None:
    documents = [versions(dialect, Random(seed), most=2).texts() for seed in range(100)]
    outcomes = judged_all(tmp_path, [(f"f.{format_of(dialect)}", texts) for texts in documents])
    assert outcomes["merged"] >= 5, outcomes


def test_cases(tmp_path: Path) -> None:
    merges = []
    for case in CASES:
        base, ours, theirs = (read(case, version) for version in ("base", "ours", "theirs"))
        if (case / "rules.yaml").exists() or base is None or ours is None or theirs is None:
            continue
        merges.append((f"f{next(case.glob('ours.*')).suffix}", (base, ours, theirs)))
    outcomes = judged_all(tmp_path, merges)
    assert outcomes["merged"] >= 50, outcomes
    assert outcomes["conflict"] >= 50, outcomes


def test_real_merges(tmp_path: Path) -> None:
    merges = [(path, tuple(texts)) for _, path, *texts in real.merges()]
    outcomes = judged_all(tmp_path, merges)
    assert outcomes["merged"] >= (125 if real.DATA.is_dir() else 25), outcomes


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_in_doubt(name: str) -> None:
    path, *texts = DOUBTFUL[name]
    if registry.format_of(path) is not None:
        judged(path, *map(str.encode, texts))


@pytest.mark.parametrize(("opener", "end"), OPENERS)
def test_what_goes_on_over_lines(opener: str, end: str) -> None:
    keys = "b: 1\nc: 1\ne: 1\nf: 1\n"
    last = f"d: y{end}\n"
    versions = (f"{opener}\n{keys}{last}", keys + last, f"{opener}\n{keys}g: 1\n{last}")
    judged("a.yaml", *map(str.encode, versions))


@pytest.mark.parametrize("name", HIDDEN)
def test_what_the_lines_hide(name: str) -> None:
    path, *texts = HIDDEN[name]
    judged(path, *map(str.encode, texts))


def test_what_both_took_away_may_be_elsewhere_now() -> None:
    """By lines it moved, and that is all; the other side wanted it gone."""
    between = "m: 1\nn: 1\no: 1\n"
    base = f"a:\n- x\n- y\n{between}b:\n- z\n{between.upper()}c: 1\n"
    theirs = base.replace("- x\n", "").replace("c: 1", "c: 2")
    moved = base.replace("- x\n", "").replace("- z\n", "- z\n- x\n")
    texts = [text.encode() for text in (base, moved, theirs)]
    assert line_merge(*texts) is not None
    assert judged("a.yaml", *texts) == "conflict"


def test_where_git_puts_a_change_into_a_copy_the_structure_counts() -> None:
    entries = "  i: 1\n  j: 1\n  c: 1\n  d: 1\n"
    base = "m:\n" + entries.replace("  j", "  x: 1\n  j") + "p: 1\n"
    ours = base.replace("c: 1", "c: 2")
    copied = f"m:\n{entries}n:\n{entries}p: 1\n"
    texts = (base.encode(), ours.encode(), copied.encode())
    lines = line_merge(*texts)
    found = copied.replace("c: 1", "c: 2", 1).encode()
    assert lines not in (found, None)
    assert judged("a.yaml", *texts) == "merged"
    assert merged("a.yaml", texts, lines) == (True, found)


@pytest.mark.parametrize("end", [b"\0", b"\1"])
def test_no_last_byte_is_lost(end: bytes) -> None:
    texts = (b"a: 1\nb: 1\nc: 1\n", b"a: 2\nb: 1\nc: 1\n", b"a: 1\nb: 1\nc: 2\n" + end)
    assert judged("a.yaml", *texts) not in ("merged", "conflict")
