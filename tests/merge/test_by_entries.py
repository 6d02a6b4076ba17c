"""What the lines alone show is right: a merge by entries is what parsing all versions gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from types import EllipsisType

import pytest

from seedgit.driver.rules import RulesOfMerge
from seedgit.driver.run import Run
from seedgit.driver.settings import Settings
from seedgit.formats import registry
from seedgit.formats.toml import cut as toml_cut
from seedgit.git.line_merge import line_merge
from seedgit.merge import cutter, engine
from seedgit.merge.by_entries import Merged, merged_by_entries
from seedgit.shadow import listed
from tests import real
from tests.by_lines import merges_by_lines
from tests.merge.test_decide import every_dialect, versions
from tests.scripted import format_of
from tests.test_cases import CASES, read

WHOLE = 1 << 60  # no file is so large: all versions are parsed


@pytest.fixture(autouse=True)
def no_rules(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
    yield


def run(path: str, texts: tuple[bytes, ...], lines: bytes | None, shorten_from: int) -> Run:
    """The merge of a driver, with or without a look at the lines."""
    rules = RulesOfMerge("none")
    rules.read(Settings(""))
    made = Run(path, list(texts), lines, 7, Settings(""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", shorten_from)
        made.merge(rules)
    return made


def judged_all(place: Path, merges: Sequence[tuple[str, tuple[bytes, ...]]]) -> Counter[str]:
    """What becomes of many merges, as `judged`: how many of each there are."""
    by_git = merges_by_lines(place, [texts for _, texts in merges])
    return Counter(
        judged(path, *texts, lines=lines)
        for (path, texts), lines in zip(merges, by_git, strict=True)
    )


def judged(path: str, *texts: bytes, lines: bytes | EllipsisType | None = ...) -> str:
    """What becomes of a merge; fails where its bytes are not those of who parses all versions."""
    lines = line_merge(*texts) if lines is ... else lines
    made = run(path, texts, lines, 0)
    if not isinstance(made.result, Merged):
        return "parsed"
    whole = run(path, texts, lines, WHOLE)
    if whole.result is None:
        assert made.result.text == lines  # git's result it is, also for who parses
    else:
        assert (whole.result.clean, whole.result.text) == (True, made.result.text)
    return "merged" if lines is not None else "without git"


def by_entries(path: str, *texts: bytes) -> bytes | None:
    format = registry.format_of(path)
    assert format is not None
    cutter = format.cutter()
    assert cutter is not None
    made = merged_by_entries(cutter, texts)
    return made and made.text


@every_dialect
def test_generated_documents(tmp_path: Path, dialect: str) -> None:
    documents = [versions(dialect, Random(seed), most=2).texts() for seed in range(100)]
    outcomes = judged_all(tmp_path, [(f"f.{format_of(dialect)}", texts) for texts in documents])
    assert outcomes["parsed"] >= 5, outcomes


def test_cases(tmp_path: Path) -> None:
    merges = []
    for case in CASES:
        base, ours, theirs = (read(case, version) for version in ("base", "ours", "theirs"))
        if (case / "rules.yaml").exists() or base is None or ours is None or theirs is None:
            continue
        merges.append((f"f{next(case.glob('ours.*')).suffix}", (base, ours, theirs)))
    outcomes = judged_all(tmp_path, merges)
    assert outcomes["merged"] >= 10, outcomes
    assert outcomes["without git"] >= 10, outcomes
    assert outcomes["parsed"] >= 50, outcomes


def test_most_real_merges_pass(tmp_path: Path) -> None:
    merges = [(path, tuple(texts)) for _, path, *texts in real.merges()]
    outcomes = judged_all(tmp_path, merges)
    assert outcomes["merged"] >= (125 if real.DATA.is_dir() else 25), outcomes


# name: path, base, ours, theirs
DOUBTFUL = {
    "a key that both added": ("a.yaml", "a: 1\nz: 1\n", "b: 2\na: 1\nz: 1\n", "a: 1\nz: 1\nb: 2\n"),
    "one indented anew, one added": ("a.yaml", "m:\n  a: 1\n", "m:\n    a: 1\n", "m:\n  b: 2\n"),
    "a value got keys": ("a.yaml", "m: \nz: 1\n", "m: 5\nz: 1\n", "m: \n  a: 1\nz: 1\n"),
    "both in one list": ("a.yaml", "l:\n- a\n- b\n", "l:\n- x\n- a\n- b\n", "l:\n- a\n- b\n- y\n"),
    "two forms of a table": ("a.toml", "z = 1\n", "m.a = 1\nz = 1\n", "z = 1\n[m]\nb = 2\n"),
    "a table in a value": ("a.toml", "z = 1\n", "m = {}\nz = 1\n", "z = 1\n[m.b]\nc = 2\n"),
    "a key in another table": (
        "a.toml",
        "[a]\nx = 1\n",
        "[a]\nx = 1\n[b]\n",
        "[a]\nx = 1\ny = 2\n",
    ),
    "a block scalar's header that may be text": (
        "a.yaml",
        "m:\n  a: x\n   |\n  b: &k 1\n  c: *k\nz: 1\n",
        "m:\n  a: x\n   |\n  b: &k 2\n  c: *k\nz: 1\n",
        "m:\n  a: x\n   |\n  b: &k 1\n  c: *k\nz: 1\ny: 1\n",
    ),
    "dotted keys that become a table, a key behind them": (
        "a.toml",
        "a.x = [\n  1,\n]\n",
        "[a]\nx = [\n  1,\n]\n",
        "a.x = [\n  1,\n]\n\nk = 1\n",
    ),
    "a name that is only a suffix": (
        ".yaml",
        "a: 1\nm: 1\nb: 1\n",
        "a: 2\nm: 1\nb: 1\n",
        "a: 1\nm: 1\nb: 2\n",
    ),
    "an anchor": ("a.yaml", "a: &x 1\nb: *x\n", "a: &x 2\nb: *x\n", "a: &x 1\nb: *x\nc: 1\n"),
    "a template": (
        "a.yaml",
        "a: {{ b }}\nc: 1\n",
        "a: {{ b }}\nc: 2\n",
        "a: {{ b }}\nc: 1\nd: 1\n",
    ),
    "tabs": ("a.yaml", "a:\t1\nc: 1\n", "a:\t1\nc: 2\n", "a:\t1\nc: 1\nd: 1\n"),
    "documents": ("a.yaml", "a: 1\n---\nb: 1\n", "a: 2\n---\nb: 1\n", "a: 1\n---\nb: 2\n"),
    "another format": ("a.ini", "a = 1\nb = 1\n", "a = 2\nb = 1\n", "a = 1\nb = 2\n"),
    "a map emptied, a key added": (
        "a.yaml",
        "a:\n  b: 1\n  # n\n  # n\nq: 1\n",
        "a:\n  # n\n  # n\nq: 1\n",
        "a:\n  b: 1\n  # n\n  # n\n  c: 1\nq: 1\n",
    ),
    "a table gone, one below it added": (
        "a.toml",
        "[a]\nx = 1\n[z]\ny = 1\n",
        "[z]\ny = 1\n",
        "[a]\nx = 1\n[z]\ny = 1\n[a.b]\nc = 1\n",
    ),
    "a dotted table gone, and added to": (
        "a.toml",
        "a.x = 1\nk = 1\n",
        "k = 1\n",
        "a.x = 1\nk = 1\na.y = 2\n",
    ),
    "a table gone, in part from both": (
        "a.toml",
        "[a.x]\n[k]\nl = 1\n[a.y]\n",
        "[k]\nl = 1\n",
        "[k]\nl = 1\n[a.y]\n",
    ),
    "a map that both emptied together": (
        "a.yaml",
        "m:\n  a: 1\n  # n\n  # n\n  b: 1\nz: 1\n",
        "m:\n  # n\n  # n\n  b: 1\nz: 1\n",
        "m:\n  a: 1\n  # n\n  # n\nz: 1\n",
    ),
    "an alias in a list": (
        "a.yaml",
        "a:\n- &x 1\nb: 1\nc: 1\n",
        "a:\n- 1\nb: 1\nc: 1\n",
        "a:\n- &x 1\nb: 1\nc: 1\nd:\n- *x\n",
    ),
    "an alias in a value": (
        "a.yaml",
        "a: [&x 1]\nb: 1\nc: 1\n",
        "a: [1]\nb: 1\nc: 1\n",
        "a: [&x 1]\nb: 1\nc: 1\nd: [*x]\n",
    ),
    "a number as a key, in two spellings": (
        "a.yaml",
        "m: 1\nz: 1\n",
        "1: 1\nm: 1\nz: 1\n",
        "m: 1\nz: 1\n0x1: 2\n",
    ),
    "a truth value as a key": (
        "a.yaml",
        "m: 1\nz: 1\n",
        "true: 1\nm: 1\nz: 1\n",
        "m: 1\nz: 1\nTrue: 2\n",
    ),
    "a key that is a list": (
        "a.yaml",
        "a:\n  [x]: 1\n  b: 1\n  c: 1\nz: 1\n",
        "a:\n  [x]: 2\n  b: 1\n  c: 1\nz: 1\n",
        "a:\n  [x]: 1\n  b: 1\n  c: 2\nz: 1\n",
    ),
    "a map with a tag in the line above": (
        "a.yaml",
        "a:\n  !t\n  b: 1\n  c: 1\n  d: 1\n",
        "a:\n  !t\n  b: 2\n  c: 1\n  d: 1\n",
        "a:\n  !t\n  b: 1\n  c: 1\n  d: 2\n",
    ),
    "text like a comment in a list": (
        "a.yaml",
        "l:\n- |\n  x\n  # y\n  # z\n  # w\nb: 1\n",
        "l:\n- v\n  # y\n  # z\n  # w\nb: 1\n",
        "l:\n- |\n  x\n  # y\n  # z\n  # k\nb: 1\n",
    ),
    "blank lines that are text": (
        "a.yaml",
        "a: |+\n  x\n\n\n\nb: 1\n",
        "\n\n\nb: 1\n",
        "a: |+\n  x\n\n\n\n\nb: 1\n",
    ),
    "a text of lines like keys": (
        "a.yaml",
        'a: "x\nb: 1\nd: y"\n',
        'b: 1\nd: y"\n',
        'a: "x\nb: 1\ny:\nd: y"\n',
    ),
    "a text of lines like keys, in TOML": (
        "a.toml",
        'a = """x\\"""\nb = 1\nd = 1"""\n',
        'c = """x\\"""\nb = 1\nd = 1"""\n',
        'a = """x\\"""\nb = 1\n# k\nd = 1"""\n',
    ),
    "a text in an inline table": (
        "a.toml",
        'a = { x = """\nb = 1\nc = 1\nd = 1""" }\n',
        'a = { x = """\nb = 1\nd = 1""" }\n',
        'a = { y = """\nb = 1\nc = 1\nd = 1""" }\n',
    ),
    "a carriage return and no line feed": ("a.toml", "y = 1\n", "\r", "y = 1\n"),
    "two members in one line": (
        "a.json",
        '{\n "a": [1], "b": [2],\n "c": 1,\n "d": 1\n}\n',
        '{\n "a": [1], "b": [3],\n "c": 1,\n "d": 1\n}\n',
        '{\n "a": [1], "b": [2],\n "c": 1,\n "d": 2\n}\n',
    ),
    "a member behind an array": (
        "a.json",
        '{\n "a": [\n  1\n ],\n "c": 1,\n "d": 1\n}\n',
        '{\n "a": [\n  1\n ], "b": [2],\n "c": 1,\n "d": 1\n}\n',
        '{\n "a": [\n  1\n ],\n "c": 1,\n "b": 3,\n "d": 1\n}\n',
    ),
    "an item's text of lines like keys": (
        "a.yaml",
        'l:\n- "x\nb: 1\nd: y"\n',
        'b: 1\nd: y"\n',
        'l:\n- "x\nb: 1\ny:\nd: y"\n',
    ),
    "a tagged text of lines like keys": (
        "a.yaml",
        'a: !t "x\nb: 1\nd: y"\n',
        'b: 1\nd: y"\n',
        'a: !t "x\nb: 1\ny:\nd: y"\n',
    ),
    "a header gone, and a table below it new, on both sides": (
        "a.toml",
        '[tool]\n# n\nname = "x"\n',
        "# n\n[tool.sub]\n",
        "[tool]\n# n\n[tool.sub]\n",
    ),
    "a comment that stays of a table": (
        "a.toml",
        "[a.b]\n[a]\n# n\ny = 1\n",
        "[a.b]\n[a]\n# n\n",
        "[a.b]\n# n\n",
    ),
    "a line that ends for YAML only": (
        "a.yaml",
        "a: 1\n# n\u2028b: 1\nc: 1\nd: 1\n",
        "b: 2\na: 1\n# n\u2028b: 1\nc: 1\nd: 1\n",
        "a: 1\n# n\u2028b: 1\nc: 1\nd: 2\n",
    ),
    "a member below the end of an object": (
        "a.json",
        '{\n  "a": {\n    "x": 1\n    },\n    "b": {\n    "y": 1\n  },\n  "c": 1,\n  "d": 1\n}\n',
        '{\n  "a": {\n    "x": 2\n    },\n    "b": {\n    "y": 1\n  },\n  "c": 1,\n  "d": 1\n}\n',
        '{\n  "a": {\n    "x": 1\n    },\n    "b": {\n    "y": 1\n  },\n  "c": 1,\n  "d": 2\n}\n',
    ),
    "a list over lines that look like keys": (
        "a.yaml",
        "a: [x,\nb: 1,\nc: 1,\nd: 1]\n",
        "a: [x,\nb: 2,\nc: 1,\nd: 1]\n",
        "a: [x,\nb: 1,\nc: 1,\nd: 2]\n",
    ),
    "other directives, and a value": (
        "a.yaml",
        "%YAML 1.2\n---\na: yes\nb: 1\nc: 1\n",
        "%YAML 1.1\n---\na: yes\nb: 1\nc: 1\n",
        "%YAML 1.2\n---\na: yes\nb: 1\nc: 2\n",
    ),
    "a conflict": (
        "a.json",
        '{\n "a": [\n  1\n ]\n}\n',
        '{\n "a": [\n  2\n ]\n}\n',
        '{\n "a": [\n  3\n ]\n}\n',
    ),
    "line ends of two kinds": (
        "a.yaml",
        "a: 1\nb: 1\nc: 1\n",
        "a: 1\r\nb: 1\nc: 1\n",
        "a: 1\nb: 1\nc: 2\n",
    ),
}


