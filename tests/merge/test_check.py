"""The last look at a merge: a text that means anything else than what was decided is refused."""

from __future__ import annotations

import pytest

from seedgit.formats.registry import format_named
from seedgit.merge.check import means
from seedgit.merge.decide import merge
from seedgit.merge.version import Version, prepared

BASE = "a: 1\nm:\n  x: 1\n  y: [1, 2]\nl:\n- id: p\n  n: 1\n- id: q\n  n: 2\nt: !t {k: v}\n"
OURS = BASE.replace("x: 1", "x: 2").replace("n: 2", "n: 3").replace("!t {k: v}", "!t {k: w}")
THEIRS = BASE.replace("a: 1\n", "a: one\n").replace("[1, 2]", "[1, 2, 3]")
RESULT = OURS.replace("a: 1\n", "a: one\n").replace("[1, 2]", "[1, 2, 3]")


def accepted(text: str, base: str = BASE, ours: str = OURS, theirs: str = THEIRS) -> bool:
    """Whether a text passes for the merge of three others."""
    yaml = format_named("yaml")
    files = [Version.parsed(each.encode(), "x.yaml", yaml) for each in (base, ours, theirs)]
    prepared(files)
    decisions = merge(*(file.root for file in files))
    return means(Version.parsed(text.encode(), "x.yaml", yaml).root, decisions)


def test_the_result_is_accepted_however_it_is_written() -> None:
    assert accepted(RESULT)
    assert accepted("t: !t {k: 'w'}\n" + RESULT.partition("t: !t")[0])  # members have no order
    assert accepted(RESULT.replace("- id: p\n  n: 1\n", "- {n: 1, id: p}\n"))
    assert not accepted(OURS) and not accepted(THEIRS) and not accepted(BASE)


@pytest.mark.parametrize(
    ("was", "other"),
    [
        ("a: one", "a: two"),
        ("a: one\n", ""),
        ("a: one\n", "a: one\nb: 1\n"),
        ("a: one", "b: one"),
        ("x: 2", 'x: "2"'),
        ("x: 2", "x: 2.0"),
        ("x: 2", "x: [2]"),
        ("x: 2", "x: {}"),
        ("[1, 2, 3]", "[1, 3, 2]"),
        ("[1, 2, 3]", "[1, 2]"),
        ("[1, 2, 3]", "[1, 2, 3, 4]"),
        ("[1, 2, 3]", "{1: 1, 2: 2, 3: 3}"),
        ("[1, 2, 3]", "'123'"),
        ("- id: p\n  n: 1\n- id: q\n  n: 3\n", "- id: q\n  n: 3\n- id: p\n  n: 1\n"),
        ("!t {k: w}", "{k: w}"),
        ("!t {k: w}", "!u {k: w}"),
        ("!t {k: w}", "!t {k: v}"),
        ("!t {k: w}", "w"),
    ],
)
def test_anything_else_is_refused(was: str, other: str) -> None:
    assert was in RESULT
    assert not accepted(RESULT.replace(was, other))


def test_an_alias_is_another_value_than_what_it_stands_for() -> None:
    base, ours = "a: &x 1\nb: 0\nc: 1\n", "a: &x 1\nb: *x\nc: 1\n"
    theirs = base.replace("c: 1", "c: 2")
    assert accepted("a: &x 1\nb: *x\nc: 2\n", base, ours, theirs)
    assert not accepted("a: &x 1\nb: 1\nc: 2\n", base, ours, theirs)


def test_a_stream_is_each_of_its_documents() -> None:
    base = "id: p\nn: 1\n---\nid: q\nn: 1\n"
    first, last = "id: p\nn: 2\n", "id: q\nn: 2\n"
    sides = base, base.replace("id: p\nn: 1\n", first), base.replace("id: q\nn: 1\n", last)
    assert accepted(f"{first}---\n{last}", *sides)
    assert not accepted(first, *sides)
    assert not accepted(f"{last}---\n{first}", *sides)
