"""trivial_merge.awk merges only what git, or else the structure, merges to the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from seedgit import codes, journal_file, merge_driver
from seedgit.formats import registry
from seedgit.formats.merge import merge_texts
from seedgit.git.line_merge import line_merge
from seedgit.journal import Journal
from seedgit.merge.version import NotMergeable
from tests import real
from tests.conftest import Repo
from tests.driver.test_main import diverge
from tests.merge.test_decide import every_dialect, versions
from tests.scripted import format_of
from tests.site import FLOW, PATH
from tests.test_cases import CASES, read

PROGRAM = Path(merge_driver.__file__).with_name("trivial_merge.awk")

pytestmark = pytest.mark.skipif(shutil.which("awk") is None, reason="there is no awk here")


def trivial(folder: Path, path: str, *versions: bytes) -> bytes | None:
    """What base, ours and theirs are merged to; None where that is for the parser."""
    names = ["base", "ours", "theirs"]
    for name, text in zip(names, versions, strict=True):
        (folder / name).write_bytes(text)
    command = ["awk", "-f", str(PROGRAM), "--", path, *names, "result"]
    done = subprocess.run(command, cwd=folder, check=False, timeout=60)
    assert done.returncode in (0, 1)
    return (folder / "result").read_bytes() if done.returncode == 0 else None


def judged(folder: Path, path: str, base: bytes, ours: bytes, theirs: bytes) -> str:
    """What becomes of a merge; fails where its bytes are not git's, or else the structure's."""
    found = trivial(folder, path, base, ours, theirs)
    if found is None:
        return "parsed"
    lines = line_merge(base, ours, theirs)
    assert lines == found
    try:
        format = registry.format_of(path)
        assert format is not None
        result = merge_texts(format, path, (base, ours, theirs), lines)
    except NotMergeable:
        pass  # git's result it is, also for who parses
    else:
        assert result.clean
        assert result.text == found
    return "merged"


@every_dialect
def test_generated_documents(dialect: str, tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(100):
        texts = versions(dialect, Random(seed), most=2).texts()
        outcomes[judged(tmp_path, f"f.{format_of(dialect)}", *texts)] += 1
    assert outcomes["parsed"] >= 5, outcomes


def test_cases(tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for case in CASES:
        base, ours, theirs = (read(case, version) for version in ("base", "ours", "theirs"))
        if (case / "rules.yaml").exists() or base is None or ours is None or theirs is None:
            continue
        path = f"f{next(case.glob('ours.*')).suffix}"
        outcomes[judged(tmp_path, path, base, ours, theirs)] += 1
    assert outcomes["merged"] >= 10, outcomes
    assert outcomes["parsed"] >= 50, outcomes


def test_most_real_merges_pass(tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for _, path, *texts in real.merges():
        outcomes[judged(tmp_path, path, *texts)] += 1
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


@pytest.mark.parametrize("name", DOUBTFUL)
def test_doubt_is_for_the_parser(name: str, tmp_path: Path) -> None:
    path, *texts = DOUBTFUL[name]
    assert trivial(tmp_path, path, *map(str.encode, texts)) is None


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


@pytest.mark.parametrize(("opener", "end"), OPENERS)
def test_what_goes_on_over_lines_is_for_the_parser(opener: str, end: str, tmp_path: Path) -> None:
    keys = "b: 1\nc: 1\ne: 1\nf: 1\n"
    last = f"d: y{end}\n"
    versions = (f"{opener}\n{keys}{last}", keys + last, f"{opener}\n{keys}g: 1\n{last}")
    assert judged(tmp_path, "a.yaml", *map(str.encode, versions)) == "parsed"


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


@pytest.mark.parametrize("name", HIDDEN)
def test_what_the_lines_hide_is_for_the_parser(name: str, tmp_path: Path) -> None:
    path, *texts = HIDDEN[name]
    base, ours, theirs = map(str.encode, texts)
    assert judged(tmp_path, path, base, ours, theirs) == "parsed"


def test_what_moved_past_more_than_itself_passes(tmp_path: Path) -> None:
    """git keeps what is between, too."""
    between = "".join(f"k{n}: {n}\n" for n in range(8))
    base = f"m:\n  x: 1\n{between}n:\n  y: 1\n"
    ours = f"m:\n  z: 1\n{between}n:\n  y: 1\n  x: 1\n"
    theirs = base.replace("k4: 4", "k4: 5")
    assert judged(tmp_path, "a.yaml", *map(str.encode, (base, ours, theirs))) == "merged"


def test_line_ends_of_one_kind_pass(tmp_path: Path) -> None:
    versions = ("a: 1\nb: 1\nc: 1\n", "a: 2\nb: 1\nc: 1\n", "a: 1\nb: 1\nc: 2\n")
    texts = [text.replace("\n", "\r\n").encode() for text in versions]
    assert judged(tmp_path, "a.yaml", *texts) == "merged"


def test_a_last_newline_that_some_versions_lack_is_for_the_parser(tmp_path: Path) -> None:
    texts = (b"a: 1\nb: 1\nc: 1\nd: 1", b"a: 2\nb: 1\nc: 1\nd: 1", b"a: 1\nb: 1\nc: 2\nd: 1")
    assert trivial(tmp_path, "a.yaml", *texts) == b"a: 2\nb: 1\nc: 2\nd: 1"
    for n in range(3):
        some = [text + b"\n" * (m == n) for m, text in enumerate(texts)]
        assert trivial(tmp_path, "a.yaml", *some) is None


def test_what_no_line_keeps_apart_is_for_the_parser(tmp_path: Path) -> None:
    """git calls it a conflict; how it was solved is for the journal to tell."""
    texts = (b"a: 1\nb: 1\n", b"a: 2\nb: 1\n", b"a: 1\nb: 2\n")
    assert trivial(tmp_path, "a.yaml", *texts) is None
    assert trivial(tmp_path, "a.yaml", *texts[:2], texts[1]) == texts[1]


def test_what_both_took_away_may_be_elsewhere_now(tmp_path: Path) -> None:
    """By lines it moved, and that is all; the other side wanted it gone."""
    between = "m: 1\nn: 1\no: 1\n"
    base = f"a:\n- x\n- y\n{between}b:\n- z\n{between.upper()}c: 1\n"
    theirs = base.replace("- x\n", "").replace("c: 1", "c: 2")
    moved = base.replace("- x\n", "").replace("- z\n", "- z\n- x\n")
    texts = [text.encode() for text in (base, moved, theirs)]
    lines = line_merge(*texts)
    assert lines is not None
    assert trivial(tmp_path, "a.yaml", *texts) is None
    assert not merge_texts(registry.format_named("yaml"), "a.yaml", texts, lines).clean


def test_a_last_line_without_its_end_is_changed_by_what_follows(tmp_path: Path) -> None:
    texts = (b"a: 1\nb: 1\nc: 1", b"a: 2\nb: 1\nc: 1", b"a: 1\nb: 1\nc: 1\nd: 1")
    assert trivial(tmp_path, "a.yaml", *texts) is None


def test_where_git_puts_a_change_into_a_copy_the_files_are_parsed(tmp_path: Path) -> None:
    entries = "  i: 1\n  j: 1\n  c: 1\n  d: 1\n"
    base = "m:\n" + entries.replace("  j", "  x: 1\n  j") + "p: 1\n"
    ours = base.replace("c: 1", "c: 2")
    copied = f"m:\n{entries}n:\n{entries}p: 1\n"
    texts = [text.encode() for text in (base, ours, copied)]
    lines = line_merge(*texts)
    found = copied.replace("c: 1", "c: 2", 1).encode()
    assert lines not in (found, None)
    assert trivial(tmp_path, "a.yaml", *texts) is None
    assert merge_texts(registry.format_named("yaml"), "a.yaml", texts, lines).text == found


@pytest.mark.parametrize("end", [b"\0", b"\1"])
def test_no_last_byte_is_lost(end: bytes, tmp_path: Path) -> None:
    texts = (b"a: 1\nb: 1\nc: 1\n", b"a: 2\nb: 1\nc: 1\n", b"a: 1\nb: 1\nc: 2\n" + end)
    assert trivial(tmp_path, "a.yaml", *texts) is None


def test_a_nul_is_for_the_parser(tmp_path: Path) -> None:
    texts = (b"a: 1\n\0\nb: 1\nc: 1\n", b"a: 2\n\0\nb: 1\nc: 1\n", b"a: 1\n\0\nb: 1\nc: 2\n")
    assert trivial(tmp_path, "a.yaml", *texts) is None
    assert trivial(tmp_path, "a.yaml", *(text.replace(b"\0", b"d: 1") for text in texts))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_no_result(tmp_path: Path) -> None:
    for name, text in (("base", b"a: 1\n"), ("ours", b"a: 1\n"), ("theirs", b"a: 2\n")):
        (tmp_path / name).write_bytes(text)
    command = ["awk", "-f", str(PROGRAM), "--", "a.yaml", "base", "ours", "theirs", "/dev/full"]
    assert subprocess.run(command, cwd=tmp_path, check=False, stderr=subprocess.DEVNULL).returncode


def test_many_entries_are_for_the_parser(tmp_path: Path) -> None:
    """Which leaves out what is alike."""
    text = b"".join(b"k%d: 1\n" % n for n in range(1001))
    assert trivial(tmp_path, "a.yaml", *[text] * 3) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", b'{\n"a"%b: 1\n}\n' % (b" " * 200_000)),
        ("a.json", b'{\n  "a": [%b],\n  "b": 1\n}\n' % (b'\\"' * 1_000_000)),
        ("a.json", b'{\n  "a": {"k": "%b"},\n  "b": 1\n}\n' % (b'\\"' * 500_000)),
        ("a.toml", b"a = [%bx\n]\n" % (b" " * 200_000)),
        ("a.toml", b"k." * 100_000 + b"k = 1\n"),
        ("a.toml", b"a = [\n%b]\n" % (b"[1, 2],\n" * 20_000)),
        ("a.yaml", b"a: %b\n" % (b"[" * 200_000)),
        ("a.yaml", b"a: %b\n" % (b"[" * 100_000 + b"]" * 100_000)),
        ("a.yaml", b"a: %b\n" % (b": '\"" * 50_000)),
        ("a.yaml", b"a: |\n%b" % (b'  - "x\n' * 100_000)),
        ("a.yaml", b"a: 1\n%b" % (b"# x\n" * 50_000)),
        ("a.yaml", b"a: 1\n# %b\nb: 1\n" % (b"|#" * 100_000)),
        ("a.toml", b"[ a%bb]\n" % (b" " * 200_000)),
        ("a.toml", b'[a] %b"\n' % (b"# " * 100_000)),
        ("a.toml", b"a = [\n%b]\n" % (b"\"a\\n\", 'b', 1, 2,\n" * 10_000)),
    ],
)
def test_what_may_take_long_ends(path: str, text: bytes, tmp_path: Path) -> None:
    assert trivial(tmp_path, path, *[text] * 3) in (text, None)


# -- inside git ------------------------------------------------------------------------------------

FAR = (FLOW.replace("30", "45"), FLOW.replace("limit: 5", "limit: 6"))


def test_a_merge_that_passes_has_its_row(upstream: Repo, site: Repo) -> None:
    kept = Journal(site.path / ".git")
    kept.add("probe", codes.DONE)
    diverge(upstream, site, *FAR)
    site("merge", "origin/main")
    assert site.read(PATH).decode() == FAR[0].replace("limit: 5", "limit: 6")
    (row,) = kept.rows(entry=journal_file.MERGE_DRIVER)
    found = (row["path"], row["mode"], row["outcome"], row["reason"], row["status"])
    assert found == (PATH, "live", codes.NOTHING, codes.NOOP_TRIVIAL_MERGE, 0)
    assert len(kept.rows(entry=journal_file.MERGE_DRIVER)) == 1


@pytest.mark.parametrize(
    "name", ["-fx.yaml", "-vx=1.yaml", "-l./x.yaml", "--version.yaml", "a=b.yaml"]
)
def test_a_name_is_no_option(upstream: Repo, site: Repo, name: str) -> None:
    (site.path / ".git" / "info" / "attributes").write_text("*.yaml merge=seedgit\n")
    upstream.commit({name: FLOW}, "hostile")
    site("pull", "--quiet", "--no-rebase")
    diverge(upstream, site, *FAR, name)
    Journal(site.path / ".git").add("probe", codes.DONE)
    site("merge", "origin/main")
    assert site.read(name).decode() == FAR[0].replace("limit: 5", "limit: 6")
    (row,) = Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER)
    assert (row["path"], row["reason"]) == (name, codes.NOOP_TRIVIAL_MERGE)


def test_a_worktree_has_the_same_journal(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    kept = Journal(site.path / ".git")
    kept.add("probe", codes.DONE)
    diverge(upstream, site, *FAR)
    site("worktree", "add", "--quiet", str(tmp_path / "linked"), "HEAD")
    site("-C", str(tmp_path / "linked"), "merge", "origin/main")
    (row,) = kept.rows(entry=journal_file.MERGE_DRIVER)
    assert (row["path"], row["reason"]) == (PATH, codes.NOOP_TRIVIAL_MERGE)


@pytest.mark.parametrize("setting", ["seedgit.mode=dry-run", "seedgit.shadow=true"])
@pytest.mark.parametrize("scope", ["--local", "--global", "-c"])
def test_who_compares_the_engines_has_both_results(
    upstream: Repo, site: Repo, setting: str, scope: str
) -> None:
    Journal(site.path / ".git").add("probe", codes.DONE)
    if scope != "-c":
        site("config", scope, *setting.split("="))
    diverge(upstream, site, *FAR)
    site(*(["-c", setting] if scope == "-c" else []), "merge", "origin/main")
    (row,) = Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER)
    assert row["verdict"] == codes.AGREE
    assert row["seedgit_result"]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("[seedgit]\n\tmode = live\n", True),
        ("[seedgit]\n\tmode = dry-run\n", False),
        ("[seedgit]\n\tmode = LIVE\n", False),  # no mode of that name: off
        ("[seedgit]\n\tmode = false\n", False),
        ("[SeedGit]\n\tShadow = true\n", False),
        ("[core]\n\tmode = off\n", True),
        ("[include]\n\tpath = dry\n", False),
        ('[includeIf "gitdir:/elsewhere/"]\n\tpath = "dry"  ; perhaps\n', False),
        ("[include] path = ~/dry\n", False),
        ("[include]\n\tpath = none\n", True),
    ],
)
@pytest.mark.parametrize("scope", ["local", "system"])
def test_the_mode_is_read_where_git_reads_it(
    scope: str, config: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git" / "seedgit").mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    file = tmp_path / (".git/config" if scope == "local" else "system")
    file.write_text(config)
    file.with_name("dry").write_text("[seedgit]\n\tmode = dry-run\n")
    monkeypatch.setenv("HOME", str(file.parent))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(file))
    texts = (b"a: 1\n", b"a: 1\n", b"a: 2\n")
    assert (trivial(tmp_path, "a.yaml", *texts) is not None) == found
    assert (tmp_path / ".git" / "seedgit" / "trivial").exists() == found


def test_who_traces_has_the_decisions(
    upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    diverge(upstream, site, *FAR)
    monkeypatch.setenv("SEEDGIT_TRACE", "1")
    site("merge", "origin/main")
    (row,) = Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER)
    assert row["decisions"]


def test_without_awk_the_files_are_parsed(
    upstream: Repo, site: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("git", "sh", "cp", "mv", "rm", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    diverge(upstream, site, *FAR)
    monkeypatch.setenv("PATH", str(tmp_path))
    site("merge", "origin/main")
    assert site.read(PATH).decode() == FAR[0].replace("limit: 5", "limit: 6")
    (row,) = Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER)
    assert row["decisions"]


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Put programs before those on PATH."""
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


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
def test_no_text_takes_long(tmp_path: Path, made: Callable[[str, str], bytes]) -> None:
    started = time.monotonic()
    assert trivial(tmp_path, "a.yaml", made("1", "1"), made("2", "1"), made("1", "2")) is None
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("end", ["kill -9 $$", "exit 2", "while :; do :; done"])
def test_where_awk_fails_the_files_are_parsed(
    upstream: Repo, site: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    diverge(upstream, site, *FAR)
    programs(tmp_path / "bin", monkeypatch, awk=end)
    site("merge", "origin/main")
    assert site.read(PATH).decode() == FAR[0].replace("limit: 5", "limit: 6")
    (row,) = Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER)
    assert row["decisions"]
    assert site("ls-files", "--others") == ""