# Each begins what goes on over lines that look like keys, and hides it; the end of what it begins.
OPENERS = [
    ('m:\n  "k": |\n    x\n  b: "open', '"'),
    ("l:\n- 'x: | #':\n    k: \"open", '"'),
    ('m:\n  ? k\n  : a: |\n      x\n    b: "open', '"'),
    ('m:\n  !t x - "y: "open', '"'),
    ('m:\n  - - x - "y: "open', '"'),
    ('m:\n  x:"y - "z: "open', '"'),
    ('m:\n  k{a, "b}: "open}', '"'),
    ('a: \t"open', '"'),
    ('a: !t\t"open', '"'),
    ('a: [x "y, "open]', '"]'),
    ('a: [x:"y, "open]', '"]'),
    ('m:\n  k [a, "b]: "open]', '"'),
    ('a: ["x: \'y", "z", \'open]"]', "']"),
    ('a: ["a [", \'open]", x] b" ]', "']"),
    ("a: [x, # ]", "]"),
    ("a: 'it''s", "'"),
]


FAR_APART = "# 1\n# 2\n# 3\n# 4\n"
# path, base, ours, theirs
HIDDEN = {
    "an anchor behind a quoted key's block scalar": (
        "a.yaml",
        f'm:\n  "k": |\n    x\n  b: &x 1\n{FAR_APART}z: 1\n',
        f'm:\n  "k": |\n    x\n  b: 1\n{FAR_APART}z: 1\n',
        f'm:\n  "k": |\n    x\n  b: &x 1\n{FAR_APART}z: 1\ny:\n  "k": |\n    x\n  b: *x\n',
    ),
    "an anchor behind a tab": (
        "a.yaml",
        f"m: \t&x 1\n{FAR_APART}z: 1\n",
        f"m: 1\n{FAR_APART}z: 1\n",
        f"m: \t&x 1\n{FAR_APART}z: 1\ny: \t*x\n",
    ),
    "a key that begins like an item": (
        "a.yaml",
        f"a: 1\n{FAR_APART}z: 1\n",
        f"a: 1\n-x: 1\n{FAR_APART}z: 1\n",
        f"a: 1\n{FAR_APART}z: 1\n-x: 2\n",
    ),
    "a dotted key with blanks": (
        "a.toml",
        f"a = 1\n{FAR_APART}z = 1\n",
        f"a = 1\nx . y = 1\n{FAR_APART}z = 1\n",
        f"a = 1\n{FAR_APART}z = 1\nx . y = 2\n",
    ),
    "a key with an escape": (
        "a.toml",
        f"a = 1\n{FAR_APART}z = 1\n",
        f'a = 1\n"x\\u0041" = 1\n{FAR_APART}z = 1\n',
        f"a = 1\n{FAR_APART}z = 1\nxA = 2\n",
    ),
    "a long string that looks like two": (
        "a.toml",
        'x = """he said "hi\n[foo]\nk = 1\nk2 = 1\nk3 = 1\nk4 = 1\nsay = "x """\n',
        "[foo]\nk = 1\nk2 = 1\nk3 = 1\nk4 = 1\nsay = 'x'\n",
        'x = """he said "hi\n[foo]\nk = 1\nk2 = 1\nk3 = 5\nk4 = 1\nsay = "x """\n',
    ),
    "a long string that ends like a comment": (
        "a.toml",
        f'x = """\n{FAR_APART}# end """\nz = 1\n',
        f'y = """\n{FAR_APART}# end """\nz = 1\n',
        f'x = """\n{FAR_APART}# ond """\nz = 1\n',
    ),
    "comments of a key that gave way to the one above it": (
        "a.toml",
        "# 0\n'c d' = 1\n# 2\na.b = 3\n",
        "# 0\n# 2\na.b = 3\n",
        "# 0\n# 2\na = 3\n",
    ),
    "a comment more, of several alike": (
        "a.yaml",
        "k:\n  # c\n",
        "k:\n  # c\n  # c\n",
        "l: 1\n  # c\n  # c\n",
    ),
    "a comment of a map that both emptied": (
        "a.yaml",
        "  # c\n  # c\ni:\n  # c\n  j: 1\n  # c\nk:\n",
        "    # c\n    # c\n  # c\n  # c\n    # c\ni:\n  # c\n  # c\n    # c\nk:\n",
        "  # c\n  # c\ni:\n  # c\nk:\n  # c\n",
    ),
    "a comment like the one before": (
        "a.yaml",
        "a: 1\n# -\n# C\n# A\nb: 1\n",
        "a: 1\n# -\n# new\n# C\n# A\nb: 1\n",
        "a: 1\n# -\n# C\n# N\nn: 1\n# -\n# C\n# A\nb: 1\n",
    ),
    "comments alike that both changed": (
        "a.toml",
        "[b]\nx = 1\n# -\n[c]\n",
        "[b]\nx = 2\n# -\n# -\n# -\n[c]\n",
        "[b]\nx = 1\n# -\n# -\n# -\n[c]\n",
    ),
    "a comment that may be of a long string, between two tables": (
        "a.toml",
        "[a.b]\nx = 1\n# '''\n[a.c]\ny = 1\n",
        "[a.b]\nx = 2\n# '''\n[a.c]\ny = 1\n",
        "[a.b]\nx = 1\n# '''\n[a.c]\ny = 2\n",
    ),
    "what both changed, and a blank line that one moved": (
        "a.yaml",
        "f:\n- x\n- x\n\nc: 1\n",
        "f:\n- y\n- x\n\nc: 1\n",
        "\nf:\n- y\n- x\nc: 1\n",
    ),
    "a blank line put above a key, and one taken away below it": (
        "a.toml",
        "g = 2\n\n",
        "\ng = 2\n\n",
        "\ng = 2\n",
    ),
    "a comment put above a header, and one like it taken away below it": (
        "a.toml",
        "[n]\n# -\n# -\n\n[m]\ng = 2\n",
        "# -\n[n]\n# -\n\n[m]\ng = 2\n",
        "[n]\n# -\n\n[m]\ng = 2\n",
    ),
    "a blank line moved up, and another one put in further down": (
        "a.toml",
        "f = 1\n\n\nd = 3\n\n[m.o]\n\n[[m]]\nf = 2\n",
        "\nf = 1\n\nd = 3\n\n[m.o]\n\n\nf = 2\n",
        "f = 1\n\nd = 3\n\n[m.o]\n\n[[m]]\nf = 2\n",
    ),
    "a blank line moved inside a table, and one put in at the top": (
        "a.toml",
        "d = 2\n\n[n.q]\na = [\n  1,\n]\ng = 3\n",
        "\nd = 2\n[n.q]\na = [\n\n  1,\n]\ng = 3\n",
        "\nd = 2\n\n[n.q]\na = [\n  1,\n]\ng = 3\n",
    ),
    "an array that got a blank line which stood below it": (
        "a.toml",
        "\nd = 3\n#\n# c\nc = [\n  1,\n  2,\n]\n\n\n\ne = 3\n",
        "\nd = 3\n#\n# c\nc = [\n  1,\n  2,\n\n  1,\n]\n\n\ne = 3\n",
        "\nb = 1\nd = 3\n#\n# c\nc = [\n  1,\n  2,\n]\n\n\ne = 3\n",
    ),
    "a blank line moved above the first key, and an entry gone": (
        "a.yaml",
        "a:\n\n\n  g: 2\n  h:\n\n  - 1\n",
        "a:\n\n  g: 2\n  h:\n\n  - 1\n",
        "\na:\n\n  g: 2\n",
    ),
    "a blank line moved round a key of a map": (
        "a.yaml",
        "\ng: 2\n\n\nh: 2\n",
        "\ng: 2\n\nh: 2\n",
        "\n\ng: 2\n\nh: 2\n",
    ),
    "items of an array that come apart": (
        "a.toml",
        f"[[a]]\nx = 1\n{FAR_APART}[z]\n",
        f"[[a]]\nx = 1\n[m]\nq = 1\n{FAR_APART}[z]\n",
        f"[[a]]\nx = 1\n{FAR_APART}[[a]]\nx = 2\n[z]\n",
    ),
}


