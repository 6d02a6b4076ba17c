"""tomllib without what it only names: the same values and errors, and whole where it must be."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import json, sys
sys.path[:0] = sys.argv[1:]
from seedgit.formats.toml.library import loads
said = []
for text in json.load(sys.stdin):
    try:
        said.append(repr(loads(text)))
    except (ValueError, RecursionError) as error:
        said.append(f"{type(error).__name__}: {error}")
loaded = sorted({"tomllib", "typing", "datetime"} & set(sys.modules))
import datetime, typing
real = type(loads("a = 2020-02-02")["a"]) is datetime.date and typing.Any.__module__ == "typing"
print(json.dumps([said, loaded, real]))
"""

TEXTS = [
    "a.b = 1\n[c]\nd = {e = 'x', f = [1, 2]}\n[[g]]\n[g.h]\ni = true\n[[g]]\n",
    "a = 1979-05-27T07:32:00.5-07:00\nb = 07:32:00\nc = 1979-05-27\nd = [inf, 1e5, 0x1F]\n",
    'a = """\\\n  x\\u00e9"""\n"b c" = "\\t"\n',
    "a = 1\na = 2\n",
    "[a]\n[a]\n",
    "a = {b = 1}\na.c = 2\n",
    "a = 2020-13-01\n",
    "a = [1\n",
    'a = "\\q"\n',
    "= 1",
    "",
    "a = " + "[" * 5000,
]


def run(flags: list[str], *path: Path) -> list[list[str]]:
    words = [sys.executable, *flags, "-c", PROGRAM, *map(str, path), str(ROOT)]
    done = subprocess.run(
        words, input=json.dumps(TEXTS), capture_output=True, text=True, check=True
    )
    said, loaded, real = json.loads(done.stdout)
    assert real
    return [said, loaded]


def test_alone_it_says_what_it_says_as_usual() -> None:
    said, loaded = run(["-I", "-S"])
    assert said == run(["-I"])[0]
    assert loaded == ["tomllib"]


@pytest.mark.parametrize(
    "wants",
    [
        "from typing import __all__",
        "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int = 1\nA()",
        "from datetime import __all__",
    ],
    ids=["a-private-name", "a-default", "more-of-datetime"],
)
def test_where_it_is_not_as_expected_it_is_imported_whole(wants: str, tmp_path: Path) -> None:
    real = Path(tomllib.__file__)
    (tmp_path / "tomllib").mkdir()
    (tmp_path / "tomllib" / "__init__.py").write_text(
        f"{wants}\n__path__[:] = [{str(real.parent)!r}]\n{real.read_text()}"
    )
    said, loaded = run(["-I", "-S"], tmp_path)
    assert said == run(["-I"])[0]
    assert loaded == ["datetime", "tomllib", "typing"]
