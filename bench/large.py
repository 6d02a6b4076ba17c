"""What a large file costs whatever its shape: ours and theirs edit neighbouring entries.

git's own merge of such edits conflicts, so the driver has to merge by structure. Each shape is
merged at two sizes: the second row's ratio shows whether the cost grows faster than the size.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.repositories import ROOT, scratch, sealed
from bench.table import LONG, ROUNDS, Row, Way, compare

PYTHON = f"exec {shlex.quote(sys.executable)} -I -S"
DRIVER = f"{PYTHON} {shlex.quote(str(ROOT / 'seedgit' / 'merge_driver.py'))} O A B 7 %P"
GIT = "exec git merge-file -q A O B"
ANY = tuple(range(128))
SMALL, LARGE = 500_000, 2_000_000
CPU, MEMORY, GROWTH = 0.5, 40.0, 1.2  # the goals: seconds and megabytes a megabyte, times the size

# One entry of each shape, with its number; what comes before the first, and after the last.
SHAPES = {
    "flat keys.yaml": ("key_{0:06}: value {0}\n", "", ""),
    "items with id.yaml": ("- id: item-{0}\n  kind: rule\n  n: {0}\n", "", ""),
    "maps without id.yaml": ("- kind: rule\n  n: {1}\n  to: host-{0}\n", "", ""),
    "texts.yaml": ("- item {0}\n", "", ""),
    "texts that repeat.yaml": ("- item {1}\n", "", ""),
    "requirements.yaml": ("- pkg-{0}==1.{1}\n", "deps:\n", ""),
    "a key twice.yaml": ("key_{0:06}: value {0}\n", "k: 1\nk: 2\n", ""),
    "nested.yaml": (
        "  svc-{0}:\n    image: a{0}\n    ports:\n      - name: http\n        port: {0}\n",
        "root:\n",
        "",
    ),
    "anchors.yaml": (
        "svc-{0}:\n  base: &a{0}\n    n: 1\n  copy: *a{0}\n  n: {0}\n",
        "",
        "",
    ),
    "merge keys.yaml": ("svc-{0}:\n  <<: *common\n  n: {0}\n", "common: &common\n  a: 1\n", ""),
    "documents.yaml": (
        "---\nkind: ConfigMap\nmetadata:\n  name: c-{0}\ndata:\n  n: {0}\n",
        "",
        "",
    ),
    "items in brackets.yaml": ("  {{name: x{0}, n: {0}}},\n", "root: [\n", "]\n"),
    "keys in brackets.yaml": ("  key_{0}: {0},\n", "{\n", "  z: 0}\n"),
    "flat keys.json": ('  "key_{0:06}": "value {0}",\n', "{\n", '  "z": 0\n}\n'),
    "one line.json": ('"key_{0:06}":"value {0}",', "{", '"z":0}\n'),
    "items with id.json": (
        '  {{\n    "id": "item-{0}",\n    "n": {0}\n  }},\n',
        "[\n",
        '  {\n    "id": "z"\n  }\n]\n',
    ),
    "items on one line.json": ('{{"to":"host-{0}","n":{1}}},', "[", '{"to":"z"}]\n'),
    "numbers that repeat.json": ("0.{1}25,", "[", "0]\n"),
    "flat keys.toml": ('key_{0:06} = "value {0}"\n', "", ""),
    "tables.toml": ('[t.x{0}]\na = 1\nb = "s {0}"\n\n', "", ""),
    "arrays of tables.toml": ('[[t]]\nid = "x{0}"\nb = {0}\n\n', "", ""),
    "array of texts.toml": ('  "item {0}",\n', "[a]\nb = [\n", "]\n"),
    "array of inline tables.toml": ('  {{ id = "x{0}", n = {0} }},\n', "a = [\n", "]\n"),
    "flat keys.ini": ("key_{0:06}=value {0}\n", "[s]\n", ""),
    "sections.ini": ("[s{0}]\na=1\nb=v {0}\n\n", "", ""),
}


def versions(shape: str, size: int) -> list[str]:
    """Base, ours and theirs of at least this size."""
    entry, head, foot = SHAPES[shape]
    count = size // len(entry.format(100_000, 7)) + 1
    parts = [entry.format(n, n % 7 + 1) for n in range(count)]

    def side(*edits: int) -> str:
        return "".join(
            [head, *(edited(part) if n in edits else part for n, part in enumerate(parts)), foot]
        )

    return [side(), side(count // 2), side(count // 2 + 1)]


def edited(part: str) -> str:
    """The entry with another last number, which no other entry has."""
    at = max(n for n, sign in enumerate(part) if sign.isdigit())
    return f"{part[: at + 1]}77777{part[at + 1 :]}"


def written(folder: Path, texts: list[str]) -> None:
    for name, text in zip("OAB", texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8", newline="")


def ways(folder: Path, shape: str, before: Callable[[], None]) -> list[Way]:
    commands = (("seedgit", DRIVER.replace("%P", shlex.quote(shape)), (0,)), ("git", GIT, ANY))
    return [
        Way(name, ["sh", "-c", command], folder, sealed(), before, statuses=statuses)
        for name, command, statuses in commands
    ]


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    folder = scratch()
    for shape in SHAPES:
        costs = []
        for size in (SMALL, LARGE):
            texts = versions(shape, size)
            some = ways(folder, shape, partial(written, folder, texts))
            some = some[: 2 if size == LARGE else 1]
            found = compare(some, min(rounds, LONG), warm=False)
            costs.append((len(texts[0]) / 1e6, found))
        (small, [first]), (large, [ours, git]) = costs
        cpu = ours.cpu / large
        yield Row(f"{shape}, CPU a MB", cpu, "git merge-file", git.cpu / large, most=CPU)
        used, least = ours.memory / large, git.memory / large
        yield Row(f"{shape}, memory", used, "git merge-file", least, most=MEMORY, unit="MB/MB")
        growth = cpu / (first.cpu / small)
        yield Row(f"{shape}, 2 MB: 0.5 MB", growth, most=GROWTH, unit="x")