PASSES = ("a name that is only a suffix",)


@pytest.mark.parametrize("name", [name for name in DOUBTFUL if name not in PASSES])
def test_doubt_is_for_the_parser(name: str) -> None:
    path, *texts = DOUBTFUL[name]
    assert judged(path, *map(str.encode, texts)) == "parsed"


@pytest.mark.parametrize("name", PASSES)
def test_what_is_no_doubt(name: str) -> None:
    path, *texts = DOUBTFUL[name]
    assert judged(path, *map(str.encode, texts)) == "merged"


@pytest.mark.parametrize(("opener", "end"), OPENERS)
def test_what_goes_on_over_lines_is_for_the_parser(opener: str, end: str) -> None:
    keys = "b: 1\nc: 1\ne: 1\nf: 1\n"
    last = f"d: y{end}\n"
    texts = (f"{opener}\n{keys}{last}", keys + last, f"{opener}\n{keys}g: 1\n{last}")
    assert judged("a.yaml", *map(str.encode, texts)) == "parsed"


@pytest.mark.parametrize("name", HIDDEN)
def test_what_the_lines_hide_is_for_the_parser(name: str) -> None:
    path, *texts = HIDDEN[name]
    assert judged(path, *map(str.encode, texts)) == "parsed"


def test_what_moved_past_more_than_itself_passes() -> None:
    """git keeps what is between, too."""
    between = "".join(f"k{n}: {n}\n" for n in range(8))
    base = f"m:\n  x: 1\n{between}n:\n  y: 1\n"
    ours = f"m:\n  z: 1\n{between}n:\n  y: 1\n  x: 1\n"
    theirs = base.replace("k4: 4", "k4: 5")
    assert judged("a.yaml", *map(str.encode, (base, ours, theirs))) == "merged"


