"""git's merges by lines of many files are those that git makes of each file."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from seedgit.driver.foreseen import Chain, Foreseen
from seedgit.driver.line_merges import LineMerges
from seedgit.git.line_merge import line_merge
from tests import real
from tests.conftest import Repo
from tests.merge.test_decide import versions
from tests.scripted import DIALECTS
from tests.test_cases import CASES, read


def merges() -> list[list[bytes]]:
    """Base, ours and theirs of many merges; no base is an empty one."""
    found = [[read(case, name) or b"" for name in ("base", "ours", "theirs")] for case in CASES]
    found += [list(texts) for _, _, *texts in real.merges()]
    for dialect in DIALECTS:
        found += [list(versions(dialect, Random(n), most=3).texts()) for n in range(20)]
    ends = [b"a\nb\nc", b"a\r\nb\r\nc\r\n", b"", b"\n", b"a\nb\nc\nd\n", b"<<<<<<< a\n=======\n"]
    found += [[base, ours, theirs] for base in ends for ours in ends for theirs in ends]
    return [texts for texts in found if texts[1] != texts[2]]


def test_they_are_gits(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    given = merges()
    names = [f"{n}-{m}" for n in range(len(given)) for m in range(3)]
    repo.write(dict(zip(names, [text for texts in given for text in texts], strict=True)))
    listed = "\n".join(names).encode()
    asked = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    ids = iter(repo(*asked, stdin=listed).splitlines())
    files = []
    for n, texts in enumerate(given):
        three = [next(ids) for _ in texts]
        files.append(Foreseen(Chain(f"{n}", three[1], []), "", three, list(texts)))
    lines = LineMerges(str(repo.path / "lines"), files[0].ours)
    able = [n for n, texts in enumerate(given) if lines.can_merge(texts)]
    assert len(able) > len(given) * 0.9
    merged = lines.merged([files[n] for n in able])
    outcomes: Counter[bool] = Counter()
    for n, found in zip(able, merged, strict=True):
        assert found == line_merge(*given[n]), given[n]
        outcomes[found is None] += 1
    assert min(outcomes.values()) > 200, outcomes


def test_what_the_repository_does_not_have(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a rebase, what a step left is ours for the next one before git has it."""
    monkeypatch.chdir(repo.path)
    base, ours, theirs = b"a\nb\nc\nd\n", b"a\nb\nc\nD\n", b"A\nb\nc\nd\n"
    ids = [repo("hash-object", "-w", "--stdin", stdin=text).strip() for text in (base, theirs)]
    three = [ids[0], repo("hash-object", "--stdin", stdin=ours).strip(), ids[1]]
    file = Foreseen(Chain("f", three[1], []), "", three, [base, ours, theirs])
    lines = LineMerges(str(repo.path / "lines"), file.ours)
    lines.put(file.ours, ours)
    lines.put(file.ours, ours)
    assert list(lines.merged([file])) == [b"A\nb\nc\nD\n"]