def test_a_result_that_cannot_be_put_in_place_stops_the_merge(
    upstream: Repo, site: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = site("config", "merge.seedgit.driver").replace(sys.executable, "/nowhere/python")
    site("config", "merge.seedgit.driver", command)
    path, base = "flows/t.yaml", "a: [\n1,\n2,\n3\n]\n"
    upstream.commit({path: base}, "base")
    site("pull", "--quiet", "--no-rebase")
    diverge(upstream, site, "#\n" + base, base + "#\n", path)
    programs(tmp_path / "bin", monkeypatch, mv="exit 1")
    before = site("rev-parse", "HEAD")
    assert "Failed to execute internal merge" in site("merge", "origin/main", ok=False)
    assert (site("rev-parse", "HEAD"), site("status", "--porcelain")) == (before, "")


# -- what the journal takes in ---------------------------------------------------------------------


def paths(kept: Journal) -> list[str]:
    return [row["path"] for row in kept.rows(entry=journal_file.MERGE_DRIVER)][::-1]


def test_what_is_written_while_the_journal_is_read_has_its_row(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    kept.add("probe", codes.DONE)
    place = tmp_path / "seedgit" / journal_file.TRIVIAL
    with place.open("a") as first, place.open("a") as second:
        assert paths(kept) == []
        first.write("a.yaml\nb.ya")
        first.flush()
        assert paths(kept) == ["a.yaml"]
        first.write("ml\n")
        first.flush()
        second.write("c.yaml\n")
    assert paths(kept) == paths(kept) == ["a.yaml", "b.yaml", "c.yaml"]


def test_what_cannot_be_taken_in_keeps_nobody_from_the_journal(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    place = tmp_path / "seedgit" / journal_file.TRIVIAL
    place.mkdir(parents=True)
    kept.add("probe", codes.DONE)
    assert len(kept.rows()) == 1
    place.rmdir()
    place.write_bytes(b"\xff.yaml\n")
    assert paths(kept) == ["\\udcff.yaml"]


def test_a_large_file_goes_when_all_of_it_has_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "TRIVIAL_MOST", 10)
    kept = Journal(tmp_path)
    kept.add("probe", codes.DONE)
    place = tmp_path / "seedgit" / journal_file.TRIVIAL
    place.write_text("a.yaml\nb.yaml\n")
    assert len(paths(kept)) == 2
    assert len(paths(kept)) == 2
    assert not place.exists()
    place.write_text("c.yaml\n")
    assert paths(kept) == paths(kept) == ["a.yaml", "b.yaml", "c.yaml"]
    place.write_text("d\n")  # a shorter one: not what was taken in
    assert paths(kept)[3:] == ["d"]


def test_no_merge_of_many_at_once_is_lost(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    kept.add("probe", codes.DONE)
    place = tmp_path / "seedgit" / journal_file.TRIVIAL
    program = "BEGIN { while (n++ < 300) { print ARGV[1] n >>ARGV[2]; close(ARGV[2]) } }"
    writers = [
        subprocess.Popen(["awk", program, name, place], stdout=subprocess.DEVNULL)
        for name in "abcdefgh"
    ]
    while any(writer.poll() is None for writer in writers):
        kept.rows(limit=1)
    assert sorted(paths(kept)) == sorted(f"{a}{n}" for a in "abcdefgh" for n in range(1, 301))


def test_a_declared_rename_is_for_the_parser(upstream: Repo, site: Repo) -> None:
    rules = site.read(".seedgit.yaml").decode()
    site.commit({".seedgit.yaml": rules.rstrip("\n") + "\n    renames: {/old: /limit}\n"}, "rules")
    diverge(upstream, site, *FAR)
    site("merge", "origin/main")
    (row,) = Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER)
    assert row["decisions"]


@pytest.mark.parametrize("pad", [" ", "\t", " \t"])
def test_blanks_in_toml_take_no_time_out_of_proportion(pad: str, tmp_path: Path) -> None:
    blanks = pad * 60_000  # looked at again from each one on, they take minutes
    base = f"{blanks}a = 1\nm = 1\nb{blanks}.c = 1\n"
    ours, theirs = base.replace("a = 1", "a = 2"), base.replace("c = 1", "c = 2")
    assert trivial(tmp_path, "a.toml", base.encode(), ours.encode(), theirs.encode()) is None