def test_line_ends_of_one_kind_pass() -> None:
    three = ("a: 1\nb: 1\nc: 1\n", "a: 2\nb: 1\nc: 1\n", "a: 1\nb: 1\nc: 2\n")
    texts = [text.replace("\n", "\r\n").encode() for text in three]
    assert judged("a.yaml", *texts) == "merged"


def test_a_last_newline_that_some_versions_lack_is_for_the_parser() -> None:
    texts = (b"a: 1\nb: 1\nc: 1\nd: 1", b"a: 2\nb: 1\nc: 1\nd: 1", b"a: 1\nb: 1\nc: 2\nd: 1")
    assert by_entries("a.yaml", *texts) == b"a: 2\nb: 1\nc: 2\nd: 1"
    for n in range(3):
        some = [text + b"\n" * (m == n) for m, text in enumerate(texts)]
        assert by_entries("a.yaml", *some) is None


def test_values_on_two_lines_that_follow_each_other() -> None:
    """git calls it a conflict; the entries are two, and so are the decisions about them."""
    texts = (b"m:\n  a: 1\n  b: 1\n", b"m:\n  a: 2\n  b: 1\n", b"m:\n  a: 1\n  b: 2\n")
    assert judged("a.yaml", *texts) == "without git"
    found = [run("a.yaml", texts, None, shorten_from).result for shorten_from in (0, WHOLE)]
    made, whole = [one and listed(one.decisions) for one in found]
    assert made == whole
    assert [each["pointer"] for each in made or []] == ["", "/m", "/m/a", "/m/b"]


@pytest.mark.parametrize(
    "theirs",
    [
        b"m:\n  a: 1\n  n: 1\n  b: 1\n",  # an entry
        b"m:\n  a: 1\n  # n\n  b: 1\n",  # a comment
        b"m:\n  a: 1\n",  # none
    ],
)
def test_where_git_has_a_conflict_only_values_pass(theirs: bytes) -> None:
    texts = (b"m:\n  a: 1\n  b: 1\n", b"m:\n  a: 2\n  b: 1\n", theirs)
    assert line_merge(*texts) is None
    assert judged("a.yaml", *texts) == "parsed"


def test_where_git_has_a_conflict_the_result_has_to_parse() -> None:
    texts = (b"a: 1\nb: 1\n", b"a: 2\nb: 1\n", b"a: 1\nb: x: y\n")
    assert line_merge(*texts) is None
    assert by_entries("a.yaml", *texts) == b"a: 2\nb: x: y\n"
    assert judged("a.yaml", *texts) == "parsed"


def test_what_both_took_away_may_be_elsewhere_now() -> None:
    """By lines it moved, and that is all; the other side wanted it gone."""
    between = "m: 1\nn: 1\no: 1\n"
    base = f"a:\n- x\n- y\n{between}b:\n- z\n{between.upper()}c: 1\n"
    theirs = base.replace("- x\n", "").replace("c: 1", "c: 2")
    moved = base.replace("- x\n", "").replace("- z\n", "- z\n- x\n")
    texts = [text.encode() for text in (base, moved, theirs)]
    assert line_merge(*texts) is not None
    assert by_entries("a.yaml", *texts) is None


def test_a_last_line_without_its_end_is_changed_by_what_follows() -> None:
    texts = (b"a: 1\nb: 1\nc: 1", b"a: 2\nb: 1\nc: 1", b"a: 1\nb: 1\nc: 1\nd: 1")
    assert by_entries("a.yaml", *texts) is None


def test_where_git_puts_a_change_into_a_copy_the_files_are_parsed() -> None:
    entries = "  i: 1\n  j: 1\n  c: 1\n  d: 1\n"
    base = "m:\n" + entries.replace("  j", "  x: 1\n  j") + "p: 1\n"
    ours = base.replace("c: 1", "c: 2")
    copied = f"m:\n{entries}n:\n{entries}p: 1\n"
    texts = [text.encode() for text in (base, ours, copied)]
    assert line_merge(*texts) not in (copied.replace("c: 1", "c: 2", 1).encode(), None)
    assert judged("a.yaml", *texts) == "parsed"


@pytest.mark.parametrize("end", [b"\0", b"\1"])
def test_no_last_byte_is_lost(end: bytes) -> None:
    texts = (b"a: 1\nb: 1\nc: 1\n", b"a: 2\nb: 1\nc: 1\n", b"a: 1\nb: 1\nc: 2\n" + end)
    assert by_entries("a.yaml", *texts) is None


def test_a_nul_is_for_the_parser() -> None:
    texts = (b"a: 1\n\0\nb: 1\nc: 1\n", b"a: 2\n\0\nb: 1\nc: 1\n", b"a: 1\n\0\nb: 1\nc: 2\n")
    assert by_entries("a.yaml", *texts) is None
    assert by_entries("a.yaml", *(text.replace(b"\0", b"d: 1") for text in texts))


def test_many_entries_are_for_the_parser() -> None:
    """Which leaves out what is alike."""
    text = b"".join(b"k%d: 1\n" % n for n in range(1001))
    assert by_entries("a.yaml", *[text] * 3) is None


LONG = [
    ("a.json", b'{\n"a"%b: 1\n}\n' % (b" " * 200_000)),
    ("a.json", b'{\n  "a": [%b],\n  "b": 1\n}\n' % (b'\\"' * 1_000_000)),
    ("a.json", b'{\n  "a": {"k": "%b"},\n  "b": 1\n}\n' % (b'\\"' * 500_000)),
    ("a.toml", b"a = [%bx\n]\n" % (b" " * 200_000)),
    ("a.toml", b"k." * 100_000 + b"k = 1\n"),
    ("a.toml", b"a%b = 1\n" % (b" ." * 100_000)),
    ("a.toml", b"a = [\n%b]\n" % (b"[1, 2],\n" * 20_000)),
    ("a.yaml", b"a: %b\n" % (b"[" * 200_000)),
    ("a.yaml", b"a: %b\n" % (b"[" * 100_000 + b"]" * 100_000)),
    ("a.yaml", b"a: %b\n" % (b": '\"" * 50_000)),
    ("a.yaml", b"a: [%b\n" % (b', "x"' * 50_000)),
    ("a.yaml", b"a: |\n%b" % (b'  - "x\n' * 100_000)),
    ("a.yaml", b"a: 1\n%b" % (b"# x\n" * 50_000)),
    ("a.yaml", b"a: 1\n%bb: 1\n" % (b"# x\n" * 50_000)),
    ("a.yaml", b"a: 1\n# %b\nb: 1\n" % (b"|#" * 100_000)),
    ("a.toml", b"[ a%bb]\n" % (b" " * 200_000)),
    ("a.toml", b'[a] %b"\n' % (b"# " * 100_000)),
    ("a.toml", b"a = [\n%b]\n" % (b"\"a\\n\", 'b', 1, 2,\n" * 10_000)),
]


@pytest.mark.parametrize(("path", "text"), LONG)
def test_what_may_take_long_ends(path: str, text: bytes) -> None:
    assert by_entries(path, *[text] * 3) in (text, None)


def between_changes(ours: str, theirs: str) -> bytes:
    """Lines stand between the changes that are looked for in all of a large file."""
    pad = "pad:\n" + "- b\n" * 225_000
    entries = "".join(
        f"  {side}{n}: {ours if side == 'o' else theirs}\n"
        f"  k{side}{n}:\n" + "  - a\n" * 400 + f"  - u{side}{n}\n"
        for n in range(150)
        for side in "ot"
    )
    again = "".join(f"  k{side}{n}: 1\n  k{side}{n}:\n" for n in range(150) for side in "ot")
    return f"{pad}p:\n{entries}q:\n{again}".encode()


def tags(ours: str, theirs: str) -> bytes:
    return f"a: {ours}\nb: {'!a ' * 400_000}[\nc: {theirs}\n".encode()


@pytest.mark.parametrize("made", [between_changes, tags])
def test_no_text_takes_minutes(made: Callable[[str, str], bytes]) -> None:
    texts = made("1", "1"), made("2", "1"), made("1", "2")
    assert by_entries("a.yaml", *texts) in (None, made("2", "2"))


@pytest.mark.parametrize("pad", [" ", "\t", " \t"])
def test_blanks_in_toml_take_no_time_out_of_proportion(pad: str) -> None:
    blanks = pad * 60_000  # looked at again from each one on, they take minutes
    base = f"{blanks}a = 1\nm = 1\nb{blanks}.c = 1\n"
    ours, theirs = base.replace("a = 1", "a = 2"), base.replace("c = 1", "c = 2")
    assert by_entries("a.toml", base.encode(), ours.encode(), theirs.encode()) is None


def test_where_lines_end_in_several_ways_all_versions_are_parsed() -> None:
    base = b"a: 1\r\nb: 2\r\nc: 3\r\n"
    ours, theirs = base.replace(b"1", b"5"), base.replace(b"3", b"7")
    assert by_entries("f.yaml", base, ours, theirs) == b"a: 5\r\nb: 2\r\nc: 7\r\n"
    assert by_entries("f.yaml", base, ours.replace(b"\r\nb", b"\nb"), theirs) is None


@pytest.mark.parametrize("limit", ["MOST_INSIDE", "MOST_ENTRIES", "MOST_DEEP"])
def test_beyond_a_limit_all_versions_are_parsed(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or what is made is right all the same."""
    base = "a = [[1], [2, [3]]]\nb = 2\nc = {x = 1, y = {z = [1]}}\n"
    for module in (cutter, toml_cut):
        monkeypatch.setattr(module, limit, 1, raising=False)
    texts = (base, base.replace("[1], [2", "[1], [9"), base.replace("x = 1", "x = 8"))
    made = by_entries("f.toml", *(text.encode() for text in texts))
    assert made in (None, base.replace("[1], [2", "[1], [9").replace("x = 1", "x = 8").encode())
